package bundle

import (
	"fmt"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// identity fills in who and what the operator is, as the console shows it.
func (b *builder) identity() {
	m := b.m
	b.field("displayName", m.DisplayName, "/displayName")
	b.field("description", m.Description, "/description")
	if m.Icon != nil {
		b.field("icon", []any{model.Tree{"base64data": m.Icon.Wrapped(), "mediatype": m.Icon.MediaType}}, "/icon")
	}
	b.field("keywords", stringList(m.Keywords), "/keywords")
	b.links()
	b.maintainers()
	b.field("provider", unless(model.Tree{"name": m.Provider.Name, "url": m.Provider.URL}), "/provider")
	b.field("maturity", m.Maturity, "/maturity")
	b.field("minKubeVersion", m.MinKube, "/kubernetes")
	if versions, ok := kube.ParseVersions(m.Kubernetes); ok && m.Kubernetes != "" && !versions.OnlyFrom(m.MinKube) {
		what := "every version of Kubernetes"
		if m.MinKube != "" {
			what += " from " + m.MinKube
		}
		b.diags = append(b.diags, diag.Warnf(diag.NotExpressible, "/kubernetes",
			"OLM installs the bundle on %s, also on those that %s excludes: OLM has a lower bound only", what, m.Kubernetes).
			WithHint("limit the versions of OpenShift with the annotation com.redhat.openshift.versions or the property olm.maxOpenShiftVersion, or accept the finding"))
	}
}

// links lists the project's page, its sources and the further links. An address that stands among the further links
// has its name there.
func (b *builder) links() {
	var list []any
	put := func(name, url string, from diag.Path) {
		b.add(fmt.Sprintf("/spec/links/%d", len(list)), from)
		list = append(list, model.Tree{"name": name, "url": url})
	}
	listed := func(url string) bool {
		return url == "" || slices.ContainsFunc(b.m.Links, func(l model.Link) bool { return l.URL == url })
	}
	if !listed(b.m.Homepage) {
		put("Homepage", b.m.Homepage, "/homepage")
	}
	if !listed(b.m.Source) && b.m.Source != b.m.Homepage {
		put("Source", b.m.Source, "/source")
	}
	for i, l := range b.m.Links {
		put(l.Name, l.URL, diag.Path("/links").Index(i))
	}
	b.field("links", list, "/links")
}

func (b *builder) maintainers() {
	var list []any
	for i, p := range b.m.Maintainers {
		b.add(fmt.Sprintf("/spec/maintainers/%d", i), diag.Path("/maintainers").Index(i))
		list = append(list, unless(model.Tree{"name": p.Name, "email": p.Email}))
	}
	b.field("maintainers", list, "/maintainers")
}

// release fills in the version and its place in the upgrade graph, as far as a ClusterServiceVersion says it.
func (b *builder) release() {
	b.field("version", b.m.Version, "/version")
	b.field("replaces", b.m.Release.Replaces, "/release/replaces")
	for i := range b.m.Release.Skips {
		b.add(fmt.Sprintf("/spec/skips/%d", i), diag.Path("/release/skips").Index(i))
	}
	b.field("skips", stringList(b.m.Release.Skips), "/release/skips")
}
