package verify

import (
	"maps"
	"path"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/kustomize"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/equal"
	"github.com/opc-project/opc/verify/finding"
	"github.com/opc-project/opc/verify/overlay"
)

// kustomizeDir is where kustomize's folders stand in the output tree.
const kustomizeDir = "kustomize"

// kustomize builds the base and every overlay, and holds each against the model.
func (c *check) kustomize() []finding.Finding {
	files := c.kustomizeFiles()
	if len(files) == 0 {
		return nil
	}
	tree, out := overlay.Open(files)
	base := with(c.m.DefaultOverlay(), func(ov *model.Overlay) {
		switchAll(ov, false)
		ov.CreateNamespace = false
		ov.Labels, ov.Annotations = c.m.Kustomize.Labels, c.m.Kustomize.Annotations
	})
	out = append(out, c.built(tree, path.Join(kustomizeDir, "base"), "the kustomize base", base, false)...)
	for _, ov := range c.m.Overlays {
		out = append(out, c.overlay(files, tree, ov)...)
	}
	return out
}

// kustomizeFiles are the files of the kustomize folders, by their names in the output tree.
func (c *check) kustomizeFiles() map[string][]byte {
	files := map[string][]byte{}
	for name, data := range c.below(kustomizeDir) {
		files[path.Join(kustomizeDir, name)] = data
	}
	return files
}

// switched builds the base along each setting of kustomizeSettings, as an overlay that people could write: those of the
// description may ask for none of it. The schemas of the definitions are left out; the base and the overlays hold them.
func (c *check) switched() []finding.Finding {
	files, settings := c.kustomizeFiles(), kustomizeSettings(c.m)
	if len(files) == 0 || len(settings) == 0 {
		return nil
	}
	m := lean(c.m)
	m.Overlays = nil
	for _, s := range settings {
		m.Overlays = append(m.Overlays, s.overlay)
	}
	made, diags := kustomize.Target.Emit(m)
	if diags.HasErrors() {
		return nil // told of the overlays that people wrote
	}
	for _, dir := range []string{"base/crds", "overlays"} {
		dir = path.Join(kustomizeDir, dir)
		for name, data := range contents(made.Sub(dir)) {
			files[path.Join(dir, name)] = data
		}
	}
	tree, out := overlay.Open(files)
	if len(out) > 0 {
		return nil // told of the tree as it is
	}
	k := *c
	k.m = m
	for _, s := range settings {
		ov := s.overlay
		ov.Labels, ov.Annotations = m.Kustomize.Labels, m.Kustomize.Annotations
		out = append(out, finding.Under(s.set, k.built(tree, path.Join(kustomizeDir, "overlays", ov.Name), "an overlay with "+s.with, ov, false))...)
	}
	return out
}

// lean is an operator whose definitions have no schemas, and whose kustomizations no raw overlay.
func lean(m *model.Operator) *model.Operator {
	out := *m
	out.Kustomize.Kustomization = nil
	out.CRDs = slices.Clone(m.CRDs)
	for i := range out.CRDs {
		tree := model.Clone(out.CRDs[i].Tree)
		spec := kube.Map(tree["spec"])
		versions := kube.List(spec["versions"])
		for _, v := range versions {
			if v, ok := v.(map[string]any); ok {
				v["schema"] = map[string]any{"openAPIV3Schema": map[string]any{"type": "object"}}
			}
		}
		out.CRDs[i].Tree = tree
	}
	return &out
}

