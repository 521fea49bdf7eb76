package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// Kind is what became of a thing.
type Kind string

// What can become of a thing.
const (
	Added   Kind = "added"
	Removed Kind = "removed"
	Changed Kind = "changed"
	Renamed Kind = "renamed"
)

// Path names a thing by the identities of what it stands in, such as crds, databases.db.example.com, versions, v1.
type Path []string

// String joins the elements by slashes; one inside an element is escaped as in a JSON pointer.
func (p Path) String() string {
	parts := make([]string, len(p))
	for i, e := range p {
		parts[i] = diag.Escape(e)
	}
	return strings.Join(parts, "/")
}

func (p Path) child(elems ...string) Path { return append(slices.Clip(p), elems...) }

// Change is one difference between two versions.
type Change struct {
	Kind     Kind
	Path     Path      // in the new version, or in the old one where the thing is gone
	From     string    // what a renamed thing was called
	Old, New any       // plain values: nil where there is none
	OldFrom  diag.Path // where the old description says it, or what it stood in
	NewFrom  diag.Path
	When     model.Cond // the features without which the thing is not installed
	Optional bool       // a default install does not have it

	lost     bool   // a default install had it, and does not any more
	property string // of a schema: its path in the words of crdify
}

// Swap is the same difference seen from the other side.
func (c Change) Swap() Change {
	c.Old, c.New, c.OldFrom, c.NewFrom = c.New, c.Old, c.NewFrom, c.OldFrom
	switch c.Kind {
	case Added:
		c.Kind = Removed
	case Removed:
		c.Kind = Added
	case Renamed:
		last := len(c.Path) - 1
		c.Path, c.From = c.Path[:last].child(c.From), c.Path[last]
	}
	return c
}

func sortChanges(list []Change) {
	slices.SortStableFunc(list, func(a, b Change) int {
		return cmp.Or(slices.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind))
	})
}
