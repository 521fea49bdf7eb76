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

// overlay writes one overlay. kustomize's namespace moves every object of its folder; so where an object stands in
// another namespace, the operator gets a folder of its own below that of the overlay.
func (w *writer) overlay(ov model.Overlay) {
	in, dir := w.install(ov), path.Join("overlays", ov.Name)
	raw := w.rawPatches(ov)
	var sections []section
	if len(in.outside) == 0 {
		sections = w.inside(in, dir, "../..", raw)
	} else {
		inner := path.Join(dir, "operator")
		comment := fmt.Sprintf("The operator of the overlay %s. What stands in other namespaces is added by ../kustomization.yaml.", ov.Name)
		w.kustomization(inner, "Kustomization", comment, w.inside(in, inner, "../../..", nil), ov.From)
		sections = []section{
			{"resources", outsideComment(in), append([]any{"operator"}, w.outside(in, dir)...)},
			{"patches", "", raw},
			{"replacements", "The service account is in the operator's namespace.", w.binding(in)},
		}
	}
	labels, annotations := anys(w.m.Kustomize.Labels), anys(w.m.Kustomize.Annotations)
	maps.Copy(labels, anys(ov.Labels))
	maps.Copy(annotations, anys(ov.Annotations))
	sections = overlaid(append(sections, marks(labels, annotations)...), w.m.Kustomize.Kustomization)
	w.kustomization(dir, "Kustomization", overlayComment(w.m, ov), sections, ov.From, rawOrigins(sections, w.m.Kustomize.Kustomization, ov)...)
}

// rawOrigins point at what the description says in kustomize's own words. In lists it stands last: the patches of the
// overlay, then what the raw overlay says.
func rawOrigins(sections []section, own model.Tree, ov model.Overlay) []emit.Origin {
	var out []emit.Origin
	last := func(field string, n, after int, from diag.Path) {
		i := slices.IndexFunc(sections, func(s section) bool { return s.field == field })
		list := kube.List(sections[i].value)
		for k := range n {
			out = append(out, emit.Origin{Pointer: fmt.Sprintf("/%s/%d", field, len(list)-after-n+k), Path: from.Index(k), Whole: true})
		}
	}
	for _, field := range slices.Sorted(maps.Keys(own)) {
		from := diag.Path("/kustomize/kustomization").Child(field)
		if list, ok := own[field].([]any); ok {
			last(field, len(list), 0, from)
		} else if own[field] != nil {
			out = append(out, emit.Origin{Pointer: "/" + diag.Escape(field), Path: from, Whole: true})
		}
	}
	if len(ov.Patches) > 0 {
		list := kube.List(own["patches"])
		last("patches", len(ov.Patches), len(list), ov.From.Child("patches"))
	}
	return out
}

// rawPatches are the description's own patches. They can't name files: there are none beside the overlay.
func (w *writer) rawPatches(ov model.Overlay) []any {
	var out []any
	for i, p := range ov.Patches {
		if file, ok := p["path"].(string); ok {
			w.diags = append(w.diags, diag.Errorf(diag.BadOverlay, ov.From.Child("patches").Index(i),
				"the patch names the file %s, which the output tree does not have", file).WithHint("write the patch in place, under patch:"))
		}
		out = append(out, p)
	}
	return out
}

// inside are the sections of the folder whose objects follow the namespace; it writes the files that they name.
func (w *writer) inside(in *install, dir, up string, raw []any) []section {
	on := w.features.enabled(in.Features)
	var components, transformers []any
	if len(w.layers) > 1 {
		components = []any{} // its comment tells what there is, even where nothing is on
	}
	for _, l := range w.sorted() {
		if !on.contains(l.set) {
			continue
		}
		if len(l.set) > 0 {
			components = append(components, path.Join(up, w.folder(l)))
		}
		if _, ok := w.set.File(path.Join(root, w.folder(l), "namespace/kustomization.yaml")); ok {
			transformers = append(transformers, path.Join(up, w.folder(l), "namespace"))
		}
	}
	namespace, changes, watching := any(in.Namespace), w.changes(in, dir), w.watching(in)
	if in.OmitNamespace { // nothing follows a namespace that no object has
		namespace, transformers, watching, changes = nil, nil, nil, append(changes, w.unplaced(in)...)
	}
	return []section{
		{"namespace", namespaceComment(in.Overlay), namespace},
		{"resources", "", append([]any{path.Join(up, "base")}, w.added(in, dir)...)},
		{"components", w.componentsComment(on), components},
		{"patches", "Changes of this overlay to objects of the base and the components.", append(changes, raw...)},
		{"replicas", "Replicas of the manager.", w.replicas(in)},
		{"images", "The image of the manager.", w.images(in)},
		{"replacements", "The operator watches its own namespace: sets the environment variable to it.", watching},
		{"transformers", transformersComment, transformers},
	}
}

const transformersComment = `What makes host names and annotations follow the namespace and a namePrefix: the folder "namespace" of the base and of
each component above that has one. A kustomization above this one that sets either needs the same list.`

func namespaceComment(ov model.Overlay) string {
	text := "Namespace of the operator. Changing it here updates every reference."
	if !ov.CreateNamespace {
		text += "\nThe namespace must exist."
	}
	return text
}

// added writes the objects that follow the namespace and stand in no layer, and returns their files.
func (w *writer) added(in *install, dir string) []any {
	var out []any
	var watched []model.Object
	for _, o := range in.want {
		switch {
		case o.Kind() == "Namespace" && in.inside(o):
			o.Tree = resolve(in.Namespace, o.Tree)
			w.add(path.Join(dir, "namespace.yaml"), emit.YAML(o.Tree, ""), emit.ObjectOrigins(o)...)
			out = append(out, "namespace.yaml")
		case in.inside(o) && find(in.have, o) < 0:
			watched = append(watched, o)
		}
	}
	if len(watched) > 0 {
		const comment = "Permissions of the operator in its own namespace, which it watches."
		out = append(out, w.stream(dir, "watch.yaml", comment, w.m.Namespace, watched))
	}
	return out
}

