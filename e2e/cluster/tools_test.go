package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPathNamesWhatCanNotBeBuilt holds that a run without a tool fails, and says which.
func TestPathNamesWhatCanNotBeBuilt(t *testing.T) {
	program(t, t.TempDir(), "go", "echo no such module >&2; exit 1")
	tools := &Tools{Dir: t.TempDir(), log: t.Logf}
	for _, name := range []string{"etcd", "kwok", "helm", "olm", "operator-controller", "unheard-of"} {
		t.Run(name, func(t *testing.T) {
			path, err := tools.Path(t.Context(), name)
			if err == nil || !strings.HasPrefix(err.Error(), "building "+name+": ") {
				t.Errorf("got %q, %v", path, err)
			}
		})
	}
}

// TestPathTakesKubebuilderAssets holds that what stands there is not built.
func TestPathTakesKubebuilderAssets(t *testing.T) {
	assets := t.TempDir()
	want := program(t, assets, "kube-apiserver", "exit 0")
	t.Setenv("KUBEBUILDER_ASSETS", assets)
	program(t, t.TempDir(), "go", "exit 1")
	tools := &Tools{Dir: t.TempDir(), log: t.Logf}
	if got, err := tools.Path(t.Context(), "kube-apiserver"); err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := tools.Path(t.Context(), "etcd"); err == nil {
		t.Errorf("etcd is not there, and was found at %s", got)
	}
}

// program writes a program of the shell and puts its folder first in PATH.
func program(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return path
}
