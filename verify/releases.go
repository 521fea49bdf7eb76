package verify

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/chart"
	"github.com/opc-project/opc/verify/finding"
)

// longest is the longest name of a release that Helm takes.
const (
	longest     = "a-release-with-the-longest-name-that-helm-allows-53-c"
	alsoLongest = "a-release-with-the-longest-name-that-helm-allows-53-d"
)

// pair renders a chart for two releases in one namespace.
func pair(ch *chart.Chart, one, other, namespace string, values map[string]any) (first, second []*kube.Object, err error) {
	first, _, err = ch.Render(chart.Release{Name: one, Namespace: namespace, Values: values})
	if err != nil {
		return nil, nil, err
	}
	second, _, err = ch.Render(chart.Release{Name: other, Namespace: namespace, Values: values})
	return first, second, err
}

// collisions finds what two releases of a chart have in common: objects, Secrets with certificates, and pods that the
// one selects and the other runs. CustomResourceDefinitions are for the whole cluster, and are left out.
func collisions(first, second []*kube.Object) []finding.Finding {
	names, secrets := map[kube.ID]bool{}, map[string]bool{}
	for _, o := range first {
		names[o.ID()] = true
		if s := kube.Text(model.At(o.Tree, "spec", "secretName")); s != "" && o.Kind() == "Certificate" {
			secrets[s] = true
		}
	}
	var out []finding.Finding
	for _, o := range second {
		if o.Kind() == "CustomResourceDefinition" {
			continue
		}
		secret := kube.Text(model.At(o.Tree, "spec", "secretName"))
		switch {
		case names[o.ID()]:
			out = append(out, finding.Of(o, diag.ChartCollides, diag.Error, "/metadata/name", "a second release in the namespace creates the same object").
				WithHint("let its name begin with the release's"))
		case o.Kind() == "Certificate" && secrets[secret]:
			out = append(out, finding.Of(o, diag.ChartCollides, diag.Warning, "/spec/secretName", "a second release in the namespace writes its certificate to the same Secret %s", secret))
		case kube.SelectsItsPods(o.Kind()) && slices.ContainsFunc(first, func(p *kube.Object) bool { return shares(o, p) }):
			out = append(out, finding.Of(o, diag.ChartCollides, diag.Warning, "/spec/selector", "the selector matches the pods of a second release in the namespace, too").
				WithHint("add app.kubernetes.io/instance to the selector and the pods' labels"))
		}
	}
	return out
}

// shares reports whether one Deployment selects the pods of another.
func shares(a, b *kube.Object) bool {
	selector := kube.Map(model.At(a.Tree, "spec", "selector", "matchLabels"))
	labels := kube.Map(model.At(b.Tree, "spec", "template", "metadata", "labels"))
	if !kube.SelectsItsPods(b.Kind()) || len(selector) == 0 || labels == nil {
		return false
	}
	for k, v := range selector {
		if labels[k] != v {
			return false
		}
	}
	return true
}
