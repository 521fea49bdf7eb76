package sink

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "operator.cue"), filepath.Join(dir, "link.cue")
	put(t, file, "old")
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("operator.cue", link); err != nil {
		t.Skipf("symbolic links can't be made here: %v", err)
	}
	if err := Replace(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"operator.cue": "new", "link.cue": "operator.cue"}
	if diff := cmp.Diff(want, snapshot(t, dir)); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Error(info.Mode(), err)
	}
	if err := Replace(filepath.Join(dir, "nowhere"), nil); err == nil {
		t.Error("a file that does not exist was replaced")
	}
}
