package verify

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/chart"
	"github.com/opc-project/opc/verify/finding"
)

// theirs is a service account, and a Secret, that the chart does not make.
const theirs = "made-by-someone-else"

// caPEM is a CA that people bring, and caCoded what the API server takes.
const caPEM = "-----BEGIN CERTIFICATE-----\nb3Bj\n-----END CERTIFICATE-----"

var caCoded = base64.StdEncoding.EncodeToString([]byte(caPEM))

// probes hold that what people bring themselves takes the place of what the chart makes: service accounts, images without
// a tag, the certificate of webhooks; and that they can't bring environment variables that the chart sets.
func (p *chartProof) probes() []finding.Finding {
	ov := with(p.everything(), func(ov *model.Overlay) {
		ov.Features["certManager"] = false
		settled(p.m, ov.Features)
	})
	brought := p.brought()
	got, err := p.render(ov, brought)
	if err != nil {
		return p.broken("what people bring themselves", err)
	}
	out := slices.Concat(p.accounts(got), p.untagged(got), p.ownEnvironment(ov, brought), p.certificate(got, ov), p.tested(got, ov))
	if p.chart.Value("webhook", "certificate", "caBundle") != nil && len(out) == 0 {
		if got, err = p.render(ov, model.Merge(brought, nested(caCoded, "webhook", "certificate", "caBundle"))); err == nil {
			out = p.certificate(got, ov)
		}
	}
	return out
}

// brought are the values of what people bring.
func (p *chartProof) brought() model.Tree {
	out := model.Tree{}
	for _, name := range slices.Sorted(maps.Keys(placed)) {
		if p.chart.Value(name) != nil {
			out[name] = placed[name]
		}
	}
	for name, brought := range map[string]string{"caBundle": caPEM, "secretName": theirs} {
		if path := []string{"webhook", "certificate", name}; p.chart.Value(path...) != nil {
			out = model.Merge(out, nested(brought, path...))
		}
	}
	p.workloads(func(at []string, w model.Workload, _ model.Tree) {
		if path := append(slices.Clone(at), "serviceAccount"); p.chart.Value(path...) != nil {
			out = model.Merge(out, nested(model.Tree{"create": false, "name": theirs + "-" + w.Key}, path...))
		}
		if path := append(slices.Clone(at), "image"); p.chart.Value(path...) != nil {
			image := model.Tree{"tag": "", "digest": ""}
			if p.chart.Value(append(path, "pullPolicy")...) != nil {
				image["pullPolicy"] = "Always"
			}
			out = model.Merge(out, nested(image, path...))
		}
	})
	return out
}

// everything is the install with every feature on.
func (p *chartProof) everything() model.Overlay {
	return with(p.m.DefaultOverlay(), func(ov *model.Overlay) { switchAll(ov, true) })
}

// render renders the chart for an install, with further values.
func (p *chartProof) render(ov model.Overlay, values model.Tree) ([]*kube.Object, error) {
	out, _, err := p.chart.Render(chart.Release{Name: p.release(), Namespace: ov.Namespace, Values: model.Merge(helm.Values(p.m, ov), values)})
	return out, err
}

// value is the place of a value in values.yaml.
func valueAt(path ...string) kube.Place {
	return kube.Place{File: chartDir + "/values.yaml", Pointer: "/" + strings.Join(path, "/")}
}

// nested is a tree with one value in it.
func nested(v any, path ...string) model.Tree {
	for _, name := range slices.Backward(path) {
		v = model.Tree{name: v}
	}
	return v.(model.Tree)
}

// switched tells of a switch that changes nothing: neither the default install nor one with every feature on.
func (p *chartProof) switched(s chart.Setting, got []*kube.Object) []finding.Finding {
	name, _, _ := strings.Cut(s.Name, "=")
	was, err := p.render(p.m.DefaultOverlay(), nil)
	if err != nil || strings.Contains(s.Name, ",") || !slices.Equal(was, got) {
		return nil
	}
	was, err = p.render(p.everything(), nil)
	now, err2 := p.render(p.everything(), s.Values)
	if err != nil || err2 != nil || !slices.Equal(was, now) {
		return nil
	}
	return []finding.Finding{finding.InFile(valueAt(s.Path...), diag.ChartValues, diag.Error, "the value %s changes nothing", name)}
}

// workloads calls f for each workload that has values of its own, with where they stand.
func (p *chartProof) workloads(f func(at []string, w model.Workload, object model.Tree)) {
	for _, w := range p.m.Workloads {
		o := p.m.ObjectOf(w)
		if o == nil {
			continue
		}
		var at []string
		if w.Key != "manager" {
			at = []string{"workloads", w.Key}
		}
		f(at, w, o.Tree)
	}
}