// stream writes several objects into one file.
func (w *writer) stream(dir, file, comment, namespace string, objects []model.Object) string {
	var trees []map[string]any
	origins := []emit.Origin{{Path: objects[0].From}}
	for i, o := range objects {
		trees = append(trees, resolve(namespace, o.Tree))
		origins = append(origins, emit.DocumentOrigins(i, o)...)
	}
	w.add(path.Join(dir, file), emit.Documents(trees, comment), origins...)
	return file
}

// changes writes the patches of an overlay and returns the section that lists them.
func (w *writer) changes(in *install, dir string) []any {
	var out []any
	taken := names{}
	for _, o := range in.have {
		i := find(in.want, o)
		if i < 0 || !in.inside(in.want[i]) {
			out = append(out, w.without(o))
			continue
		}
		patch, same := difference(o, nil, o.Tree, in.want[i].Tree)
		if same {
			continue
		}
		tree := kube.Map(patch)
		file := taken.take("", w.stem(o)+"-patch", o.Kind())
		data := emit.YAML(model.Merge(resolve(in.Namespace, keepOrder(o.Tree, tree)), named(o)), "")
		w.add(path.Join(dir, file), data, emit.Origin{Path: in.From})
		out = append(out, map[string]any{"path": file, "target": w.target(o)})
	}
	return out
}

// unplaced are the patches that take the namespace out of the objects that follow it.
func (w *writer) unplaced(in *install) []any {
	var out []any
	patch := func(target map[string]any, pointers ...string) {
		var ops []any
		for _, p := range pointers {
			ops = append(ops, map[string]any{"op": "remove", "path": p})
		}
		out = append(out, map[string]any{"target": target, "patch": string(emit.YAML(ops, ""))})
	}
	for _, o := range in.want {
		var pointers []string
		for _, i := range model.OwnSubjects(o.Tree, model.Namespace()) {
			pointers = append(pointers, fmt.Sprintf("/subjects/%d/namespace", i))
		}
		if len(pointers) > 0 && in.inside(o) {
			patch(w.target(o), pointers...)
		}
	}
	patch(map[string]any{"namespace": in.Namespace}, "/metadata/namespace")
	return out
}

func (w *writer) replicas(in *install) []any {
	manager := w.m.Manager()
	if in.Replicas == nil || manager == nil {
		return nil
	}
	return []any{map[string]any{"name": w.scope(nil).String(manager.Name), "count": *in.Replicas}}
}

func (w *writer) images(in *install) []any {
	if in.Image == nil || in.Image.Ref() == w.m.Image.Ref() || w.sharedRepository() {
		return nil
	}
	out := map[string]any{"name": w.m.Image.Repository}
	if in.Image.Repository != w.m.Image.Repository {
		out["newName"] = in.Image.Repository
	}
	switch {
	case in.Image.Digest != "":
		out["digest"] = in.Image.Digest
	case in.Image.Tag != "":
		out["newTag"] = in.Image.Tag
	}
	return []any{out}
}

// watching makes what holds the watched namespace follow the operator's, where that is the one it watches.
func (w *writer) watching(in *install) []any {
	source, ok := w.source()
	if !ok || !in.itself {
		return nil
	}
	var list []follower
	for _, o := range in.want {
		visit(o, nil, o.Tree, func(at place, text string) {
			if at.fieldPath() == "metadata.namespace" || !strings.Contains(text, model.Ref(model.OpWatch, "")) {
				return
			}
			found, _ := follow(o, at, text, model.OpWatch)
			list = append(list, found...)
		})
	}
	return replacements(source, list)
}

// binding makes what stands outside of the operator's namespace and names it follow.
func (w *writer) binding(in *install) []any {
	source, ok := w.source()
	if !ok {
		return nil
	}
	var list []follower
	seen := map[string]bool{}
	for _, o := range in.outside {
		// Selected by name alone, so that the copy of a file for one more namespace is found too.
		if key := o.Kind() + "|" + o.Name(); seen[key] {
			continue
		} else {
			seen[key] = true
		}
		visit(o, nil, o.Tree, func(at place, text string) {
			if strings.Contains(text, model.Namespace()) {
				found, _ := follow(o, at, text, model.OpNamespace)
				list = append(list, found...)
			}
		})
	}
	return replacements(source, list)
}

// outside writes the objects that must not follow the namespace, and returns their files.
func (w *writer) outside(in *install, dir string) []any {
	files, watched := map[string][]model.Object{}, map[string]string{}
	for _, o := range in.outside {
		stem := w.stem(o)
		if ns := model.MetaString(o.Tree, "namespace"); find(in.have, o) < 0 {
			stem = "watch-" + ns
			watched[stem] = ns
		}
		files[stem] = append(files[stem], o)
	}
	var out []any
	for _, stem := range slices.Sorted(maps.Keys(files)) {
		comment := ""
		if ns, ok := watched[stem]; ok {
			comment = fmt.Sprintf("Permissions of the operator in the watched namespace %s.", ns)
		}
		out = append(out, w.stream(dir, stem+".yaml", comment, in.Namespace, files[stem]))
	}
	return out
}

func outsideComment(in *install) string {
	if len(in.Watch) == 0 {
		return "The operator, and what stands outside of its namespace."
	}
	return "The operator, and what it may do in the namespaces that it watches. To watch another one, copy a file watch-… and add\n" +
		"the namespace to the manager's environment in operator/. Watched: " + strings.Join(in.Watch, ", ") + "."
}
