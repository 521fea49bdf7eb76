package equal

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// Difference is one place where two trees differ. A side that has nothing there is nil.
type Difference struct {
	Path      []string // into the first tree, as far as it goes
	Want, Got any
}

// Pointer is the path as a JSON pointer.
func (d Difference) Pointer() string {
	var b strings.Builder
	for _, name := range d.Path {
		b.WriteString("/" + diag.Escape(name))
	}
	return b.String()
}

// Trees lists the differences of two trees, in order, element by element of each list. Lists of different lengths differ
// as a whole.
func Trees(want, got any) []Difference {
	c := comparer{list: (*comparer).ordered}
	c.value(nil, "", want, got)
	return c.out
}

// Objects lists the differences of two objects by what a cluster would see, in order. The elements of a list that
// Kubernetes keys are compared by their keys, and their order counts where it means something.
func Objects(want, got map[string]any) []Difference {
	c := comparer{list: (*comparer).keyed, noneWhenEmpty: emptyAnywhere}
	c.value(nil, "", want, got)
	if len(c.out) == 0 {
		return nil
	}
	typedWant, ok := strict(want)
	typedGot, both := strict(got)
	if !ok || !both {
		return c.out
	}
	// Of those, only what the API server sees as different counts.
	again := comparer{list: (*comparer).keyed, noneWhenEmpty: emptyAnywhere}
	again.value(nil, "", typedWant, typedGot)
	return again.out
}

type comparer struct {
	list          func(c *comparer, path []string, field string, want, got []any)
	noneWhenEmpty map[string]bool // fields that mean the same empty as left out
	out           []Difference
}

func (c *comparer) differ(path []string, want, got any) {
	c.out = append(c.out, Difference{Path: slices.Clone(path), Want: want, Got: got})
}

func (c *comparer) value(path []string, field string, want, got any) {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			c.maps(path, w, g)
			return
		}
	case []any:
		if g, ok := got.([]any); ok {
			c.list(c, path, field, w, g)
			return
		}
	}
	if !SameScalar(want, got) {
		c.differ(path, want, got)
	}
}

func (c *comparer) maps(path []string, want, got map[string]any) {
	fields := maps.Clone(want)
	maps.Copy(fields, got)
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		w, g := want[k], got[k]
		if w == nil && c.isNone(k, g) || g == nil && c.isNone(k, w) {
			continue
		}
		c.value(append(path, k), k, w, g)
	}
}

// isNone reports whether a field means the same as none: null, and certain fields without anything in them.
func (c *comparer) isNone(field string, v any) bool {
	m, ok := v.(map[string]any)
	return v == nil || ok && len(m) == 0 && c.noneWhenEmpty[field]
}

func (c *comparer) ordered(path []string, _ string, want, got []any) {
	if len(want) != len(got) {
		c.differ(path, want, got)
		return
	}
	for i := range want {
		c.value(append(path, strconv.Itoa(i)), "", want[i], got[i])
	}
}

func (c *comparer) keyed(path []string, field string, want, got []any) {
	wantKeys, ok := keysOf(field, want)
	gotKeys, both := keysOf(field, got)
	if !ok || !both {
		c.ordered(path, field, want, got)
		return
	}
	for i, k := range wantKeys {
		var other any
		if j := slices.Index(gotKeys, k); j >= 0 {
			other = got[j]
		}
		c.value(append(path, strconv.Itoa(i)), "", want[i], other)
	}
	for j, k := range gotKeys {
		if !slices.Contains(wantKeys, k) {
			c.differ(path, nil, got[j])
		}
	}
	if ordered[field] && !sameOrder(wantKeys, gotKeys) {
		c.differ(path, want, got)
	}
}

// sameOrder reports whether what two lists share stands in the same order.
func sameOrder(a, b []string) bool {
	shared := func(list, other []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(k string) bool { return !slices.Contains(other, k) })
	}
	return slices.Equal(shared(a, b), shared(b, a))
}

// SameScalar compares scalars. Whole numbers are equal whether they were read as such or not.
func SameScalar(a, b any) bool {
	switch x := a.(type) {
	case int64:
		if y, ok := b.(float64); ok {
			return float64(x) == y
		}
	case float64:
		if y, ok := b.(int64); ok {
			return x == float64(y)
		}
	}
	return reflect.DeepEqual(a, b)
}
