package publish

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFilesOfTargetsThatAreGone finishes builds whose targets write other files than before: only what the last build
// wrote for a target is deleted, not charts of other versions nor what opc did not write.
func TestFilesOfTargetsThatAreGone(t *testing.T) {
	out := t.TempDir()
	finish := func(chart string, files ...string) []string {
		t.Helper()
		store, err := newStore(filepath.Join(out, ".oci.new"))
		if err != nil {
			t.Fatal(err)
		}
		store.files = files
		b := &builder{opts: Options{Out: out}, store: store, packages: map[string][]byte{chart: []byte("chart")}}
		for _, name := range files {
			b.packages[name] = []byte(name)
		}
		if err := b.finish(); err != nil {
			t.Fatal(err)
		}
		var names []string
		packages := os.DirFS(filepath.Join(out, "packages"))
		if err := fs.WalkDir(packages, ".", func(name string, e fs.DirEntry, err error) error {
			if err == nil && name != "." {
				names = append(names, name)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return names
	}
	finish("ring-1.0.0.tgz", "note/a, b.txt", "note/team/image.txt", "page/index.md")
	if err := os.WriteFile(filepath.Join(out, "packages", "page", "mine.txt"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ files, want []string }{
		{[]string{"note/team"}, []string{"note", "note/team", "page", "page/mine.txt", "ring-1.0.0.tgz", "ring-1.1.0.tgz"}},
		{nil, []string{"page", "page/mine.txt", "ring-1.0.0.tgz", "ring-1.1.0.tgz"}},
	} {
		if diff := cmp.Diff(step.want, finish("ring-1.1.0.tgz", step.files...)); diff != "" {
			t.Errorf("with the files %q (-want +got):\n%s", step.files, diff)
		}
	}
}
