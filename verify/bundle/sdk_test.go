package bundle_test

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/operator-framework/api/pkg/manifests"
	"github.com/operator-framework/api/pkg/validation"
	"golang.org/x/tools/txtar"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify"
)

// TestAsOperatorSDK runs the validators of operator-sdk bundle validate, with all of its optional suites, over
// faulty bundles, but for the one of architectures, which pulls the images. Each bundle has one fault. Where they report an error or a warning, opc must
// report one too, and where they report an error that keeps OLM from installing, an error.
func TestAsOperatorSDK(t *testing.T) {
	sound := txtar.Parse(must(os.ReadFile("testdata/sdk/sound.txtar")))
	if found := sdk(onDisk(t, sound, edit{})); len(found) > 0 {
		t.Fatalf("the sound bundle: %q", found)
	}
	if found := judged(t, sound, edit{}); len(found) > 0 {
		t.Fatalf("opc verify of the sound bundle: %v", found)
	}
	reported := 0
	for _, c := range edits(t) {
		t.Run(c.Name, func(t *testing.T) {
			theirs := sdk(onDisk(t, sound, c))
			ours := judged(t, sound, c)
			if len(theirs) == 0 {
				return // opm reports something, or opc alone, or nobody: these show what nobody asks for
			}
			reported++
			hard := slices.ContainsFunc(theirs, func(s string) bool { return strings.HasPrefix(s, "error") })
			if len(ours) == 0 || hard && !ours.HasErrors() && c.Mild == "" {
				t.Errorf("they report\n  %s\nopc reports\n  %v", strings.Join(theirs, "\n  "), ours)
			}
			for _, d := range ours {
				if d.Pos.Line <= 1 && !strings.HasPrefix(d.Pos.File, "metadata") && c.Whole == "" {
					t.Errorf("no place: %v", d)
				}
			}
		})
	}
	if reported < 50 {
		t.Errorf("only %d bundles with findings", reported)
	}
}

// edit is a change of the sound bundle that makes it faulty.
type edit struct {
	Name, File, Old, New string
	Mild                 string // why an error of theirs is a warning of opc
	Whole                string // why opc's finding is about a file as a whole
}

// edits reads the faults, which the test of opm's library in e2e reads too.
func edits(t *testing.T) []edit {
	t.Helper()
	var out []edit
	if err := kube.Decode("faults.yaml", must(os.ReadFile("testdata/sdk/faults.yaml")), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func changed(t *testing.T, a *txtar.Archive, e edit) fstest.MapFS {
	t.Helper()
	files, found := fstest.MapFS{}, e.File == ""
	for _, f := range a.Files {
		text := string(f.Data)
		if f.Name == e.File {
			found = strings.Contains(text, e.Old)
			text = strings.Replace(text, e.Old, e.New, 1)
		}
		if text != "" {
			files[f.Name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
		}
	}
	if !found && e.Old == "" {
		files[e.File] = &fstest.MapFile{Data: []byte(e.New + "\n"), Mode: 0o644}
	} else if !found {
		t.Fatalf("%s has no %q", e.File, e.Old)
	}
	return files
}

func onDisk(t *testing.T, a *txtar.Archive, e edit) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, changed(t, a, e)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// judged is what opc verify reports with the profile of the catalogs.
func judged(t *testing.T, a *txtar.Archive, e edit) diag.List {
	t.Helper()
	_, list, err := verify.Tree(t.Context(), fs.FS(changed(t, a, e)), verify.Options{Profiles: []verify.Profile{verify.OLMv0}})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// sdk is what operator-sdk bundle validate reports with --select-optional suite=operatorframework and each single suite.
func sdk(dir string) []string {
	b, err := manifests.GetBundleFromDir(dir)
	if err != nil {
		return []string{"error: " + err.Error()}
	}
	objects := b.ObjectsToValidate()
	for _, o := range b.Objects {
		objects = append(objects, o)
	}
	options := map[string]string{"k8s-version": "1.30"}
	results := validation.DefaultBundleValidators.Validate(objects...)
	results = append(results, validation.OperatorHubV2Validator.Validate(append(objects, options)...)...)
	results = append(results, validation.StandardCapabilitiesValidator.Validate(objects...)...)
	results = append(results, validation.StandardCategoriesValidator.Validate(objects...)...)
	results = append(results, validation.ObjectValidator.Validate(objects...)...)
	results = append(results, validation.OperatorGroupValidator.Validate(objects...)...)
	results = append(results, validation.GoodPracticesValidator.Validate(objects...)...)
	results = append(results, validation.AlphaDeprecatedAPIsValidator.Validate(append(objects, options)...)...)
	var out []string
	for _, r := range results {
		for _, e := range r.Errors {
			out = append(out, "error: "+e.Error())
		}
		for _, e := range r.Warnings {
			out = append(out, "warning: "+e.Error())
		}
	}
	return out
}

func must(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return data
}