// accounts holds that pods run as a service account that someone else made.
func (p *chartProof) accounts(got []*kube.Object) []finding.Finding {
	var out []finding.Finding
	p.workloads(func(at []string, w model.Workload, object model.Tree) {
		path := append(slices.Clone(at), "serviceAccount", "name")
		if p.chart.Value(path...) == nil || w.Pod(object)["serviceAccountName"] == nil {
			return
		}
		if !slices.ContainsFunc(got, func(o *kube.Object) bool {
			return o.Kind() == w.Kind && w.Pod(o.Tree)["serviceAccountName"] == theirs+"-"+w.Key
		}) {
			out = append(out, finding.InFile(valueAt(path...), diag.ChartValues, diag.Error,
				"the value %s changes nothing where the chart makes no service account", strings.Join(path, ".")))
		}
	})
	return out
}

// untagged holds that an image without tag and digest is still the image.
func (p *chartProof) untagged(got []*kube.Object) []finding.Finding {
	var out []finding.Finding
	p.workloads(func(at []string, w model.Workload, _ model.Tree) {
		path := append(slices.Clone(at), "image")
		repository := kube.Text(p.chart.Value(append(path, "repository")...))
		if repository != "" && !slices.ContainsFunc(got, func(o *kube.Object) bool {
			return o.Kind() == w.Kind && slices.ContainsFunc(entries(w.Pod(o.Tree), "containers"), func(container model.Tree) bool {
				ref := kube.Text(container["image"])
				return ref == repository || strings.HasPrefix(ref, repository+":")
			})
		}) {
			out = append(out, finding.InFile(valueAt(path...), diag.ChartValues, diag.Error,
				"without tag and digest, no pod runs the image of the value %s", strings.Join(path, ".")))
		}
	})
	return out
}

// ownEnvironment holds that the variables that the chart sets can't be set a second time: it refuses the first, and names
// the others where it names that.
func (p *chartProof) ownEnvironment(ov model.Overlay, brought model.Tree) []finding.Finding {
	var out []finding.Finding
	p.workloads(func(at []string, w model.Workload, object model.Tree) {
		path := append(slices.Clone(at), "extraEnv")
		helper := p.chart.Named(strings.Join(append([]string{p.chart.Name()}, path[min(len(at), 1):]...), "."))
		for i, name := range variables(w.Main(object)["env"]) {
			refused := strings.Contains(helper, strconv.Quote(name)+" ")
			if i == 0 {
				_, err := p.render(ov, model.Merge(brought, nested([]any{map[string]any{"name": name, "value": "x"}}, path...)))
				refused = refused && err != nil
			}
			if !refused {
				out = append(out, finding.InFile(valueAt(path...), diag.ChartValues, diag.Error,
					"the value %s takes the variable %s, which the chart sets itself", strings.Join(path, "."), name))
			}
		}
	})
	return out
}

// variables are the names in a list of environment variables, without those that a parameter adds: nobody knows them before
// it has a value.
func variables(env any) []string {
	list := kube.List(env)
	var out []string
	for _, e := range list {
		_, v := model.Condition(e)
		variable := kube.Map(v)
		if name := kube.Text(variable["name"]); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// certificate holds that the CA and the Secret that people bring for webhooks get where they belong.
func (p *chartProof) certificate(got []*kube.Object, ov model.Overlay) []finding.Finding {
	at := valueAt("webhook", "certificate", "caBundle")
	if p.chart.Value("webhook", "certificate", "caBundle") == nil {
		return nil
	}
	if slices.ContainsFunc(p.clients(got, ov), func(client model.Tree) bool { return client["caBundle"] != caCoded }) {
		return []finding.Finding{finding.InFile(at, diag.ChartValues, diag.Error,
			"the value webhook.certificate.caBundle does not reach every webhook: the API server would not trust it")}
	}
	if p.chart.Value("webhook", "certificate", "secretName") != nil && !slices.ContainsFunc(got, mounts) {
		return []finding.Finding{finding.InFile(at, diag.ChartValues, diag.Error, "no pod mounts the Secret of the value webhook.certificate.secretName")}
	}
	return nil
}

// mounts reports whether the pods of an object have their certificate from the Secret that people bring.
func mounts(o *kube.Object) bool {
	pod := kube.Map(model.At(o.Tree, "spec", "template", "spec"))
	return slices.ContainsFunc(entries(pod, "volumes"), func(v model.Tree) bool { return model.At(v, "secret", "secretName") == theirs })
}

// clients are how the API server calls the webhooks that the operator serves; those of others have a CA of their own.
func (p *chartProof) clients(got []*kube.Object, ov model.Overlay) []model.Tree {
	var out []model.Tree
	calls := map[string]bool{}
	for _, o := range p.m.Install(ov, "Helm") {
		calls[o.Kind()+"/"+o.Name()] = o.Calls
	}
	for _, o := range got {
		if calls[o.Kind()+"/"+o.Name()] {
			for _, hook := range entries(map[string]any(o.Tree), "webhooks") {
				client := kube.Map(hook["clientConfig"])
				out = append(out, client)
			}
		}
		if client, ok := model.At(o.Tree, "spec", "conversion", "webhook", "clientConfig").(map[string]any); ok {
			out = append(out, client)
		}
	}
	return out
}
