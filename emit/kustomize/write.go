package kustomize

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// writer puts the layers and overlays into files.
type writer struct {
	*tree
	set *emit.FileSet
}

// folder is where a layer stands, below root.
func (t *tree) folder(l *layer) string {
	if len(l.set) == 0 {
		return "base"
	}
	return "components/" + t.features.folder(l.set)
}

func (w *writer) add(name string, data []byte, origins ...emit.Origin) {
	if err := w.set.Add(path.Join(root, name), data, origins...); err != nil {
		w.diags = append(w.diags, diag.Errorf(diag.Internal, origins[0].Path, "%v", err))
	}
}

// kustomization writes the kustomization.yaml of a folder.
func (w *writer) kustomization(dir, kind, comment string, sections []section, from diag.Path, parts ...emit.Origin) {
	w.add(path.Join(dir, "kustomization.yaml"), kustomization(kind, comment, sections), append([]emit.Origin{{Path: from}}, parts...)...)
}

// resolve writes a namespace in place of its expression. Files of an overlay that kustomize's namespace reaches say the
// base's namespace, as those of the base do, so that references between them are found.
func resolve(namespace string, tree model.Tree) model.Tree {
	scope := model.Scope{Namespace: namespace, Watch: []string{namespace}}
	return kube.Map(scope.Resolve(tree))
}

// names hands out file names of one folder, so that each is used once.
type names map[string]bool

func (n names) take(dir, stem, kind string) string {
	for i, name := 1, stem; ; i++ {
		file := path.Join(dir, name+".yaml")
		if !n[strings.ToLower(file)] {
			n[strings.ToLower(file)] = true
			return file
		}
		name = stem + "-" + strings.ToLower(kind)
		if i > 1 {
			name += fmt.Sprintf("-%d", i)
		}
	}
}

// stem is the name of an object's file: the operator's own name, which every file would begin with, is left out.
func (t *tree) stem(o model.Object) string {
	if rest, ok := strings.CutPrefix(o.File, t.m.NamePrefix+"-"); ok && t.m.NamePrefix != "" && rest != "" {
		return rest
	}
	return o.File
}

// shelf is the folder of the base that an object stands in.
func shelf(o model.Object) string {
	switch o.Kind() {
	case "CustomResourceDefinition":
		return "crds"
	case "ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding":
		return "rbac"
	}
	return ""
}

// layer writes the base or a component.
func (w *writer) layer(l *layer) {
	dir, taken := w.folder(l), names{"kustomization.yaml": true}
	var resources []any
	for _, n := range l.resources {
		o := w.subjects[n].Object
		on := ""
		if len(l.set) == 0 {
			on = shelf(o)
		}
		file := taken.take(on, w.stem(o), o.Kind())
		o.Tree = resolve(w.m.Namespace, o.Tree)
		w.add(path.Join(dir, file), emit.YAML(o.Tree, ""), emit.ObjectOrigins(o)...)
		resources = append(resources, file)
	}
	sections := []section{{"resources", "", resources}, {"patches", "", w.patches(l, dir, taken)}}
	kind, comment := "Component", ""
	if len(l.set) == 0 {
		if files := w.conversionNames(dir); files != nil {
			sections = append(sections, section{"configurations", "", files})
		}
		kind, comment = "Kustomization", w.baseComment()
		sections = append(sections, marks(anys(w.m.Kustomize.Labels), anys(w.m.Kustomize.Annotations))...)
	} else {
		comment = w.componentComment(l)
	}
	w.kustomization(dir, kind, comment, sections, w.from(l))
	w.namespace(l, dir)
}

// from is the part of the description that made a component.
func (t *tree) from(l *layer) diag.Path {
	if len(l.set) == 0 {
		return ""
	}
	return t.features.list[l.set[len(l.set)-1]].From
}

