package kustomize

import (
	"bytes"
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
)

// section is one field of a kustomization.yaml, with what a reader must know of it.
type section struct {
	field   string
	comment string
	value   any
}

// kustomization writes a kustomization.yaml: its fields in the given order, a blank line between them. Fields without
// a value are left out; a list without items stands when it is not nil.
func kustomization(kind, comment string, sections []section) []byte {
	api := "kustomize.config.k8s.io/v1beta1"
	if kind == "Component" {
		api = "kustomize.config.k8s.io/v1alpha1"
	}
	blocks := [][]byte{emit.YAML(map[string]any{"apiVersion": api, "kind": kind}, comment)}
	for _, s := range sections {
		if !empty(s.value) {
			blocks = append(blocks, emit.YAML(map[string]any{s.field: s.value}, s.comment))
		}
	}
	return bytes.Join(blocks, []byte("\n"))
}

func empty(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case string:
		return x == ""
	case []any:
		return x == nil
	case map[string]any:
		return len(x) == 0
	}
	return false
}

// overlaid lays the description's own fields over those of an overlay: lists get longer, maps are merged, null
// removes, all else replaces.
func overlaid(sections []section, own model.Tree) []section {
	out := slices.Clone(sections)
	for _, field := range slices.Sorted(maps.Keys(own)) {
		i := slices.IndexFunc(out, func(s section) bool { return s.field == field })
		if i < 0 {
			out = append(out, section{field: field, value: own[field]})
			continue
		}
		switch v := own[field].(type) {
		case []any:
			list := kube.List(out[i].value)
			out[i].value = append(slices.Clone(list), v...)
		case map[string]any:
			old := kube.Map(out[i].value)
			out[i].value = model.Merge(old, v)
		default:
			out[i].value = v
		}
	}
	return out
}

// marks are the sections of labels and annotations of all objects.
func marks(labels, annotations map[string]any) []section {
	var pairs []any
	if len(labels) > 0 {
		pairs = []any{map[string]any{"pairs": labels, "includeSelectors": false}}
	}
	return []section{
		{"labels", "Labels of every object. Selectors are not changed, since those of a Deployment are immutable.", pairs},
		{"commonAnnotations", "Annotations of every object and of the pods.", annotations},
	}
}