// overlay builds one overlay. One with raw patches is judged as it is, and compared without them.
func (c *check) overlay(files map[string][]byte, tree *overlay.Tree, ov model.Overlay) []finding.Finding {
	dir, name := path.Join(kustomizeDir, "overlays", ov.Name), "the overlay "+ov.Name
	ov.Labels, ov.Annotations = joined(c.m.Kustomize.Labels, ov.Labels), joined(c.m.Kustomize.Annotations, ov.Annotations)
	raw := c.m.Kustomize.Kustomization
	if len(ov.Patches)+len(raw) == 0 {
		return c.built(tree, dir, name, ov, true)
	}
	var out []finding.Finding
	if tree.Local(dir) { // or else what it names and lacks is told of the tree
		if got, err := tree.Build(dir); err != nil {
			out = append(out, notBuilt(dir, name, err))
		} else {
			out = append(out, c.bench.Set(kube.Set{Name: name, Objects: got}, c.install(ov, false))...)
		}
	}
	bare := maps.Clone(files)
	file := path.Join(dir, "kustomization.yaml")
	data, err := without(bare[file], len(ov.Patches), raw, c.plain(file, raw))
	if err != nil {
		return append(out, notBuilt(dir, name, err))
	}
	bare[file] = data
	bareTree, _ := overlay.Open(bare)
	return append(out, c.built(bareTree, dir, name, ov, false)...)
}

// plain is a kustomization as it would be without the raw overlay, where that says more than further entries of lists.
func (c *check) plain(file string, raw model.Tree) (tree model.Tree) {
	lists := true
	for _, v := range raw {
		_, list := v.([]any)
		lists = lists && list
	}
	if lists {
		return nil
	}
	m := *c.m
	m.Kustomize.Kustomization = nil
	made, diags := kustomize.Target.Emit(&m)
	if f, ok := made.File(file); ok && !diags.HasErrors() {
		_ = kube.Decode(file, f.Data, &tree) // opc's own text
	}
	return tree
}

// without takes the raw patches, and what the raw overlay says, out of a kustomization: entries of lists stand last, and in
// place of anything else comes what would be there.
func without(data []byte, patches int, raw, plain model.Tree) ([]byte, error) {
	var tree map[string]any
	if err := kube.Decode("kustomization.yaml", data, &tree); err != nil {
		return nil, err
	}
	cut := func(field string, n int) {
		list := kube.List(tree[field])
		if tree[field] = list[:max(0, len(list)-n)]; n >= len(list) {
			delete(tree, field)
		}
	}
	for field, v := range raw {
		if list, ok := v.([]any); ok {
			cut(field, len(list))
		} else if tree[field] = plain[field]; plain[field] == nil {
			delete(tree, field)
		}
	}
	cut("patches", patches)
	return kube.Encode(tree)
}

func joined(a, b map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}

// built builds a folder, holds it against an install, and lets the judges see it where it is what people apply.
func (c *check) built(tree *overlay.Tree, dir, name string, ov model.Overlay, judged bool) []finding.Finding {
	got, err := tree.Build(dir)
	if err != nil {
		return []finding.Finding{notBuilt(dir, name, err)}
	}
	want := equal.Truth(c.m, ov, "kustomize")
	out := c.compare(equal.Case{Installer: equal.Kustomize, Name: name, Overlay: ov}, want, got)
	if !judged {
		return out
	}
	lend(want, got)
	return append(out, c.bench.Set(kube.Set{Name: name, Objects: got}, c.install(ov, false))...)
}

// lend tells objects that lost their place on the way, as those of kustomize do, where the model says they come from.
func lend(want, got []*kube.Object) {
	from := map[kube.ID]*kube.Object{}
	id := func(o *kube.Object) kube.ID {
		id := o.ID()
		if o.APIVersion() == "" {
			id.Namespace = "" // kustomize can't know that the kind has none
		}
		return id
	}
	for _, o := range want {
		from[id(o)] = o
	}
	for _, o := range got {
		if w := from[id(o)]; w != nil {
			o.From = w.From
		}
	}
}

func notBuilt(dir, name string, err error) finding.Finding {
	at := kube.Place{File: path.Join(dir, "kustomization.yaml")}
	return finding.InFile(at, diag.NotRendered, diag.Error, "%s does not build: kustomize: %v", name, err)
}