func anys(m map[string]string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// patches writes a layer's patches and returns the section that lists them.
func (w *writer) patches(l *layer, dir string, taken names) []any {
	var out []any
	origin := emit.Origin{Path: w.from(l)}
	for _, n := range slices.Sorted(maps.Keys(l.patches)) {
		o, p := w.subjects[n].Object, l.patches[n]
		if len(p.merge) > 0 {
			file := taken.take("", w.stem(o)+"-patch", o.Kind())
			if !w.subjects[n].unsteady {
				keepOrder(o.Tree, p.merge)
			}
			tree := resolve(w.m.Namespace, model.Merge(p.merge, identity(o)))
			w.add(path.Join(dir, file), emit.YAML(tree, ""), origin)
			entry := map[string]any{"path": file}
			if w.subjects[n].passing {
				entry["target"] = w.target(o) // which may select nothing
			}
			out = append(out, entry)
		}
		if len(p.ops) > 0 {
			var ops []any
			for _, op := range p.ops {
				ops = append(ops, map[string]any{"op": op.op, "path": op.path, "value": op.value})
			}
			file := taken.take("", w.stem(o)+"-args", o.Kind())
			w.add(path.Join(dir, file), emit.YAML(ops, "A JSON 6902 patch, since strategic merge can't append to a list of strings."), origin)
			out = append(out, map[string]any{"path": file, "target": w.target(o)})
		}
	}
	for _, n := range l.removed {
		out = append(out, w.without(w.subjects[n].Object))
	}
	return out
}

// without is a patch that removes an object.
func (t *tree) without(o model.Object) map[string]any {
	tree := named(o)
	tree["$patch"] = "delete"
	return map[string]any{"target": t.target(o), "patch": string(emit.YAML(tree, ""))}
}

// target selects an object, by its namespace only where others have its name: so a copy of an overlay still fits when
// the base has another namespace.
func (t *tree) target(o model.Object) map[string]any {
	out, namesakes := selector(o), 0
	for _, s := range t.subjects {
		if s.APIVersion() == o.APIVersion() && s.Kind() == o.Kind() && s.Name() == o.Name() {
			namesakes++
		}
	}
	if namesakes > 1 && !o.Cluster {
		out["namespace"] = model.MetaString(resolve(t.m.Namespace, o.Tree), "namespace")
	}
	return out
}

// identity is the part of an object that a strategic-merge patch names it by.
func identity(o model.Object) model.Tree {
	out := named(o)
	if ns := model.MetaString(o.Tree, "namespace"); ns != "" {
		out["metadata"].(map[string]any)["namespace"] = ns
	}
	return out
}

// named is what a patch must hold when a target selects the object.
func named(o model.Object) model.Tree {
	return model.Tree{"apiVersion": o.APIVersion(), "kind": o.Kind(), "metadata": map[string]any{"name": o.Name()}}
}

// namespace writes the transformers that an overlay with a layer applies after its own namespace, if there are any.
func (w *writer) namespace(l *layer, dir string) {
	var files []any
	origin := emit.Origin{Path: w.from(l)}
	if list := w.followers(l); len(list) > 0 {
		if source, ok := w.source(); ok {
			tree := w.transformer("ReplacementTransformer", l, 0)
			tree["replacements"] = append(replacements(source, list), nameReplacements(w.nameFollowers(l))...)
			w.add(path.Join(dir, "namespace/replacements.yaml"), emit.YAML(tree, ""), origin)
			files = append(files, "replacements.yaml")
		} else {
			w.diags = append(w.diags, diag.Errorf(diag.NotExpressible, origin.Path,
				"kustomize can't carry the namespace into host names: no object in the operator's namespace is always there"))
		}
	}
	if list := w.mends(l); len(list) > 0 {
		var docs []map[string]any
		for i, m := range list {
			tree := w.transformer("PatchTransformer", l, i+1)
			target := selector(m.subject)
			if m.namespace != "" {
				target["namespace"] = m.namespace // where it stood before
			}
			tree["target"] = target
			tree["patch"] = string(emit.YAML(m.operations(), ""))
			docs = append(docs, tree)
		}
		w.add(path.Join(dir, "namespace/own.yaml"), emit.Documents(docs, "Objects outside the operator's namespace."), origin)
		files = append(files, "own.yaml")
	}
	if len(files) > 0 {
		has := "the component above"
		if len(l.set) == 0 {
			has = "the base"
		}
		comment := "Transformers that apply \"namespace:\" and \"namePrefix:\" of an overlay to fields that kustomize does not update.\n" +
			"List this folder under \"transformers:\" in an overlay that uses " + has + ", and in a kustomization above that sets them again."
		w.kustomization(path.Join(dir, "namespace"), "Kustomization", comment, []section{{"resources", "", files}}, origin.Path)
	}
}

// transformer begins the configuration of one of kustomize's own transformers. Their names must differ, since an overlay
// reads several layers' at once.
func (t *tree) transformer(kind string, l *layer, n int) model.Tree {
	name := strings.ReplaceAll(t.folder(l), "/", "-") + "-namespace"
	if n > 0 {
		name += fmt.Sprintf("-%d", n)
	}
	return model.Tree{"apiVersion": "builtin", "kind": kind, "metadata": map[string]any{"name": name}}
}

func (m mend) operations() []any {
	set := map[string]any{"op": "add", "path": "/metadata/namespace", "value": m.namespace}
	if m.namespace == "" {
		// Removing what is not there would be a fault.
		return []any{set, map[string]any{"op": "remove", "path": "/metadata/namespace"}}
	}
	return []any{set}
}
