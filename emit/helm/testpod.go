package helm

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/kube"
)

// testPod writes what helm test runs: the operator's own image, as the manager runs it, asked for its usage. It proves
// that the image can be pulled, starts on a node that the values allow, and passes the pod security that is in force;
// it needs no other image, no shell in the image and no permissions.
func (c *chart) testPod() {
	w := c.m.Manager()
	if w == nil || c.values.at("image") == nil {
		return
	}
	workload := c.m.ObjectOf(*w).Tree
	original := w.Main(workload)
	v := c.values.group("Pod of helm test. It runs the operator's image, which must exit with code 0.", "test")
	on := v.add(value{def: true, schema: ofType("boolean"), doc: "Create the pod of helm test."}, "enabled").expr()
	args := v.add(value{def: []any{"--help"}, schema: listOf(ofType("string")), doc: "Arguments of the container."}, "args").expr()

	container := model.Tree{"name": "test", "image": tree.Scalar{Expr: c.include("image").To("quote")}}
	copied(container, original, "command", "securityContext", "resources", "imagePullPolicy")
	container["args"] = guarded{tree.If(args), tree.Block{Expr: tree.Call("toYaml", args)}}
	c.pullPolicy(container, nil)
	c.same(container, containerKnobs, "securityContext", "resources")
	spec := model.Tree{
		"restartPolicy": "Never", "automountServiceAccountToken": false, "activeDeadlineSeconds": int64(120),
		"containers": []any{map[string]any(container)},
	}
	like := kube.Map(model.At(workload, "spec", "template", "spec"))
	copied(spec, like, "imagePullSecrets", "securityContext", "nodeSelector", "tolerations", "affinity", "priorityClassName")
	c.same(spec, podKnobs, "imagePullSecrets", "podSecurityContext", "nodeSelector", "tolerations", "affinity", "priorityClassName")
	c.pullSecrets(spec, nil)
	testName := tree.Call("printf", tree.Text("%s-test"), c.include("name").To("trunc", tree.Number(58)))
	pod := model.Tree{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{
			"name":      tree.Scalar{Expr: c.resource("test").To("quote")},
			"namespace": model.Namespace(),
			"labels": tree.Map{ // no selector of the chart may find it
				{Key: labelChart, Value: tree.Scalar{Expr: c.include("chart").To("quote")}},
				{Key: model.LabelInstance, Value: tree.Scalar{Expr: tree.Builtin("Release", "Name").To("quote")}},
				{Key: model.LabelManagedBy, Value: tree.Scalar{Expr: tree.Builtin("Release", "Service").To("quote")}},
				{Key: model.LabelName, Value: tree.Scalar{Expr: testName.To("quote")}},
				commonLabels(),
			},
			"annotations": map[string]any{"helm.sh/hook": "test", "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded"},
		},
		"spec": map[string]any(spec),
	}
	c.annotations(pod)
	body, _ := c.fields(pod, nil)
	c.add("templates/tests/test-manager.yaml", tree.Print(tree.Document{When: tree.If(on), Body: body}), root(w.From))
}

// copied gives the test what the manager has, as far as no value stands for it.
func copied(m, from map[string]any, fields ...string) {
	for _, field := range fields {
		if v, ok := from[field]; ok {
			m[field] = v
		}
	}
}

// same gives the test those knobs that the manager has.
func (c *chart) same(m map[string]any, knobs []knob, names ...string) {
	for _, k := range knobs {
		v := c.values.at(k.value)
		if v == nil || !slices.Contains(names, k.value) {
			continue
		}
		if v.fallback != nil {
			m[k.field] = tree.Scalar{Expr: v.fallback.To("quote")}
			continue
		}
		var n tree.Node = tree.Block{Expr: v.yaml()}
		if v.schema["type"] == "string" {
			n = tree.Scalar{Expr: v.expr().To("quote")}
		}
		m[k.field] = guarded{tree.If(v.expr()), n}
	}
}
