package cluster

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/opc-project/opc/try/plane"
)

func TestMain(m *testing.M) {
	if err := plane.Enter(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if os.Getenv(endless) != "" {
		os.Exit(endlessly())
	}
	os.Exit(m.Run())
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
