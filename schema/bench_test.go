package schema

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/opc-project/opc/schema/diag"
)

// BenchmarkLoad loads descriptions of some 30 and 500 lines, and places a finding in each.
func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{4, 90} {
		var yaml, cue strings.Builder
		yaml.WriteString("name: a\nversion: 1.0.0\nparameters:\n")
		cue.WriteString("package operator\n\nname: \"a\"\nversion: \"1.0.0\"\nparameters: {\n")
		for i := range n {
			fmt.Fprintf(&yaml, "  p%d:\n    description: What it is for.\n    default: info\n    enum: [debug, info]\n    arg: --p%d\n", i, i)
			fmt.Fprintf(&cue, "\tp%d: {\n\t\tdescription: \"What it is for.\"\n\t\tdefault: \"info\"\n\t\tenum: [\"debug\", \"info\"]\n\t\targ: \"--p%d\"\n\t}\n", i, i)
		}
		cue.WriteString("}\n")
		for name, text := range map[string]string{"operator.yaml": yaml.String(), "operator.cue": cue.String()} {
			fsys := fstest.MapFS{name: {Data: []byte(text)}}
			b.Run(fmt.Sprintf("%s/%d", name, strings.Count(text, "\n")), func(b *testing.B) {
				for b.Loop() {
					doc, diags := Load(fsys, name, Options{})
					if diags != nil {
						b.Fatal(diags)
					}
					doc.Index.Locate(diag.Path("/parameters/p0/arg"))
				}
			})
		}
	}
}
