package plane

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAssets holds where the programs are looked for, and that who has none is told the one command that gets them.
func TestAssets(t *testing.T) {
	project, elsewhere := t.TempDir(), t.TempDir()
	put := func(dir string, names ...string) string {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	none := func(string) string { return "" }
	var missing *NoAssets
	if _, err := Assets(elsewhere, none, project); !errors.As(err, &missing) || missing.Lacks != "etcd" || !strings.Contains(err.Error(), GetAssets) {
		t.Errorf("of an empty folder: %v", err)
	}
	put(filepath.Join(project, "bin/k8s/1.9.0-linux-amd64"), "etcd", "kube-apiserver")
	newest := put(filepath.Join(project, "bin/k8s/1.36.2-linux-amd64"), "etcd", "kube-apiserver")
	put(filepath.Join(project, "bin/k8s/1.40.0-linux-amd64"), "etcd")
	if p, err := Assets("", none, project); err != nil || p.APIServer != filepath.Join(newest, "kube-apiserver") {
		t.Errorf("of the project: %v, %v", p, err)
	}
	put(elsewhere, "etcd", "kube-apiserver")
	if p, err := Assets("", func(string) string { return elsewhere }, project); err != nil || p.Etcd != filepath.Join(elsewhere, "etcd") {
		t.Errorf("of the environment: %v, %v", p, err)
	}
	if _, err := Assets(t.TempDir(), func(string) string { return elsewhere }, project); err == nil {
		t.Error("the folder that was named is empty, and others were taken")
	}
}
