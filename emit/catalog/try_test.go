package catalog

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/schema"
)

func TestTry(t *testing.T) {
	dir := os.Getenv("TRY")
	fsys := os.DirFS(dir)
	doc, ds := schema.Load(fsys, "operator.cue", schema.Options{})
	m, more := compiler.Lower(doc, fsys, compiler.Options{})
	ds = append(ds, more...)
	fs, more := run(m)
	ds = append(ds, more...)
	for _, d := range ds.Place(doc.Index) {
		t.Logf("%s: %s: %s %s", d.Pos, d.Severity, d.Message, d.Hint)
	}
	for _, n := range fs.Names() {
		f, _ := fs.File(n)
		p := filepath.Join("/tmp/olmtry", n)
		os.MkdirAll(filepath.Dir(p), 0o755)
		os.WriteFile(p, f.Data, 0o644)
	}
}
