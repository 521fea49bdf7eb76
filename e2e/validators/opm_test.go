// Package validators compares opc verify with validators whose libraries are too large for opc's own module.
package validators

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	opm "github.com/operator-framework/operator-registry/pkg/lib/bundle"
	"github.com/sirupsen/logrus"
	"golang.org/x/tools/txtar"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/verify"
)

// TestAsOPM runs what opm alpha bundle validate runs, with its optional validators, over the faulty bundles of
// verify/bundle: where it reports an error, opc verify must report one too.
func TestAsOPM(t *testing.T) {
	const folder = "../../verify/bundle/testdata/sdk"
	sound, err := txtar.ParseFile(filepath.Join(folder, "sound.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(folder, "faults.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var faults []struct{ Name, File, Old, New string }
	if err := yaml.Unmarshal(data, &faults); err != nil {
		t.Fatal(err)
	}
	if found := opmFindings(t, files(sound, "", "", "")); found != "" {
		t.Fatal(found)
	}
	reported := 0
	for _, f := range faults {
		t.Run(f.Name, func(t *testing.T) {
			bundle := files(sound, f.File, f.Old, f.New)
			theirs := opmFindings(t, bundle)
			if theirs == "" {
				return
			}
			reported++
			_, ours, err := verify.Tree(t.Context(), bundle, verify.Options{Profiles: []verify.Profile{verify.OLMv0}})
			if err != nil {
				t.Fatal(err)
			}
			if !ours.HasErrors() {
				t.Errorf("opm reports %s, opc %v", theirs, ours)
			}
		})
	}
	if reported < 25 {
		t.Errorf("opm reports only %d of the bundles", reported)
	}
}

// files are those of the bundle with one of them changed; without a text to replace, the file is new.
func files(a *txtar.Archive, name, old, replacement string) fstest.MapFS {
	out := fstest.MapFS{}
	for _, f := range a.Files {
		text := string(f.Data)
		if f.Name == name {
			text = strings.Replace(text, old, replacement, 1)
		}
		out[f.Name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	if name != "" && out[name] == nil {
		out[name] = &fstest.MapFile{Data: []byte(replacement + "\n"), Mode: 0o644}
	}
	return out
}

// opmFindings is what opm reports of a bundle, or "".
func opmFindings(t *testing.T, bundle fstest.MapFS) (found string) {
	t.Helper()
	defer func() {
		if x := recover(); x != nil { // without a ClusterServiceVersion, opm ends in a panic
			found = fmt.Sprint(x)
		}
	}()
	dir := t.TempDir()
	if err := os.CopyFS(dir, bundle); err != nil {
		t.Fatal(err)
	}
	quiet := logrus.New()
	quiet.SetOutput(io.Discard)
	v := opm.NewImageValidator(nil, logrus.NewEntry(quiet), "operatorhub,bundle-objects")
	var out []string
	for _, err := range []error{v.ValidateBundleFormat(dir), v.ValidateBundleContent(filepath.Join(dir, "manifests"))} {
		if err != nil {
			out = append(out, err.Error())
		}
	}
	return strings.Join(out, "; ")
}
