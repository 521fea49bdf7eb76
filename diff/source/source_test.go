package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder writes files below a new folder and returns it.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestOpenDescription reads a description by its folder and by its file, and names its places as the user does.
func TestOpenDescription(t *testing.T) {
	dir := folder(t, map[string]string{"kiln/operator.yaml": "name: kiln\nversion: 0.4.0\nimage: registry.example.com/kiln\n"})
	for _, name := range []string{"kiln", "kiln/operator.yaml"} {
		s, err := Open(t.Context(), name, nil, Options{Cwd: dir, Set: []string{"version=0.5.0"}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if s.Operator == nil || s.Operator.Version != "0.5.0" || !s.YAML || s.Bundle || s.Chart {
			t.Errorf("%s: %+v %v", name, s, s.Findings)
		}
		if pos, _ := s.Index.Locate("/image"); pos.File != "kiln/operator.yaml" || pos.Line != 3 {
			t.Errorf("%s: the image stands at %s", name, pos)
		}
	}
}

// TestOpenFaults holds that a faulty description has findings and no operator, and that what is no side is an error.
func TestOpenFaults(t *testing.T) {
	dir := folder(t, map[string]string{"kiln/operator.yaml": "name: kiln\nversion: 0.4.0\nimag: x\n", "other/notes.md": "nothing\n"})
	s, err := Open(t.Context(), "kiln", nil, Options{Cwd: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Operator != nil || !s.Findings.HasErrors() || !strings.HasPrefix(s.Findings[0].Pos.String(), "kiln/operator.yaml:") {
		t.Errorf("%v %v", s.Operator, s.Findings)
	}
	if _, err := Open(t.Context(), "other", nil, Options{Cwd: dir}); !errors.Is(err, ErrUnknown) {
		t.Errorf("a folder with nothing to compare: %v", err)
	}
	if _, err := Open(t.Context(), "nowhere", nil, Options{Cwd: dir}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// TestOpenChart reads a chart by its folder, and places what it installs in its files.
func TestOpenChart(t *testing.T) {
	dir := folder(t, map[string]string{
		"kiln/Chart.yaml":             "apiVersion: v2\nname: kiln\nversion: 0.4.0\n",
		"kiln/values.yaml":            "color: red\n",
		"kiln/templates/account.yaml": "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: kiln\n  labels: {color: '{{ .Values.color }}'}\n",
	})
	s, err := Open(t.Context(), "kiln", nil, Options{Cwd: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Operator == nil || !s.Chart || len(s.Operator.Objects) != 1 || s.Operator.Objects[0].Name() != "kiln" {
		t.Errorf("%+v %v", s.Operator, s.Findings)
	}
	if again := s.AsChart(t.Context(), s, Options{Cwd: dir}); again != s {
		t.Error("a chart is its own chart")
	}
}

// TestChartsFollowLinks reads a chart as Helm does: a link to a folder of the chart is that folder.
func TestChartsFollowLinks(t *testing.T) {
	dir := folder(t, map[string]string{
		"kiln/Chart.yaml":     "apiVersion: v2\nname: kiln\nversion: 0.4.0\n",
		"kiln/parts/one.yaml": "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: kiln}\n",
		"other/two.yaml":      "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: other}\n",
	})
	if err := os.Symlink("parts", filepath.Join(dir, "kiln", "templates")); err != nil {
		t.Skipf("this system has no symbolic links: %v", err)
	}
	s, err := Open(t.Context(), "kiln", nil, Options{Cwd: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Operator == nil || len(s.Operator.Objects) != 1 || s.Operator.Objects[0].Name() != "kiln" {
		t.Errorf("%+v %v", s.Operator, s.Findings)
	}
	if err := os.Symlink(filepath.Join("..", "other"), filepath.Join(dir, "kiln", "crds")); err != nil {
		t.Fatal(err)
	}
	s, err = Open(t.Context(), "kiln", nil, Options{Cwd: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Operator != nil || !s.Findings.HasErrors() {
		t.Errorf("a link out of the chart was followed: %+v %v", s.Operator, s.Findings)
	}
}
