package verify

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/opc-project/opc/schema/diag"
)

// What opc makes is sound for those who have only the files, too.
func TestOwnTrees(t *testing.T) {
	dirs, _ := filepath.Glob("../examples/*")
	if len(dirs) < 2 {
		t.Fatal("no examples")
	}
	for _, dir := range dirs {
		c := compile(t, filepath.Base(dir), os.DirFS(dir))
		found, diags, err := Tree(t.Context(), c.files.FS(), Options{Scratch: scratch(t)})
		if err != nil || found.Len() < 5 {
			t.Fatalf("%s: %+v, %v", c.name, found, err)
		}
		for _, d := range diags {
			if d.Severity == diag.Error {
				t.Errorf("%s: %s: %s [%s]", c.name, d.Pos, d.Message, d.Code)
			}
		}
	}
}
