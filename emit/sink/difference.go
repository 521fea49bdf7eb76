package sink

import (
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// firstLine returns the number, from 1, of the first line in which two texts differ.
func firstLine(a, b []byte) int {
	line := 1
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		if a[i] == '\n' {
			line++
		}
	}
	return line
}

// firstDifference returns the JSON pointer of the first place in which two YAML files differ; "" when they are no
// YAML. As in emit.DocumentOrigins, it begins with the document's number when the new file holds several. Only a place
// in the new file counts: that is the one that has an origin.
func firstDifference(old, new []byte) string {
	a, okA := documents(old)
	b, okB := documents(new)
	switch {
	case !okA || !okB:
		return ""
	case len(a) == 1 && len(b) == 1:
		return differ("", a[0], b[0])
	}
	return differ("", a, b)
}

func documents(data []byte) ([]any, bool) {
	docs, faults := kube.Read("", data)
	var out []any
	for _, d := range docs {
		out = append(out, d.Value)
	}
	return out, len(faults) == 0
}

func differ(at string, a, b any) string {
	switch b := b.(type) {
	case map[string]any:
		a, ok := a.(map[string]any)
		for _, k := range slices.Sorted(maps.Keys(b)) {
			if ok && !reflect.DeepEqual(a[k], b[k]) {
				return differ(at+"/"+diag.Escape(k), a[k], b[k])
			}
		}
	case []any:
		a, ok := a.([]any)
		for i := range b {
			if ok && i < len(a) && !reflect.DeepEqual(a[i], b[i]) {
				return differ(at+"/"+strconv.Itoa(i), a[i], b[i])
			}
		}
	}
	return at
}
