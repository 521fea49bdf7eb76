package verify

import (
	"encoding/json"
	"fmt"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// fact is something that several files say of the operator, and what the model says it is.
type fact struct {
	pointer  string
	want     any  // nil where the model says nothing
	overlaid bool // a raw overlay of the description replaces it
}

func held(file string, tree model.Tree, facts []fact) []finding.Finding {
	var out []finding.Finding
	for _, x := range facts {
		got := kube.Get(tree, x.pointer)
		if x.overlaid || canonical(got) == canonical(x.want) {
			continue
		}
		place := kube.Place{File: file, Pointer: x.pointer}
		out = append(out, finding.InFile(place, diag.MetadataDiffers, diag.Error, "the file says %s: the description says %s", show(got), show(x.want)))
	}
	return out
}

// has reports whether a raw overlay says something at a pointer or above it.
func has(overlay model.Tree, pointer string) bool {
	var v any = overlay
	for _, elem := range diag.Path(pointer).Elems() {
		m, ok := v.(map[string]any)
		if !ok {
			return true
		}
		if v, ok = m[elem]; !ok {
			return false
		}
	}
	return true
}

// canonical writes a value so that what means the same is the same text: nothing, and an empty text or list, are one.
func canonical(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	switch s := string(text); s {
	case `""`, `[]`, `{}`, "null":
		return ""
	default:
		return s
	}
}

func show(v any) string {
	text := canonical(v)
	if text == "" {
		return "nothing"
	}
	if len(text) > 80 {
		return text[:80] + "…"
	}
	return text
}

// entries are the objects of a list in a field of an object.
func entries(in any, field string) []model.Tree {
	t := kube.Map(in)
	list := kube.List(t[field])
	var out []model.Tree
	for _, e := range list {
		if entry, ok := e.(map[string]any); ok {
			out = append(out, entry)
		}
	}
	return out
}
