package e2e

import (
	"testing"

	"github.com/opc-project/opc/try/state"
)

// TestRulesAreNeeded comes after the installs: a rule that none needed hides nothing today, and may hide a fault
// tomorrow.
func TestRulesAreNeeded(t *testing.T) {
	if len(needed) == 0 {
		t.Skip("nothing was compared: run all tests")
	}
	for _, r := range state.Cluster {
		if !needed[r.Why] {
			t.Errorf("no install needed the rule: %s", r.Why)
		}
	}
}
