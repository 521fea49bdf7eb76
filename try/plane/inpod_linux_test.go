package plane

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestMain(m *testing.M) {
	if err := Enter(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestInPod holds for root and for others, and changes nothing outside.
func TestInPod(t *testing.T) {
	dir := t.TempDir()
	for _, name := range accountFiles {
		if err := write(filepath.Join(dir, name), []byte("the "+name)); err != nil {
			t.Fatal(err)
		}
	}
	token := filepath.Join("/var/run", accountFolder, "token")
	cmd, err := inPod(dir, "/bin/cat", token)
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "the token" {
		t.Errorf("the program read %q: %v", out, err)
	}
	if data, err := os.ReadFile(token); err == nil && string(data) == "the token" {
		t.Error("the file is there for everyone")
	}
}
