//go:build unix

package regular

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestRefuses opens what would block or never end, by name, through a link, and in a file system.
func TestRefuses(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("pipe", link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{pipe, link, "/dev/zero"} {
		if f, err := Open(name); err == nil {
			f.Close()
			t.Errorf("%s was opened", name)
		}
		if _, err := ReadFile(name); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for kind, files := range map[string]fs.FS{"folder": os.DirFS(dir), "root": root.FS()} {
		for _, name := range []string{"pipe", "link"} {
			if f, err := Files(files).Open(name); err == nil {
				f.Close()
				t.Errorf("%s: %s was opened", kind, name)
			}
			if _, err := fs.ReadFile(Files(files), name); err == nil {
				t.Errorf("%s: %s was read", kind, name)
			}
		}
	}
}

func TestOpens(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := ReadFile(filepath.Join(dir, "file")); err != nil || string(data) != "x" {
		t.Error(string(data), err)
	}
	files := Files(os.DirFS(dir))
	if data, err := fs.ReadFile(files, "file"); err != nil || string(data) != "x" {
		t.Error(string(data), err)
	}
	if entries, err := fs.ReadDir(files, "."); err != nil || len(entries) != 1 {
		t.Error(entries, err)
	}
	if _, err := fs.Stat(files, "none"); err == nil {
		t.Error("found a file that is not there")
	}
}
