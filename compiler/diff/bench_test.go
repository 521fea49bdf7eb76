package diff_test

import (
	"testing"

	"github.com/opc-project/opc/compiler/diff"
	"github.com/opc-project/opc/compiler/diff/crdify"
)

// BenchmarkDiff judges the greatest pair of the corpus, with crdify.
func BenchmarkDiff(b *testing.B) {
	b.Setenv("OPC_ONLY", "universal-crossplane")
	p := corpus(b)[0]
	for b.Loop() {
		diff.Judge(p.old, p.new, diff.Options{Preflight: crdify.Check})
	}
}

// BenchmarkDiffFromBundles is the same from the two folders on.
func BenchmarkDiffFromBundles(b *testing.B) {
	b.Setenv("OPC_ONLY", "universal-crossplane")
	for b.Loop() {
		p := corpus(b)[0]
		diff.Judge(p.old, p.new, diff.Options{Preflight: crdify.Check})
	}
}
