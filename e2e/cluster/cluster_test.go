package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if err := Enter(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if os.Getenv(endless) != "" {
		os.Exit(endlessly())
	}
	os.Exit(m.Run())
}

// TestInPod holds for root and for others, and changes nothing outside.
func TestInPod(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"token", "ca.crt", "namespace"} {
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

func TestStart(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
	defer cancel()
	tools, err := NewTools(t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Start(ctx, tools)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	}()
	nodes, err := c.Get(ctx, "nodes")
	if err != nil || len(nodes) != 1 {
		t.Fatalf("%d nodes: %v", len(nodes), err)
	}
}
