package diff

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// node is one thing of an operator as it is compared: a value, or a group of things by their identities. What a node
// does not hold is not compared.
type node struct {
	value any
	kids  map[string]*node
	from  diag.Path
	when  model.Cond
	// atoms are a set whose elements can cover others, such as grants; schema is that of an API. Each is compared in
	// its own way.
	atoms  *atomSet
	schema model.Tree
}

func leaf(value any, from diag.Path) *node { return &node{value: value, from: from} }

func group(from diag.Path) *node { return &node{kids: map[string]*node{}, from: from} }

// put adds a thing to a group; nothing is added for what is empty, since a description that leaves it out means the
// same.
func (n *node) put(name string, kid *node) {
	if kid != nil && !kid.empty() {
		n.kids[name] = kid
	}
}

// text adds a text that is not empty.
func (n *node) text(name, value string, from diag.Path) {
	if value != "" {
		n.kids[name] = leaf(value, from)
	}
}

// set adds a group whose things are nothing but their names.
func (n *node) set(name string, values []string, from diag.Path) {
	g := group(from)
	for i, v := range values {
		g.kids[v] = leaf(v, from.Index(i))
	}
	n.put(name, g)
}

// strings adds a group of texts by name.
func (n *node) strings(name string, values map[string]string, from diag.Path) {
	g := group(from)
	for k, v := range values {
		g.kids[k] = leaf(v, from.Child(k))
	}
	n.put(name, g)
}

func (n *node) empty() bool {
	switch {
	case n.atoms != nil:
		return len(n.atoms.list) == 0
	case n.schema != nil:
		return false
	case n.kids != nil:
		return len(n.kids) == 0
	}
	return blank(n.value)
}

func blank(v any) bool {
	switch t := v.(type) {
	case nil:
		return true
	case string:
		return t == ""
	case []any:
		return len(t) == 0
	case map[string]any:
		return len(t) == 0
	}
	return false
}

// plain is the value of a node for people: a group as a map, of which the names alone matter where they are all.
func (n *node) plain() any {
	switch {
	case n.atoms != nil:
		return n.atoms.plain()
	case n.schema != nil:
		return n.schema
	case n.kids == nil:
		return n.value
	}
	names, out, bare := []any{}, map[string]any{}, true
	for _, k := range slices.Sorted(maps.Keys(n.kids)) {
		out[k] = n.kids[k].plain()
		names = append(names, k)
		bare = bare && out[k] == k
	}
	if bare && len(names) > 0 {
		return names
	}
	return out
}

// canonical is a value as text, equal for equal values whatever their numbers' types and their maps' order.
func canonical(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}

func equal(a, b any) bool {
	x, isText := a.(string)
	y, isToo := b.(string)
	if isText || isToo {
		return isText && isToo && x == y // "80" is not 80
	}
	return canonical(a) == canonical(b)
}
