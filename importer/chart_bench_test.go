package importer

import (
	"os"
	"testing"
)

// BenchmarkChart imports the chart of the largest example, with all its values.
func BenchmarkChart(b *testing.B) {
	for b.Loop() {
		out, found := Chart(os.DirFS("../examples/database-operator/dist/chart"), here, Options{Format: "cue", Verify: true})
		if out == nil {
			b.Fatal(found)
		}
	}
}
