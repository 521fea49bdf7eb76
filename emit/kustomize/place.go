package kustomize

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
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
	begin  string         // of an argument: what it begins with, and no other in its list
}

type place []step

func (p place) field(name string) place {
	return append(slices.Clone(p), step{field: name, index: -1})
}

// argument leads to an argument of a container: by its flag, where it has one with a value that an expression is part of.
func (p place) argument(i int, list []any) place {
	s := step{index: i}
	if text := kube.Text(list[i]); text != "" && len(p) > 0 && p[len(p)-1].field == "args" {
		first := model.Pieces(text)[0].Text
		alone := strings.HasPrefix(first, "-") && strings.Contains(first, "=") && !strings.Contains(first, "]")
		for j, other := range list {
			text := kube.Text(other)
			alone = alone && (i == j || !strings.HasPrefix(text, first))
		}
		if alone {
			s.begin = first
		}
	}
	return append(slices.Clone(p), s)
}

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

// id tells places apart; items with the same keys are the same place.
func (p place) id() string {
	var b strings.Builder
	for _, s := range p {
		if s.key != "" {
			fmt.Fprintf(&b, "/%v", s.keys)
		} else {
			fmt.Fprintf(&b, "/%s/%d", s.field, s.index)
		}
	}
	return b.String()
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
		case s.begin != "": // a feature may put others before it
			parts = append(parts, "[=^"+regexp.QuoteMeta(s.begin)+"]")
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

// graft puts a value into a tree at a place, with the maps and keyed items on the way.
func graft(tree model.Tree, at place, value any) {
	below, rest := descend(tree, at)
	switch {
	case len(rest) > 0:
		graft(below, rest, value)
	case below != nil:
		merged(below, value)
	case !merged(tree[at[0].field], value):
		tree[at[0].field] = value
	}
}

// prune lets a patch remove what stands at a place: a field by null, an item by kustomize's directive.
func prune(tree model.Tree, at place) {
	below, rest := descend(tree, at)
	switch {
	case len(rest) > 0:
		prune(below, rest)
	case below != nil:
		clear(below)
		maps.Copy(below, at[1].keys)
		below["$patch"] = "delete"
	default:
		tree[at[0].field] = nil
	}
}

// descend makes one step into a tree, to the map of a field or to an item of a list, which are made where they are not
// there. At a field that is the end of the way it returns nothing.
func descend(tree model.Tree, at place) (below map[string]any, rest place) {
	field := at[0].field
	if len(at) == 1 {
		return nil, nil
	}
	if at[1].index < 0 {
		below = kube.Map(tree[field])
		if below == nil {
			below = map[string]any{}
			tree[field] = below
		}
		return below, at[1:]
	}
	list := kube.List(tree[field])
	below, found := itemOf(list, at[1].keys)
	if !found {
		below = maps.Clone(at[1].keys)
		tree[field] = append(list, below)
	}
	return below, at[2:]
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
