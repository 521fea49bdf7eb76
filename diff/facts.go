package diff

import (
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// view is how one version is looked at so that it can be compared with the other: names follow the old operator's, so
// that a renamed operator is one difference, and features stand as the old version had them, so that a flipped default
// is one.
type view struct {
	scope model.Scope
	on    map[string]bool
	olm   bool // as OLM installs
}

// here splits off what is known of a condition: whether what it governs stands in an install that is compared, and
// under which condition it is told.
func (v view) here(c model.Cond) (rest model.Cond, possible bool) {
	rest, possible = c.Assume(v.known())
	if v.olm {
		return nil, possible && rest.Holds(v.on)
	}
	return rest, possible
}

// known are the facts that hold for what is compared.
func (v view) known() map[string]bool {
	out := map[string]bool{model.AtomOLM: v.olm}
	for atom, holds := range v.on {
		if _, ok := model.GivenParameter(atom); ok {
			out[atom] = holds
		}
	}
	return out
}

// Words that stand for what differs between installs.
const (
	anyNamespace = "{namespace}"
	ownImage     = "{image}"
)

func views(old, new *model.Operator, olm bool) (view, view) {
	make := func(o *model.Operator, features ...model.Feature) view {
		on := map[string]bool{}
		for _, f := range features {
			on[f.Name] = f.Enabled && (f.OLM || !olm)
		}
		for _, o := range []*model.Operator{new, old} {
			for _, p := range o.Parameters {
				on[model.AtomGiven(p.Name)] = p.Type.Given(p.Default)
			}
		}
		on[model.AtomOLM] = olm
		on[model.AtomWatchSome] = old.Watch.Own || olm // OLM's permissions hold where the operator watches
		v := view{scope: o.Scope(o.DefaultOverlay()), on: on, olm: olm}
		v.scope.Namespace, v.scope.Each = anyNamespace, anyNamespace
		if !olm {
			v.scope.ManagedBy = "opc"
		}
		v.scope.On = maps.Clone(on)
		return v
	}
	if olm { // a bundle has no features, and knows names only as they stand in the cluster
		return make(old, old.Features...), make(new, new.Features...)
	}
	features := slices.Concat(new.Features, old.Features)
	a, b := make(old, features...), make(new, features...)
	b.scope.AppName = a.scope.AppName
	if a.scope.Name != "" && b.scope.Name != "" {
		b.scope.Name = a.scope.Name
	}
	return a, b
}

// facts are all that is compared of an operator. What is left out, and why, stands in facts_test.go.
func facts(o *model.Operator, v view) *node {
	root := group("")
	identity(root, o)
	namespaceFacts(root, o, v)
	images(root, o)
	for _, c := range o.CRDs {
		under(root, "crds", "/crds").put(c.Name, crdFacts(c, v))
	}
	apis(root, o)
	requirements(root, o)
	knobs(root, o)
	installs(root, o)
	release(root, o)
	targets(root, o)
	objects(root, o, v)
	needed(root, o, v)
	return root
}

// under returns a group of the root, which is made when it is first asked for.
func under(root *node, name string, from diag.Path) *node {
	if root.kids[name] == nil {
		root.kids[name] = group(from)
	}
	return root.kids[name]
}

// identity is who the operator is, and for whom.
func identity(root *node, o *model.Operator) {
	root.text("name", o.Name, "/name")
	root.text("version", o.Version, "/version")
	root.text("namePrefix", o.NamePrefix, "/namePrefix")
	root.text("namespace", o.Namespace, "/namespace")
	root.text("kubernetes", o.Kubernetes, "/kubernetes")
	root.text("minKubernetes", o.MinKube, "/kubernetes")
	meta := under(root, "meta", "")
	meta.text("displayName", o.DisplayName, "/displayName")
	meta.text("summary", o.Summary, "/summary")
	meta.text("description", o.Description, "/description")
	meta.text("license", o.License, "/license")
	meta.text("source", o.Source, "/source")
	meta.text("homepage", o.Homepage, "/homepage")
	meta.text("providerName", o.Provider.Name, "/provider/name")
	meta.text("providerURL", o.Provider.URL, "/provider/url")
	meta.text("capabilities", o.Capability, "/capabilities")
	meta.text("maturity", o.Maturity, "/maturity")
	meta.set("keywords", o.Keywords, "/keywords")
	meta.set("categories", o.Categories, "/categories")
	if o.Icon != nil {
		meta.text("icon", o.Icon.MediaType+","+o.Icon.Base64, "/icon")
	}
	people := group("/maintainers")
	for i, m := range o.Maintainers {
		p := group(diag.Path("/maintainers").Index(i))
		p.text("name", m.Name, p.from)
		p.text("email", m.Email, p.from)
		p.text("url", m.URL, p.from)
		people.put(m.Name, p)
	}
	meta.put("maintainers", people)
	links := group("/links")
	for i, l := range o.Links {
		if l.URL != o.Source && l.URL != o.Homepage {
			links.text(l.Name, l.URL, diag.Path("/links").Index(i))
		}
	}
	meta.put("links", links)
}

// requirements are what must be in the cluster before the operator.
func requirements(root *node, o *model.Operator) {
	all := group("/requires")
	apis := group("/requires/apis")
	for i, t := range o.Requires.CRDs {
		apis.put(words3(t, "name", "version"), tree(t, diag.Path("/requires/apis").Index(i)))
	}
	native := group("/requires/native")
	for i, t := range o.Requires.NativeAPI {
		native.put(words3(t, "group", "version", "kind"), tree(t, diag.Path("/requires/native").Index(i)))
	}
	packages := group("/requires/dependencies")
	for i, t := range o.Requires.Packages {
		at := diag.Path("/requires/dependencies").Index(i)
		value := kube.Map(t["value"])
		if name := kube.Text(value["packageName"]); name != "" {
			packages.put(name, tree(value, at))
		} else {
			packages.put(canonical(t), leaf(canonical(t), at))
		}
	}
	all.put("apis", apis)
	all.put("native", native)
	all.put("packages", packages)
	root.put("requires", all)
}

// words3 joins some texts of a tree to one name.
func words3(t model.Tree, names ...string) string {
	out := ""
	for _, n := range names {
		if s := kube.Text(t[n]); s != "" {
			if out != "" {
				out += " "
			}
			out += s
		}
	}
	return out
}

// apis are what users are told about the operator's APIs.
func apis(root *node, o *model.Operator) {
	all := group("/apis")
	for _, a := range o.APIs {
		n := group(a.From)
		n.text("displayName", a.DisplayName, a.From)
		n.text("description", a.Description, a.From)
		n.text("kind", a.Kind, a.From)
		for name, list := range map[string][]any{"resources": a.Resources, "spec": a.Spec, "status": a.Status, "actions": a.Actions} {
			n.put(name, leaf(list, a.From))
		}
		if all.kids[a.CRD] == nil {
			all.kids[a.CRD] = group(a.From)
		}
		all.kids[a.CRD].kids[a.Version] = n
	}
	root.put("apis", all)
	examples := group("/apis")
	for _, e := range o.Examples {
		n := leaf(e.Tree, e.From)
		name := kube.Text(e.Tree["kind"])
		version := kube.Text(e.Tree["apiVersion"])
		examples.put(version+" "+name+" "+model.MetaString(e.Tree, "name"), n)
	}
	root.put("examples", examples)
}

// installs are what an installer chooses of. An overlay is compared by what it says that the defaults do not.
func installs(root *node, o *model.Operator) {
	w := group(o.Watch.From)
	w.set("modes", o.Watch.Modes, "/watch/modes")
	w.text("env", o.Watch.Env, "/watch/env")
	root.put("watch", w)
	all := group("/overlays")
	for _, ov := range o.Overlays {
		n := group(ov.From)
		if ov.Namespace != o.Namespace {
			n.text("namespace", ov.Namespace, ov.From.Child("namespace"))
		}
		if ov.OmitNamespace {
			n.put("omitNamespace", leaf(true, ov.From.Child("omitNamespace")))
		}
		if !ov.CreateNamespace {
			n.put("createNamespace", leaf(false, ov.From.Child("createNamespace")))
		}
		if ov.Replicas != nil {
			n.put("replicas", leaf(*ov.Replicas, ov.From.Child("replicas")))
		}
		if ov.Image != nil {
			n.put("image", imageFacts(ov.Image.Ref(), ov.Image.From))
		}
		n.strings("parameters", ov.Parameters, ov.From.Child("parameters"))
		features := group(ov.From.Child("features"))
		for _, f := range o.Features {
			if on := ov.Features[f.Name]; on != f.Enabled {
				features.kids[f.Name] = leaf(on, features.from)
			}
		}
		n.put("features", features)
		n.set("watch", ov.Watch, ov.From.Child("watch"))
		n.put("resources", tree(ov.Resources, ov.From.Child("resources")))
		patches := []any{}
		for _, p := range ov.Patches {
			patches = append(patches, p)
		}
		n.put("patches", leaf(patches, ov.From.Child("patches")))
		n.strings("labels", ov.Labels, ov.From.Child("labels"))
		n.strings("annotations", ov.Annotations, ov.From.Child("annotations"))
		all.kids[ov.Name] = n
	}
	root.put("overlays", all)
}
