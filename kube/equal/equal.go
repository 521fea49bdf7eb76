// Package equal compares Kubernetes objects by meaning: by what a cluster would see, not by their text. An object of a
// known type is decoded into that type and encoded again, so that quantities, defaults that are left out and fields
// that the API server prunes don't count; lists that are sets are compared without regard to order.
//
// Import proves with it that what it wrote compiles to what it read (Canonical), and verify that each installer leaves what
// the description says (Objects). It reads the built-in types through client-go's table of them, and a ClusterServiceVersion
// through a mirror of its type (csv.go).
package equal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"sync"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/opc-project/opc/kube"
)

// ClusterServiceVersion is the kind of the object that describes an operator to OLM.
const ClusterServiceVersion = "ClusterServiceVersion"

// builtin knows Kubernetes' own types. client-go has a table of them too, but other libraries add to it, and then what is
// equal would hang on what else the program links.
var builtin = sync.OnceValue(func() *runtime.Scheme {
	s := runtime.NewScheme()
	if err := scheme.AddToScheme(s); err != nil {
		panic(err) // a type that stands twice in client-go
	}
	return s
})

// typeOf returns a pointer to a new value of an object's Kubernetes type, or nil if the type is not known here.
func typeOf(tree map[string]any) any {
	apiVersion := kube.Text(tree["apiVersion"])
	kind := kube.Text(tree["kind"])
	switch {
	case apiVersion == "operators.coreos.com/v1alpha1" && kind == ClusterServiceVersion:
		return &csv{}
	case apiVersion == "apiextensions.k8s.io/v1" && kind == "CustomResourceDefinition":
		return &apiextensionsv1.CustomResourceDefinition{}
	}
	obj, err := builtin().New(schema.FromAPIVersionAndKind(apiVersion, kind))
	if err != nil {
		return nil
	}
	return obj
}

// strict writes an object as its Kubernetes type does, without empty fields. It is false for an object of another type,
// or with a field that its type does not have.
func strict(tree map[string]any) (map[string]any, bool) {
	known, ok := typeOf(tree).(runtime.Object)
	if !ok {
		return nil, false
	}
	converter := runtime.DefaultUnstructuredConverter
	if err := converter.FromUnstructuredWithValidation(tree, known, true); err != nil {
		return nil, false
	}
	out, err := converter.ToUnstructured(known)
	return out, err == nil
}

// Normal writes an object as its Kubernetes type does: quantities in their canonical form, fields that hold their zero
// value left out but for those of a workload, unknown fields dropped. The status, which no manifest can set, and the creation time are left out. An
// object of an unknown type is copied as it is. An error says that the object does not fit its type.
func Normal(tree map[string]any) (map[string]any, error) {
	raw, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	known := typeOf(tree)
	if known != nil {
		if err := json.Unmarshal(raw, known); err != nil {
			return nil, fmt.Errorf("%w", err)
		}
		if raw, err = json.Marshal(known); err != nil {
			return nil, err
		}
	}
	out := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		return nil, err
	}
	out = kube.Map(plain(out))
	if known != nil {
		if kind := kube.Text(out["kind"]); zeros[kind] {
			withZeros(out, tree, reflect.TypeOf(known))
		}
		delete(out, "status")
		withoutDivisors(out)
	}
	if md, ok := out["metadata"].(map[string]any); ok {
		delete(md, "creationTimestamp")
		if out["kind"] == ClusterServiceVersion {
			delete(md, "namespace") // a placeholder: OLM puts it where the Subscription is
		}
	}
	out = kube.Map(WithoutNulls(out))
	return out, nil
}

// withoutDivisors removes the divisor 0 of resource fields, which is how their type writes that there is none (core/v1
// ResourceFieldSelector).
func withoutDivisors(v any) {
	switch t := v.(type) {
	case map[string]any:
		if field := kube.Map(t["resourceFieldRef"]); field["divisor"] == "0" {
			delete(field, "divisor")
		}
		for _, e := range t {
			withoutDivisors(e)
		}
	case []any:
		for _, e := range t {
			withoutDivisors(e)
		}
	}
}

