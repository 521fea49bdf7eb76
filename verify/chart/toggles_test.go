package chart

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTogglesWithDots switches a value below a name with a dot in it.
func TestTogglesWithDots(t *testing.T) {
	ch, err := Load("chart", map[string][]byte{
		"Chart.yaml": []byte("apiVersion: v2\nname: loom\nversion: 0.1.0\n"), "values.yaml": []byte("looms: {api-v2.1: {live: false}}\n"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Setting{{
		Name: `looms.api-v2\.1.live=true`, Path: []string{"looms", "api-v2.1", "live"},
		Values: map[string]any{"looms": map[string]any{"api-v2.1": map[string]any{"live": true}}},
	}}
	if diff := cmp.Diff(want, ch.Toggles(func(string) bool { return true })); diff != "" {
		t.Error(diff)
	}
}

func TestCovering(t *testing.T) {
	for n := range 40 {
		rows := Covering(n)
		for i := range n {
			if !rows[0][i] || rows[1][i] {
				t.Fatalf("%d: the first row is not all on, or the second not all off", n)
			}
			for j := range i {
				seen := map[[2]bool]bool{}
				for _, r := range rows {
					seen[[2]bool{r[i], r[j]}] = true
				}
				if len(seen) != 4 {
					t.Fatalf("%d: the switches %d and %d take only the states %v", n, i, j, seen)
				}
			}
		}
		if n > 1 && n <= 10 && len(rows) > 7 {
			t.Errorf("%d: %d rows", n, len(rows))
		}
	}
}
