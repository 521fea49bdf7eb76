package diff

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNothingDiffersFromItself holds the first law on every description that the tests know.
func TestNothingDiffersFromItself(t *testing.T) {
	check := func(name string, o *operator) {
		for _, c := range Compare(o, clone(t, o)) {
			t.Errorf("%s differs from itself: %s was %s", name, c.Path, c.Kind)
		}
		if r := Judge(o, o, Options{}); len(r.Findings) > 0 || r.Verdict != None || !r.Fits || r.Demands != "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	check("the rich one", richOperator(t))
	for _, r := range Rules() {
		_, o := lowered(t, describe(t, r.Example, r.Example.After))
		check(r.ID, o)
	}
}

// TestSwappedSides holds the second law: seen from the other side, what was added is removed and what was renamed has
// its old name again.
func TestSwappedSides(t *testing.T) {
	shown := func(list []Change) []string {
		var out []string
		for _, c := range list {
			if c.Path[0] != "graph" { // upgrades lead one way
				out = append(out, fmt.Sprintf("%s %s %s: %s -> %s", c.Kind, c.Path, c.From, Short(c.Old), Short(c.New)))
			}
		}
		slices.Sort(out)
		return out
	}
	for _, r := range Rules() {
		_, old := lowered(t, describe(t, r.Example, r.Example.Before))
		_, new := lowered(t, describe(t, r.Example, r.Example.After))
		if old.Name != new.Name || old.NamePrefix != new.NamePrefix {
			continue // names are told in the words of the old side
		}
		var swapped []Change
		changes := Compare(old, new)
		for _, c := range changes {
			for _, r := range changes { // what stands in a renamed thing is told under its new name
				if n := len(r.Path); r.Kind == Renamed && len(c.Path) > n && slices.Equal(c.Path[:n], r.Path) {
					c.Path = slices.Concat(r.Path[:n-1], Path{r.From}, c.Path[n:])
				}
			}
			swapped = append(swapped, c.Swap())
		}
		if d := cmp.Diff(shown(Compare(new, old)), shown(swapped)); d != "" {
			t.Errorf("%s (-swapped sides +swapped changes):\n%s", r.ID, d)
		}
	}
}

// TestRulesAreDocumented holds what docs and explain rely on.
func TestRulesAreDocumented(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range append(slices.Clone(Rules()), Unclassified, foreignRule, rewritten, servedBreak, servedDifference) {
		if seen[r.ID] {
			t.Errorf("there are two rules %s", r.ID)
		}
		seen[r.ID] = true
		if r.Title == "" || strings.HasSuffix(r.Title, ".") || !strings.HasSuffix(r.Why, ".") || r.Category == "" || r.Say == "" && !r.Silent {
			t.Errorf("%s is not documented: %+v", r.ID, r)
		}
		for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(r.Say, -1) {
			known := slices.Contains([]string{"old", "new", "was", "count", "fate", "turn"}, m[1]) || r.If != nil && slices.Contains([]string{"what", "where", "fields", "risk"}, m[1])
			for _, on := range r.On {
				if !known && !regexp.MustCompile(`\{`+m[1]+`(:[^}]*|\.\.\.)?\}`).MatchString(on) {
					t.Errorf("%s says {%s}, which %q does not name", r.ID, m[1], on)
				}
			}
		}
		if (r.Verdict == None) != r.Silent {
			t.Errorf("%s: silent and verdict %s", r.ID, r.Verdict)
		}
	}
}

func TestDemand(t *testing.T) {
	tests := []struct {
		old, new string
		verdict  Verdict
		want     string
		fits     bool
	}{
		{"1.2.3", "1.2.3", None, "", true},
		{"1.2.3", "1.2.3", Patch, "1.2.4", false},
		{"1.2.3", "1.2.4", Patch, "1.2.4", true},
		{"1.2.3", "1.2.4", Minor, "1.3.0", false},
		{"1.2.3", "1.3.0", Minor, "1.3.0", true},
		{"1.2.3", "1.3.0", Major, "2.0.0", false},
		{"1.2.3", "2.0.0", Major, "2.0.0", true},
		{"1.2.3", "2.0.0-rc.1", Major, "2.0.0", true},
		{"1.2.3", "1.2.3-rc.1", Patch, "1.2.4", false},
		{"0.2.3", "0.2.4", Minor, "0.2.4", true},
		{"0.2.3", "0.2.4", Major, "0.3.0", false},
		{"0.2.3", "0.3.0", Major, "0.3.0", true},
		{"0.2.3", "0.2.3", Patch, "0.2.4", false},
		{"2.0.0-rc.1", "2.0.0-rc.2", Major, "2.0.0", true},
		{"2.0.0-rc.1", "2.0.0", Major, "2.0.0", true},
		{"2.0.0-rc.1", "2.0.0-rc.1", Patch, "2.0.0", false},
		{"2.1.0-rc.1", "2.1.0", Major, "3.0.0", false},
		{"2.1.0-rc.1", "2.1.0", Minor, "2.1.0", true},
		{"2.1.1-rc.1", "2.1.1", Minor, "2.2.0", false},
		{"1.2.3", "1.2.3+build", Patch, "1.2.4", false},
		{"1.2.3", "1.0.0", Patch, "1.2.4", false},
		{"v1", "2.0.0", Major, "", true},
		{"1.2.3", "1.2.3-1", Patch, "1.2.3-1", true},
		{"1.2.3", "1.2.3-1", Minor, "1.3.0", false},
		{"1.2.3-1", "1.2.3-2", Patch, "1.2.3-2", true},
		{"1.2.3-2", "1.2.3-1", Patch, "1.2.4", false},
		{"1.2.3-2", "1.2.3", Patch, "1.2.4", false},
		{"1.2.3-1", "1.2.4", Patch, "1.2.4", true},
		{"1.2.3-1", "1.3.0", Minor, "1.3.0", true},
	}
	for _, tc := range tests {
		got, fits := demand(tc.old, tc.new, tc.verdict)
		if got != tc.want || fits != tc.fits {
			t.Errorf("%s -> %s, %s: demands %q (%v), want %q (%v)", tc.old, tc.new, tc.verdict, got, fits, tc.want, tc.fits)
		}
	}
}
