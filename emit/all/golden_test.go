package all_test

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opc-project/opc/emit"
)

// subject is what of its tree a case is about: the files that its golden.txt names, one pattern a line, "DIR/" for a
// whole folder. Only these are recorded and compared, so that a change of one template is read once, not in each case.
// An example's tree is a user's, and whole.
func subject(t *testing.T, tc tested, files *emit.FileSet) *emit.FileSet {
	t.Helper()
	if tc.users {
		return files
	}
	text, err := os.ReadFile(filepath.Join(tc.dir, "golden.txt"))
	if err != nil {
		t.Fatal(err)
	}
	out := &emit.FileSet{}
	for pattern := range strings.FieldsSeq(string(text)) {
		found := false
		for _, name := range files.Names() {
			if !matches(t, pattern, name) {
				continue
			}
			found = true
			if _, twice := out.File(name); twice {
				t.Errorf("golden.txt: %s is named twice", name)
				continue
			}
			f, _ := files.File(name)
			if err := out.Add(name, f.Data, f.Origins...); err != nil {
				t.Fatal(err)
			}
		}
		if !found {
			t.Errorf("golden.txt: nothing is emitted at %s", pattern)
		}
	}
	return out
}

func matches(t *testing.T, pattern, name string) bool {
	t.Helper()
	dir, whole := strings.CutSuffix(pattern, "/")
	for ; name != "."; name = path.Dir(name) {
		ok, err := path.Match(dir, name)
		if err != nil {
			t.Fatalf("golden.txt: %s: %v", pattern, err)
		}
		if ok || !whole {
			return ok
		}
	}
	return false
}

// TestEveryFileIsGolden holds that whatever opc can emit stands in a golden tree: each file of a case is recorded there, or
// in another case or example, by its name without the operator's.
func TestEveryFileIsGolden(t *testing.T) {
	recorded, emitted := map[string]bool{}, map[string]string{}
	for _, tc := range cases(t) {
		m, files, _, _ := compile(t, os.DirFS(tc.dir))
		general := func(file string) string {
			for _, c := range m.CRDs {
				plural, group, _ := strings.Cut(c.Name, ".")
				file = strings.ReplaceAll(file, group+"_"+plural, "CRD")
			}
			for _, own := range []string{m.Name, m.OLM.Package} {
				file = strings.ReplaceAll(file, own, "NAME")
			}
			return file
		}
		about := subject(t, tc, files)
		for _, name := range files.Names() {
			emitted[general(name)] = tc.name + ": " + name
			if _, ok := about.File(name); ok {
				recorded[general(name)] = true
			}
		}
	}
	var missing []string
	for name, at := range emitted {
		if !recorded[name] {
			missing = append(missing, at)
		}
	}
	slices.Sort(missing)
	for _, at := range missing {
		t.Errorf("%s is in no golden tree: add it to golden.txt", at)
	}
}
