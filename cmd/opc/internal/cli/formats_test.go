package cli

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	diffrender "github.com/opc-project/opc/diff/render"
	"github.com/opc-project/opc/schema/diag/render"
)

// TestFormatsAreOffered checks that help, completion and the flags know each format there is.
func TestFormatsAreOffered(t *testing.T) {
	if diff := cmp.Diff(slices.Sorted(maps.Keys(render.Formats())), slices.Sorted(slices.Values(errorFormats()))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(diffrender.Formats())), slices.Sorted(slices.Values(append(diffFormats(), "changelog")))); diff != "" {
		t.Error(diff)
	}
}
