package kustomize

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// step leads from a map to a field, or from a list to an item: by its keys where kustomize merges the list by keys, by
// its place otherwise.
type step struct {
	field  string
	keys   map[string]any // of an item: its fields that tell it apart
	key    string         // of an item with keys: the first of them
	index  int            // of an item; -1 for a field
	steady bool           // of an item: no item of its list comes or goes with a feature
}

type place []step

func (p place) field(name string) place {
	return append(slices.Clone(p), step{field: name, index: -1})
}

func (p place) item(i int) place { return append(slices.Clone(p), step{index: i}) }

// keyed leads to the item of a list that kustomize merges by the given keys.
func (p place) keyed(i int, item map[string]any, keys []string) place {
	s := step{index: i, keys: map[string]any{}, key: keys[0]}
	for _, k := range keys {
		if v, ok := item[k]; ok {
			s.keys[k] = v
		}
	}
	return append(slices.Clone(p), s)
}

// fields are the names of the fields on the way.
func (p place) fields() []string {
	var out []string
	for _, s := range p {
		if s.index < 0 {
			out = append(out, s.field)
		}
	}
	return out
}

// pointer writes the path as a JSON pointer.
func (p place) pointer() string {
	var b strings.Builder
	for _, s := range p {
		if s.index < 0 {
			b.WriteString("/" + diag.Escape(s.field))
		} else {
			b.WriteString("/" + strconv.Itoa(s.index))
		}
	}
	return b.String()
}

// fieldPath writes the path as a replacement's fieldPath.
func (p place) fieldPath() string {
	var parts []string
	for _, s := range p {
		switch {
		case s.key != "":
			parts = append(parts, fmt.Sprintf("[%s=%v]", s.key, s.keys[s.key]))
		case s.index >= 0:
			parts = append(parts, strconv.Itoa(s.index))
		case strings.ContainsAny(s.field, "./"):
			parts = append(parts, "["+s.field+"]")
		default:
			parts = append(parts, s.field)
		}
	}
	return strings.Join(parts, ".")
}

// graft puts a value into a tree at a path, with the maps and keyed items on the way. nil stands for "remove": a field
// becomes null, an item is marked with kustomize's directive. What is there already wins over a removal.
func graft(tree model.Tree, at place, value any) {
	s, rest := at[0], at[1:]
	if len(rest) == 0 {
		if old, ok := tree[s.field]; ok && (value == nil || merged(old, value)) {
			return
		}
		tree[s.field] = value
		return
	}
	if rest[0].index < 0 {
		below, ok := tree[s.field].(map[string]any)
		if !ok {
			below = map[string]any{}
			tree[s.field] = below
		}
		graft(below, rest, value)
		return
	}
	list, _ := tree[s.field].([]any)
	item, found := itemOf(list, rest[0].keys)
	if !found {
		item = map[string]any{}
		for k, v := range rest[0].keys {
			item[k] = v
		}
		tree[s.field] = append(list, item)
	}
	switch m, _ := value.(map[string]any); {
	case len(rest) > 1:
		graft(item, rest[1:], value)
	case value == nil && !found:
		item["$patch"] = "delete"
	case value != nil:
		delete(item, "$patch")
		merged(item, m)
	}
}

// merged lays a map over another one in place; false when they are not both maps.
func merged(old, value any) bool {
	a, ok := old.(map[string]any)
	b, both := value.(map[string]any)
	if !ok || !both {
		return false
	}
	for k, v := range b {
		if !merged(a[k], v) {
			a[k] = v
		}
	}
	return true
}

func itemOf(list []any, keys map[string]any) (map[string]any, bool) {
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			continue
		}
		same := true
		for k, v := range keys {
			same = same && fmt.Sprint(m[k]) == fmt.Sprint(v)
		}
		if same {
			return m, true
		}
	}
	return nil, false
}