// plain turns JSON numbers into int64 where they are whole and float64 where not.
func plain(v any) any {
	switch t := v.(type) {
	case map[string]any:
		for k, e := range t {
			t[k] = plain(e)
		}
	case []any:
		for i, e := range t {
			t[i] = plain(e)
		}
	case json.Number:
		if n, err := strconv.ParseInt(t.String(), 10, 64); err == nil {
			return n
		}
		f, _ := t.Float64()
		return f
	}
	return v
}

// WithoutNulls returns a copy of a tree without fields that are null, which to Kubernetes mean the same as none.
func WithoutNulls(v any) any {
	switch t := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(t))
		for k, e := range t {
			if e != nil {
				out[k] = WithoutNulls(e)
			}
		}
		return out
	case []any:
		out := make([]any, len(t))
		for i, e := range t {
			out[i] = WithoutNulls(e)
		}
		return out
	}
	return v
}

// Canonical is Normal with what does not count taken away: the order of sets, empty lists and maps that mean the same
// as none, and the text form of a ClusterServiceVersion's examples. Two objects are equal if their canonical forms are.
func Canonical(tree map[string]any) (map[string]any, error) {
	out, err := Normal(tree)
	if err != nil {
		return nil, err
	}
	if a, ok := at(out, "metadata", "annotations").(map[string]any); ok {
		if text, ok := a["alm-examples"].(string); ok {
			var v any
			if json.Unmarshal([]byte(text), &v) == nil {
				a["alm-examples"] = sortSet(prune(floats(v), emptyAnywhere))
			}
		}
	}
	withoutSelectors(out)
	noneWhenEmpty := emptyAnywhere
	if Known(tree) || tree["kind"] == ClusterServiceVersion { // of whatever version: catalogs have them of some that OLM doesn't serve
		noneWhenEmpty = emptyIsNone
	}
	out = kube.Map(sortLists("", prune(floats(out), noneWhenEmpty), false))
	return out, nil
}

// withoutSelectors removes selectors of webhooks that select everything, which is their default
// (admissionregistration/v1 defaults.go).
func withoutSelectors(t map[string]any) {
	if t["apiVersion"] != "admissionregistration.k8s.io/v1" {
		return
	}
	webhooks := kube.List(t["webhooks"])
	for _, e := range webhooks {
		hook := kube.Map(e)
		for _, field := range []string{"namespaceSelector", "objectSelector"} {
			if selector, ok := hook[field].(map[string]any); ok && len(selector) == 0 {
				delete(hook, field)
			}
		}
	}
}

// Value is the canonical form of a tree that is no object, such as the entries of metadata/dependencies.yaml.
func Value(v any) any { return prune(floats(WithoutNulls(v)), emptyIsNone) }

// floats makes all numbers comparable, as JSON does.
func floats(v any) any {
	switch t := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(t))
		for k, e := range t {
			out[k] = floats(e)
		}
		return out
	case []any:
		out := make([]any, len(t))
		for i, e := range t {
			out[i] = floats(e)
		}
		return out
	case int64:
		return float64(t)
	case int:
		return float64(t)
	case json.Number:
		f, _ := t.Float64()
		return f
	}
	return v
}

func at(tree map[string]any, path ...string) any {
	var v any = tree
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

// Same reports whether two values of one field mean the same. They are parts of objects in their normal form.
func Same(field string, a, b any) bool {
	holder := func(v any) any {
		return sortLists("", prune(map[string]any{field: floats(WithoutNulls(v))}, emptyIsNone), false)
	}
	return reflect.DeepEqual(holder(a), holder(b))
}

// Pruned copies a tree in its normal form without what means the same as none. The order of lists is kept.
func Pruned(t map[string]any) map[string]any {
	return kube.Map(prune(WithoutNulls(t), emptyIsNone))
}

// Known reports whether an object's Kubernetes type is known here.
func Known(tree map[string]any) bool { return typeOf(tree) != nil }
