package equal

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/operator-framework/api/pkg/operators/v1alpha1"
)

// TestCSVMirror holds the mirror of ClusterServiceVersion against the type that OLM reads.
func TestCSVMirror(t *testing.T) {
	mirror(t, "", reflect.TypeFor[csv](), reflect.TypeFor[v1alpha1.ClusterServiceVersion]())
}

func mirror(t *testing.T, path string, ours, theirs reflect.Type) {
	t.Helper()
	for ours.Kind() == reflect.Pointer || ours.Kind() == reflect.Slice {
		if theirs.Kind() != ours.Kind() {
			t.Errorf("%s is %v here and %v there", path, ours, theirs)
			return
		}
		ours, theirs = ours.Elem(), theirs.Elem()
	}
	if ours == theirs || ours == reflect.TypeFor[csvVersion]() || slices.Contains([]string{"/status", "/spec/release"}, path) {
		return // a version and a release are texts with a reader of their own; a status never counts
	}
	if ours.Kind() != reflect.Struct {
		if ours.Kind() != theirs.Kind() {
			t.Errorf("%s is %v here and %v there", path, ours, theirs)
		}
		return
	}
	a, b := tags(ours), tags(theirs)
	for name, f := range b {
		mine, ok := a[name]
		if !ok {
			t.Errorf("%s/%s is missing here", path, name)
			continue
		}
		if x, y := mine.Tag.Get("json"), f.Tag.Get("json"); x != y && name != "release" {
			t.Errorf("%s/%s has the tag %q here and %q there", path, name, x, y)
		}
		mirror(t, path+"/"+name, mine.Type, f.Type)
	}
	for name := range a {
		if _, ok := b[name]; !ok {
			t.Errorf("%s/%s does not exist there", path, name)
		}
	}
}

func tags(t reflect.Type) map[string]reflect.StructField {
	out := map[string]reflect.StructField{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}
		out[name] = f
	}
	return out
}
