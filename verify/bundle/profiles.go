package bundle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// V1 says why OLM v1 would not install the bundle (operator-controller: resolve/validation.go, rukpak/bundle).
func (b *Bundle) V1() []finding.Finding {
	if b.CSV == nil {
		return nil
	}
	j := &csvJudge{bundle: b}
	all := slices.ContainsFunc(j.list("spec", "installModes"), func(m model.Tree) bool { return m["type"] == kube.AllNamespaces && m["supported"] == true })
	if !all {
		j.fault(diag.NoOLMv1, diag.Error, "/spec/installModes", "the operator can't watch all namespaces, and OLM v1 installs no other by default")
	}
	if len(j.list("spec", "apiservicedefinitions", "owned")) > 0 {
		j.fault(diag.NoOLMv1, diag.Error, "/spec/apiservicedefinitions/owned", "OLM v1 installs no aggregated API servers")
	}
	for i, d := range j.list("spec", "customresourcedefinitions", "required") {
		j.fault(diag.NoOLMv1, diag.Error, fmt.Sprintf("/spec/customresourcedefinitions/required/%d", i), "the API %v is required, and OLM v1 resolves no dependencies", d["name"])
	}
	for i, w := range j.list("spec", "webhookdefinitions") {
		for k, r := range rulesOf(w) {
			groups := kube.List(r["apiGroups"])
			if slices.Contains(groups, any("*")) || slices.Contains(groups, any("olm.operatorframework.io")) {
				j.fault(diag.NoOLMv1, diag.Error, fmt.Sprintf("/spec/webhookdefinitions/%d/rules/%d/apiGroups", i, k), "OLM v1 refuses webhooks for every API group, and for its own")
			}
			resources := kube.List(r["resources"])
			if slices.Contains(groups, any(kube.AdmissionGroup)) && slices.ContainsFunc(resources, forbidden) {
				j.fault(diag.NoOLMv1, diag.Error, fmt.Sprintf("/spec/webhookdefinitions/%d/rules/%d/resources", i, k), "OLM v1 rejects webhooks for webhook configurations")
			}
		}
	}
	for _, list := range []struct {
		name    string
		entries []any
	}{{"properties", b.properties}, {"dependencies", b.dependencies}} {
		for i, e := range list.entries {
			entry := kube.Map(e)
			typ := kube.Text(entry["type"])
			if slices.Contains([]string{"olm.gvk.required", "olm.package.required", "olm.constraint", "olm.package", "olm.gvk"}, typ) {
				at := kube.Place{File: b.Dir + "/metadata/" + list.name + ".yaml", Pointer: fmt.Sprintf("/%s/%d", list.name, i)}
				j.out = append(j.out, finding.InFile(at, diag.NoOLMv1, diag.Error, "the bundle has dependencies (%s), which OLM v1 does not resolve", typ))
			}
		}
	}
	return j.out
}

// forbidden reports whether a resource is one that OLM v1 lets no webhook judge (forbiddenAdmissionRegistrationResources).
func forbidden(resource any) bool {
	name := kube.Text(resource)
	return slices.Contains([]string{
		"*", "mutatingwebhookconfiguration", "mutatingwebhookconfigurations", "validatingwebhookconfiguration", "validatingwebhookconfigurations",
	}, strings.ToLower(name))
}

func rulesOf(webhook model.Tree) []model.Tree {
	list := kube.List(webhook["rules"])
	var out []model.Tree
	for _, e := range list {
		r := kube.Map(e)
		out = append(out, r)
	}
	return out
}

// Community says what the catalogs of community-operators ask beyond OLM's validators.
func (b *Bundle) Community() []finding.Finding {
	if b.CSV == nil {
		return nil
	}
	j := &csvJudge{bundle: b}
	ask := func(ok bool, pointer, format string, args ...any) {
		if !ok {
			j.fault(diag.BundleQuality, diag.Error, pointer, format, args...)
		}
	}
	display, description := j.text("spec", "displayName"), j.text("spec", "description")
	ask(len(display) >= 3 && len(display) <= 50, "/spec/displayName", "the display name has %d characters: the catalog asks for 3 to 50", len(display))
	ask(len(description) >= 20, "/spec/description", "the description has %d characters: the catalog asks for 20 at the least", len(description))
	ask(len(j.list("spec", "icon")) == 1, "/spec/icon", "the catalog asks for an icon")
	ask(len(j.list("spec", "maintainers")) > 0, "/spec/maintainers", "the catalog asks for a maintainer with name and e-mail address")
	ask(len(j.list("spec", "links")) > 0, "/spec/links", "the catalog asks for a link")
	ask(len(j.text("spec", "provider", "name")) >= 3, "/spec/provider", "the catalog asks for the provider's name")
	for _, key := range []string{"capabilities", "categories", "containerImage", "repository", "description"} {
		if j.text("metadata", "annotations", key) == "" {
			j.fault(diag.BundleQuality, diag.Warning, "/metadata/annotations", "the catalog recommends the annotation %s", key)
		}
	}
	for _, o := range b.Manifests {
		if o.Kind() == "NetworkPolicy" {
			j.out = append(j.out, finding.Of(o, diag.BundleQuality, diag.Warning, "/kind", "the catalogs' pipeline rejects bundles with a NetworkPolicy").WithFix("set olm: false for the feature"))
		}
	}
	return j.out
}

// features are the annotations that Red Hat's certification requires, each "true" or "false".
var features = []string{"disconnected", "fips-compliant", "proxy-aware", "tls-profiles", "token-auth-aws", "token-auth-azure", "token-auth-gcp"}

// RedHat checks what Red Hat's certification requires of a bundle.
func (b *Bundle) RedHat() []finding.Finding {
	if b.CSV == nil {
		return nil
	}
	j := &csvJudge{bundle: b}
	for _, f := range features {
		key := "features.operators.openshift.io/" + f
		if v := j.text("metadata", "annotations", key); v != "true" && v != "false" {
			j.fault(diag.BundleQuality, diag.Error, "/metadata/annotations", "certification requires the annotation %s: \"true\" or \"false\"", key)
		}
	}
	if b.Annotations[openShiftVersions] == "" {
		at := kube.Place{File: b.Dir + "/" + annotationsFile, Pointer: "/annotations"}
		j.out = append(j.out, finding.InFile(at, diag.BundleQuality, diag.Error, "certification requires the annotation com.redhat.openshift.versions, such as v4.16"))
	}
	related := j.list("spec", "relatedImages")
	if len(related) == 0 {
		j.fault(diag.BundleQuality, diag.Error, "/spec/relatedImages", "certification requires every image to be listed under relatedImages")
	}
	j.unlisted()
	for i, r := range related {
		if ref := kube.Text(r["image"]); !strings.Contains(ref, "@sha256:") {
			j.fault(diag.BundleQuality, diag.Error, fmt.Sprintf("/spec/relatedImages/%d/image", i), "the image %s is not pinned by digest, which certification requires", ref)
		}
	}
	return j.out
}
