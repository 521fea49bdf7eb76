package kube

import (
	"fmt"
	"strings"
	"testing"
)

// TestFindIsLinear finds each field of a large map, and what maps hold that are merged into each other, and counts what
// it looks at.
func TestFindIsLinear(t *testing.T) {
	const n = 20000
	var wide, merged strings.Builder
	merged.WriteString("m0: &m0 {x: 1}\n")
	for i := range n {
		fmt.Fprintf(&wide, "f%d: 1\n", i)
	}
	for i := 1; i < 60; i++ {
		fmt.Fprintf(&merged, "m%d: &m%d {<<: [*m%d, *m%[3]d]}\n", i, i, i-1)
	}
	docs, _ := Read("a.yaml", []byte(wide.String()))
	for i := range n {
		if at, exact := docs[0].Find(fmt.Sprintf("f%d", i)); !exact {
			t.Fatalf("f%d is not found: %v", i, at)
		} else if line, _ := at.Pos(); line != i+1 {
			t.Fatalf("f%d is found on line %d", i, line)
		}
	}
	if steps := docs[0].fields.steps; steps > 3*n {
		t.Errorf("%d steps to find %d fields", steps, n)
	}
	docs, _ = Read("a.yaml", []byte(merged.String()))
	if len(docs) != 1 {
		t.Fatalf("%d documents", len(docs))
	}
	if at, exact := docs[0].Find("m59", "x"); !exact || at.Text() != "1" {
		t.Errorf("m59.x is %q", at.Text())
	}
	if _, exact := docs[0].Find("m59", "y"); exact {
		t.Error("m59.y is found")
	}
	if steps := docs[0].fields.steps; steps > 1000 {
		t.Errorf("%d steps to find a field in maps that are merged into each other", steps)
	}
}
