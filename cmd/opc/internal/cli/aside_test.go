package cli

import (
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/emit/sink"
)

// TestOutputs holds the names that opc init makes place for against what the example compiles to.
func TestOutputs(t *testing.T) {
	entries, err := os.ReadDir("../../../../examples/database-operator/dist")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if e.Name() != sink.LockName {
			got = append(got, e.Name())
		}
	}
	want := slices.Sorted(slices.Values(outputs()))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
