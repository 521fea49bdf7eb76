package cli

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestWatch edits a description while opc watches it: changes are compiled and listed, errors are survived, new files
// are seen, and an interrupt ends it without an error.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "operator.yaml", ring)
	r, w := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		env := Env{Stdout: w, Stderr: w, Dir: dir, Now: time.Now, Getenv: func(string) string { return "" }}
		ended <- Run(ctx, env, []string{"compile", "--watch"})
		w.Close()
	}()
	lines := bufio.NewScanner(r)
	// until reads what is printed until a run of opc has printed some texts. Runs before it may have seen half of a change.
	until := func(step string, want ...string) {
		t.Helper()
		var b strings.Builder
		for lines.Scan() {
			if !strings.HasPrefix(lines.Text(), "waiting for changes") {
				b.WriteString(lines.Text() + "\n")
				continue
			}
			if !slices.ContainsFunc(want, func(text string) bool { return !strings.Contains(b.String(), text) }) {
				return
			}
			t.Logf("%s: not yet\n%s", step, b.String())
			b.Reset()
		}
		t.Fatalf("%s: opc ended without %q", step, want)
	}
	until("the first compile", "dist written", "helm")
	write(t, dir, "operator.yaml", strings.Replace(ring, "1.2.3", "1.2.4", 1))
	until("another version", "dist written", "  changed chart/Chart.yaml\n")
	write(t, dir, "operator.yaml", "naem: ring\n"+ring)
	until("an error", `unknown field "naem"`, "1 error")
	write(t, dir, "operator.yaml", ring+"objects: [more]\n")
	until("a folder that does not exist", "more", "OPC1010")
	if err := os.Mkdir(filepath.Join(dir, "more"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "more/limits.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: limits}\ndata: {most: \"3\"}\n")
	until("a new file in a new folder", "  created chart/templates/")
	cancel()
	go func() { _, _ = io.Copy(io.Discard, r) }()
	if code := <-ended; code != exitOK {
		t.Errorf("an interrupt ends it with %d", code)
	}
}
