package compiler

import (
	"testing"

	"github.com/opc-project/opc/compiler/model"
)

// TestStandardChannel puts prereleases aside, but not the rebuilds of vendors.
func TestStandardChannel(t *testing.T) {
	for _, c := range []struct{ version, replaces, want string }{
		{"1.2.3", "", "stable"}, {"1.2.3", "1.2.2", "stable"}, {"1.3.0-rc.1", "1.2.3", "candidate"}, {"1.2.3-1", "", "candidate"},
		{"1.2.3-1", "1.2.3", "stable"}, {"1.2.3-2", "1.2.3-1", "stable"}, {"1.2.4-1", "1.2.3", "candidate"}, {"1.2.3-2", "1.2.3-rc.1", "candidate"},
		{"1.2.3-0", "1.2.2", "candidate"}, {"1.2.3-1", "ring.v1.2.3", "candidate"},
	} {
		s := &state{m: &model.Operator{Version: c.version}}
		if got := s.standardChannel(c.replaces); got != c.want {
			t.Errorf("%s after %q: %s, want %s", c.version, c.replaces, got, c.want)
		}
	}
}
