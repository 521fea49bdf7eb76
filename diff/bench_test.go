package diff_test

import (
	"testing"

	"github.com/opc-project/opc/diff"
	"github.com/opc-project/opc/diff/crdify"
)

// BenchmarkDiff judges a pair of the corpus with many large CRDs, with crdify. The whole command is measured where the
// commands are.
func BenchmarkDiff(b *testing.B) {
	b.Setenv("OPC_ONLY", "universal-crossplane")
	p := corpus(b)[0]
	for b.Loop() {
		diff.Judge(p.old, p.new, diff.Options{Preflight: crdify.Check, OLM: true})
	}
}
