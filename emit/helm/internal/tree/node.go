package tree

// Node is a part of a document.
type Node interface {
	// present says where the node has any content. A map or list whose every part is guarded is left out, with its
	// key, where none of them stands.
	present() Guard
}

// Map is a mapping; its fields stand in their order.
type Map []Field

// Field is one field of a Map. Without a key its value is a Splice, whose text is several fields.
type Field struct {
	Key   string
	When  Guard
	Value Node
}

// List is a sequence.
type List []Item

// Item is one item of a List, or with a Splice several.
type Item struct {
	When  Guard
	Value Node
}

// Plain is a JSON value without anything to replace.
type Plain struct{ Value any }

// Scalar is an action whose result is one scalar, on the line of its key.
type Scalar struct{ Expr Expr }

// Block is an action whose result is YAML of one or more lines, below its key.
type Block struct{ Expr Expr }

// Splice is an action whose result is YAML of fields or items of the map or list it stands in.
type Splice struct{ Expr Expr }

func (Plain) present() Guard  { return Guard{} }
func (Scalar) present() Guard { return Guard{} }
func (Block) present() Guard  { return Guard{} }
func (Splice) present() Guard { return Guard{} }

func (m Map) present() Guard {
	var out Guard
	for _, f := range m {
		g := f.When.And(f.Value.present())
		if g.always() {
			return g
		}
		out = out.or(g)
	}
	return out.whole()
}

func (l List) present() Guard {
	var out Guard
	for _, i := range l {
		if i.When.always() {
			return i.When
		}
		out = out.or(i.When)
	}
	return out.whole()
}
