package diff

import "testing"

// TestPlaces holds findings about what one version does not say to the line that says why.
func TestPlaces(t *testing.T) {
	for _, c := range []struct{ before, after, rule, want string }{
		{"manager: {metrics: true}", "manager: {metrics: false}", "META010", "/manager/metrics"},
		{"version: 1.1.0", "version: 1.2.0", "GRAPH013", "/version"},
		{"{version: 1.1.0, release: {replaces: 1.0.0}}", "version: 1.2.0", "GRAPH001", "/version"},
	} {
		r := judgeExample(t, Example{Before: c.before, After: c.after})
		found := false
		for _, f := range r.Findings {
			if f.ID == c.rule {
				if found = true; string(f.New.Path) != c.want {
					t.Errorf("%s is at %s, want %s", c.rule, f.New.Path, c.want)
				}
			}
		}
		if !found {
			t.Errorf("no %s: %v", c.rule, r.Findings)
		}
	}
}
