// Package equal compares what an installer leaves in a cluster with what the model says it must, in both directions and
// by meaning: lists that Kubernetes keys by a name are compared by it, quantities by their amount. What may differ is a
// list of rules (rules.go), each for one installer and with its reason; nothing else may.
package equal

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kubescheme "k8s.io/client-go/kubernetes/scheme"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// Difference is one place where two trees differ. A missing value is absent.
type Difference struct {
	Pointer   string // into the first tree, as far as it goes
	Want, Got any
}

// absent stands for a value that one side does not have.
type absent struct{}

// Compare lists the differences of two objects.
func Compare(want, got model.Tree) []Difference {
	c := &comparer{}
	c.value("", "", want, got)
	if len(c.out) == 0 {
		return nil
	}
	typedWant, ok := typed(want)
	typedGot, both := typed(got)
	if !ok || !both {
		return c.out
	}
	// Of those, only what the API server sees as different counts.
	again := &comparer{}
	again.value("", "", typedWant, typedGot)
	return again.out
}

// typed writes an object as its Go type does: quantities in their canonical form, empty fields left out.
func typed(t model.Tree) (model.Tree, bool) {
	apiVersion, _ := t["apiVersion"].(string)
	kind, _ := t["kind"].(string)
	into, err := kubescheme.Scheme.New(schema.FromAPIVersionAndKind(apiVersion, kind))
	if err != nil {
		return nil, false
	}
	converter := runtime.DefaultUnstructuredConverter
	if err := converter.FromUnstructuredWithValidation(t, into, true); err != nil {
		return nil, false
	}
	out, err := converter.ToUnstructured(into)
	return out, err == nil
}

type comparer struct{ out []Difference }

func (c *comparer) differ(pointer string, want, got any) {
	c.out = append(c.out, Difference{Pointer: pointer, Want: want, Got: got})
}

func (c *comparer) value(pointer, field string, want, got any) {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			c.maps(pointer, w, g)
			return
		}
	case []any:
		if g, ok := got.([]any); ok {
			c.lists(pointer, field, w, g)
			return
		}
	}
	if !same(want, got) {
		c.differ(pointer, want, got)
	}
}

func (c *comparer) maps(pointer string, want, got map[string]any) {
	for _, k := range slices.Sorted(maps.Keys(want)) {
		at := pointer + "/" + diag.Escape(k)
		g, ok := got[k]
		switch {
		case ok:
			c.value(at, k, want[k], g)
		case !hollow(k, want[k]):
			c.differ(at, want[k], absent{})
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[k]; !ok && !hollow(k, got[k]) {
			c.differ(pointer+"/"+diag.Escape(k), absent{}, got[k])
		}
	}
}

// empties are fields that mean the same empty as left out. An empty selector or volume source means something.
var empties = []string{
	"labels", "annotations", "affinity", "nodeAffinity", "podAffinity", "podAntiAffinity", "securityContext", "resources", "strategy", "lifecycle",
}

// hollow reports whether a field means the same as none: null, and certain fields without anything in them.
func hollow(field string, v any) bool {
	if v == nil {
		return true
	}
	m, ok := v.(map[string]any)
	return ok && len(m) == 0 && slices.Contains(empties, field)
}

func (c *comparer) lists(pointer, field string, want, got []any) {
	wantKeys, ok := keysOf(field, want)
	gotKeys, both := keysOf(field, got)
	if !ok || !both {
		c.ordered(pointer, want, got)
		return
	}
	at := map[string]int{}
	for i, k := range gotKeys {
		at[k] = i
	}
	for i, k := range wantKeys {
		where := pointer + "/" + strconv.Itoa(i)
		if j, ok := at[k]; ok {
			c.value(where, "", want[i], got[j])
		} else {
			c.differ(where, want[i], absent{})
		}
	}
	for j, k := range gotKeys {
		if !slices.Contains(wantKeys, k) {
			c.differ(pointer, absent{}, got[j])
		}
	}
}

func (c *comparer) ordered(pointer string, want, got []any) {
	if len(want) != len(got) {
		c.differ(pointer, want, got)
		return
	}
	for i := range want {
		c.value(pointer+"/"+strconv.Itoa(i), "", want[i], got[i])
	}
}

// listKeys are the fields by which Kubernetes tells the elements of a list apart, as its merge keys and map keys say.
var listKeys = map[string][]string{
	"containers": {"name"}, "initContainers": {"name"}, "volumes": {"name"}, "env": {"name"}, "imagePullSecrets": {"name"},
	"volumeMounts": {"mountPath"}, "ports": {"containerPort", "port", "protocol", "name"}, "webhooks": {"name"},
	"subjects": {"kind", "namespace", "name"}, "endpoints": {"port", "path"}, "hostAliases": {"ip"},
	"topologySpreadConstraints": {"topologyKey", "whenUnsatisfiable"}, "versions": {"name"},
}

// keysOf returns the key of each element; ok is false where the list has an order, or keys that don't tell apart.
func keysOf(field string, list []any) (keys []string, ok bool) {
	fields := listKeys[field]
	if fields == nil {
		return nil, false
	}
	for _, e := range list {
		m, isMap := e.(map[string]any)
		if !isMap {
			return nil, false
		}
		var parts []string
		for _, f := range fields {
			parts = append(parts, fmt.Sprint(m[f]))
		}
		key := strings.Join(parts, "\x00")
		if slices.Contains(keys, key) {
			return nil, false
		}
		keys = append(keys, key)
	}
	return keys, true
}

// same compares scalars; whole numbers are equal whether they were read as such or not.
func same(a, b any) bool {
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

// Show writes a value for a message.
func Show(v any) string {
	if _, ok := v.(absent); ok {
		return "nothing"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(text) > 120 {
		return string(text[:120]) + "…"
	}
	return string(text)
}
