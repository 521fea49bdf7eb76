package helm

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema"
)

// described shows a description in a folder that has none.
type described struct {
	fs.FS
	text string
}

// Open implements fs.FS.
func (d described) Open(name string) (fs.File, error) {
	if name == schema.Names[1] {
		return fstest.MapFS{name: {Data: []byte(d.text)}}.Open(name)
	}
	return d.FS.Open(name)
}

// lint is what helm lint --strict refuses.
func lintStrict(t *testing.T, files *emit.FileSet) []support.Message {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "chart")
	for _, name := range files.Names() {
		f, _ := files.File(name)
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out []support.Message
	for _, m := range lint.All(dir, nil, "default", true).Messages {
		if m.Severity > support.InfoSev {
			out = append(out, m)
		}
	}
	return out
}

func TestLintIsSilent(t *testing.T) {
	for name, m := range operators(t) {
		for _, m := range lintStrict(t, emitted(t, m)) {
			t.Errorf("%s: %v", name, m)
		}
	}
}
