package schema

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// maxExact is the largest number up to which JSON readers such as Helm keep every whole number.
const maxExact = 1 << 53

// keepsText reports whether a place takes text as well as numbers, so that the spelling of a number can matter: 1.10 is
// the number 1.1. A quantity means its number, however it is written.
func (t *typ) keepsText() bool {
	var kinds kind
	for _, a := range t.alternatives() {
		kinds |= a.kinds
	}
	return t.name != "Quantity" && kinds&textKind != 0 && kinds&intKind != 0
}

// spelling refuses numbers and booleans whose text changes when they are read, in a value and all that it holds.
func (c *checker) spelling(p diag.Path, x any) {
	switch v := x.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			c.spelling(p.Child(name), v[name])
		}
	case []any:
		for i, e := range v {
			c.spelling(p.Index(i), e)
		}
	case bool, int64, float64:
		c.spelled(p, x)
	}
}

func (c *checker) spelled(p diag.Path, x any) {
	raw, read := c.literal(p), canonical(x)
	if n, ok := x.(int64); ok && (n > maxExact || n < -maxExact) {
		c.add(diag.Errorf(diag.BadValue, p, "the number %s can't be kept: Helm reads numbers as floating point, exact up to %d", read, int64(maxExact)).
			WithHint("put it in quotes: %q", read))
		return
	}
	if raw == "" || raw == read {
		return
	}
	what := "number"
	if _, ok := x.(bool); ok {
		what = "boolean"
	}
	c.add(diag.Errorf(diag.BadValue, p, "%s is read as the %s %s: expected a value that is kept as written", shortened(raw), what, read).
		WithHint("write %s, or put it in quotes if it is text: %q", read, shortened(raw)))
}

// literal is a number or boolean as it was written in the description or in a setting; "" where that is not known, or
// where CUE's own notation says what is meant (0x1F, 1_000, 4K).
func (c *checker) literal(p diag.Path) string {
	if c.index == nil {
		return ""
	}
	if s, ok := c.index.setting(p); ok {
		if s.path == p {
			return s.value
		}
		return ""
	}
	raw := c.index.raw(p)
	if c.index.text == nil && strings.Trim(raw, "+-.0123456789eE") != "" {
		return ""
	}
	return raw
}

// canonical is the text that a number or boolean becomes.
func canonical(x any) string {
	switch v := x.(type) {
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return ""
}
