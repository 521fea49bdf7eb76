package diff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// builder turns trees in Kubernetes' words into things with identities. What is conditional stays, with its condition;
// only what OLM alone installs is left out, since the bundle says it in its own way.
type builder struct {
	view    view
	from    diag.Path
	origins []model.ObjOrigin
}

// tree turns a plain tree into things.
func tree(t model.Tree, from diag.Path) *node {
	if len(t) == 0 {
		return nil
	}
	b := builder{from: from}
	return b.value(t, "", "")
}

// at is the place of a pointer into the tree: that of the longest part of it that has one of its own.
func (b *builder) at(pointer string) diag.Path {
	best := -1
	for i, o := range b.origins {
		if (pointer == o.Pointer || strings.HasPrefix(pointer, o.Pointer+"/")) && (best < 0 || len(o.Pointer) > len(b.origins[best].Pointer)) {
			best = i
		}
	}
	if best >= 0 && b.origins[best].Whole {
		return b.origins[best].From.Join(pointer[len(b.origins[best].Pointer):])
	}
	if best >= 0 {
		return b.origins[best].From
	}
	return b.from.Join(pointer)
}

// value turns a value into a thing, or nil where it stands in no install that is compared. name is that of the field it
// stands in.
func (b *builder) value(v any, name, pointer string) *node {
	cond, v := model.Condition(v)
	rest, possible := b.view.here(cond)
	if !possible {
		return nil
	}
	var n *node
	switch t := v.(type) {
	case map[string]any:
		n = group(b.at(pointer))
		for k, e := range t {
			n.put(k, b.value(e, k, pointer+"/"+diag.Escape(k)))
		}
	case []any:
		n = b.list(t, name, pointer)
	case string:
		n = leaf(b.view.scope.String(t), b.at(pointer))
	default:
		n = leaf(v, b.at(pointer))
	}
	n.when = rest
	return n
}

// ordered are the lists whose order matters.
var ordered = []string{"command"}

// list turns a list into a group where its elements have identities.
func (b *builder) list(list []any, name, pointer string) *node {
	whole := func() *node {
		plain := b.view.scope.Resolve(list)
		if !slices.Contains(ordered, name) {
			plain = unordered(plain)
		}
		return leaf(plain, b.at(pointer))
	}
	if slices.Contains(ordered, name) {
		return whole()
	}
	n := group(b.at(pointer))
	for i, e := range list {
		kid := b.value(e, "", pointer+"/"+strconv.Itoa(i))
		if kid == nil {
			continue
		}
		id := identityOf(kid)
		if id == "" {
			return whole()
		}
		n.kids[b.unique(n, id, kid.when)] = kid
	}
	return n
}

// unique tells apart things of one name in one list: alternatives by their conditions, others by their number.
func (b *builder) unique(n *node, id string, when model.Cond) string {
	if n.kids[id] != nil && len(when) > 0 {
		id += " (" + when.String() + ")"
	}
	for base, i := id, 2; n.kids[id] != nil; i++ {
		id = base + " #" + strconv.Itoa(i)
	}
	return id
}

// identities are the fields by which Kubernetes tells elements of lists apart, in the order in which they are tried.
var identities = []string{"mountPath", "devicePath", "name", "key", "containerPort", "port", "ip", "topologyKey", "type", "alert", "record", "host"}

// identityOf is the name of an element of a list, or "" when it has none.
func identityOf(n *node) string {
	if n.kids == nil {
		if _, isList := n.value.([]any); isList {
			return ""
		}
		return canonical(n.value)
	}
	for _, field := range identities {
		if kid := n.kids[field]; kid != nil && kid.kids == nil {
			return canonical(kid.value)
		}
	}
	for _, ref := range []string{"configMapRef", "secretRef"} {
		if kid := n.kids[ref]; kid != nil && kid.kids["name"] != nil {
			return ref + " " + canonical(kid.kids["name"].value)
		}
	}
	return ""
}
