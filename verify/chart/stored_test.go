package chart

import (
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/releaseutil"
)

var storedTexts = []string{
	"", "\n \n", "a: 1", "a: 1\n---\nb: 2\n", "---\n---\na: 1\n\n\n---\n\n# only words\n---\n", "---a: 1\n--- \nb: |+\n  x\n\n\n---\nc: |-\n  y\n\n",
	"# Source\r\na: 1\r\n---\r\nb: |\r\n  x", "a: |\n  --- \n  ---\n---   \n  b: 1\n", "\t\na: 1\n   ---\n",
}

// TestStored compares with Helm's own splitting of a rendered template into what it stores.
func TestStored(t *testing.T) {
	for _, text := range storedTexts {
		stored(t, text)
	}
}

func FuzzStored(f *testing.F) {
	for _, text := range storedTexts {
		f.Add(text)
	}
	f.Fuzz(stored)
}

func stored(t *testing.T, text string) {
	parts := releaseutil.SplitManifests(text)
	keys := make([]string, 0, len(parts))
	for k := range parts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if (releaseutil.BySplitManifestsOrder{a, b}).Less(0, 1) {
			return -1
		}
		return 1
	})
	var want []string
	for _, k := range keys {
		for doc := range strings.SplitSeq(parts[k]+"\n", "\n---\n") { // a separator right behind another is none to Helm
			if doc = bare(doc); doc != "" {
				want = append(want, doc)
			}
		}
	}
	got := Stored(text)
	var have []string
	for doc := range strings.SplitSeq(got, "\n---\n") {
		if doc = bare(doc); doc != "" {
			have = append(have, doc)
		}
	}
	if !slices.Equal(have, want) {
		t.Errorf("%q is stored as %q\nwant %q", text, have, want)
	}
	if got != "" && (!strings.HasSuffix(got, "\n") || strings.HasSuffix(got, "\n\n")) {
		t.Errorf("%q: %q does not end with one line break", text, got)
	}
}

// TestStoredLines holds that a document stays on its line, by which its faults are reported.
func TestStoredLines(t *testing.T) {
	text := "\n\na: 1\n\n\n---\n\nb: 2\n"
	for i, line := range strings.Split(Stored(text), "\n") {
		if want := strings.Split(text, "\n"); line != "" && line != "---" && want[i] != line {
			t.Errorf("line %d is %q, was %q", i+1, line, want[i])
		}
	}
}

// bare is a document without what no reader minds: blanks around it, and a separator that begins it.
func bare(doc string) string {
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(doc)+"\n", "---\n"))
}
