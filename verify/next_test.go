package verify

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
)

// TestNextPort holds that what may be a port is not changed to its neighbour, which is often another port of the pod, and
// that it stays one.
func TestNextPort(t *testing.T) {
	for number, want := range map[string]string{"1": "2", "420": "421", "8080": "9191", "65000": "65001", ":8081/metrics": ":9192/metrics"} {
		if got := anotherField(number); got != want {
			t.Errorf("%s becomes %s, want %s", number, got, want)
		}
	}
}

// TestVariablesOfParameters holds that variables that a parameter adds to a list count for nothing before it has a value.
func TestVariablesOfParameters(t *testing.T) {
	env := []any{
		model.Ref(model.OpParameter, "tides"), map[string]any{"name": "DEPTH"},
		model.When(model.All("lights"), map[string]any{"name": "COLOUR"}),
	}
	if diff := cmp.Diff([]string{"DEPTH", "COLOUR"}, variables(env)); diff != "" {
		t.Error(diff)
	}
}
