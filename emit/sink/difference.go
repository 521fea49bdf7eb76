package sink

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

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

// firstDifference returns the JSON pointer of the first place in which two YAML documents differ; "" when they are no
// single YAML documents. Only a place in the new document counts: that is the one that has an origin.
func firstDifference(old, new []byte) string {
	a, okA := document(old)
	b, okB := document(new)
	if !okA || !okB {
		return ""
	}
	return differ("", a, b)
}

func document(data []byte) (any, bool) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var first, second any
	if dec.Decode(&first) != nil || dec.Decode(&second) == nil {
		return nil, false
	}
	return first, true
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
