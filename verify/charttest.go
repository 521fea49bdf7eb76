package verify

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// What the pod of helm test must have in common with the operator's, to show that those can start.
var (
	samePod       = []string{"affinity", "imagePullSecrets", "nodeSelector", "priorityClassName", "securityContext", "tolerations"}
	sameContainer = []string{"command", "image", "imagePullPolicy", "resources", "securityContext"}
)

// placed are values that say where pods run and how their images are pulled, so that two pods can be compared in them.
var placed = model.Tree{
	"affinity": model.Tree{"nodeAffinity": model.Tree{}}, "priorityClassName": theirs, "nodeSelector": model.Tree{theirs: "yes"},
	"imagePullSecrets": []any{map[string]any{"name": theirs}}, "tolerations": []any{map[string]any{"key": theirs}},
}

// tested holds that helm test runs the operator's program, once, on the terms of the operator's pods and with no rights;
// and that nothing takes its pod for one of those.
func (p *chartProof) tested(got []*kube.Object, ov model.Overlay) []finding.Finding {
	args := p.chart.Value("test", "args")
	if args == nil {
		return nil
	}
	i := slices.IndexFunc(got, func(o *kube.Object) bool {
		return model.At(o.Tree, "metadata", "annotations", "helm.sh/hook") == "test"
	})
	if i < 0 {
		return []finding.Finding{finding.InFile(valueAt("test"), diag.ChartValues, diag.Error, "helm test runs nothing")}
	}
	facts := []fact{
		{pointer: "/apiVersion", want: "v1"}, {pointer: "/kind", want: "Pod"}, {pointer: "/metadata/namespace", want: ov.Namespace},
		{pointer: "/metadata/annotations/helm.sh~1hook-delete-policy", want: "before-hook-creation,hook-succeeded"},
		{pointer: "/metadata/labels/helm.sh~1chart", want: p.chart.Label()}, {pointer: "/metadata/labels/app.kubernetes.io~1instance", want: p.release()},
		{pointer: "/metadata/labels/app.kubernetes.io~1managed-by", want: "Helm"}, {pointer: "/metadata/labels/app.kubernetes.io~1name", want: p.chart.Name() + "-test"},
		{pointer: "/spec/restartPolicy", want: "Never"}, {pointer: "/spec/automountServiceAccountToken", want: false}, {pointer: "/spec/activeDeadlineSeconds", want: 120},
	}
	out := held(got[i].At.File, got[i].Tree, facts)
	spec := kube.Map(got[i].Tree["spec"])
	for _, container := range entries(spec, "containers") {
		out = append(out, held(got[i].At.File, container, []fact{{pointer: "/name", want: "test"}, {pointer: "/args", want: args}})...)
		out = append(out, p.alike(got, ov, spec, container)...)
	}
	return out
}

// alike holds the pod of helm test against that of the manager.
func (p *chartProof) alike(got []*kube.Object, ov model.Overlay, spec, container model.Tree) []finding.Finding {
	var out []finding.Finding
	scope := p.m.Scope(ov)
	p.workloads(func(at []string, w model.Workload, _ model.Tree) {
		i := slices.IndexFunc(got, func(o *kube.Object) bool {
			return o.Kind() == w.Kind && o.Name() == scope.String(w.Name)
		})
		if len(at) > 0 || i < 0 {
			return
		}
		pod := kube.Map(model.At(got[i].Tree, "spec", "template", "spec"))
		main := w.Main(got[i].Tree)
		compare := func(fields []string, test, own model.Tree) {
			for _, field := range fields {
				if canonical(test[field]) != canonical(own[field]) {
					out = append(out, finding.InFile(valueAt("test"), diag.ChartValues, diag.Error,
						"%s of the pod of helm test is %s: the manager's is %s", field, show(test[field]), show(own[field])))
				}
			}
		}
		compare(samePod, spec, pod)
		compare(sameContainer, container, main)
	})
	return out
}
