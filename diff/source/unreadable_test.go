package source

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestUnreadable holds that what can't be read is told from what opc fails at: the first is wrong input.
func TestUnreadable(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "half.tgz"), []byte("no archive"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{"half.tgz": ErrUnreadable, "missing": os.ErrNotExist, ".": ErrUnknown} {
		_, err := Open(t.Context(), name, nil, Options{Cwd: dir})
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}
