package cli

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

const ring = `name: ring-operator
version: 1.2.3
image: {repository: registry.example.com/team/ring-operator, platforms: [linux/amd64]}
watch: {modes: [AllNamespaces]}
dockerfile: {binary: manager}
`

// TestDiffAgainstRegistry holds a description against what was published of it: first nothing changed, then what did
// is told with its place in the image.
func TestDiffAgainstRegistry(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "operator.yaml", ring)
	write(t, dir, "manager", "ELF")
	run := func(args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		env := Env{Stdout: &out, Stderr: &errs, Dir: dir, Now: time.Now, Getenv: func(string) string { return "" }}
		code := Run(context.Background(), env, args)
		return code, out.String(), errs.String()
	}
	if code, _, errs := run("build"); code != exitOK {
		t.Fatal(code, errs)
	}
	at := served(t, dir)
	bundle := at + "/ring-operator-bundle:v1.2.3"
	if code, out, errs := run("diff", "--against", bundle); code != exitOK || !strings.Contains(out, "\nnothing changed ") {
		t.Error(code, out, errs)
	}
	write(t, dir, "operator.yaml", strings.Replace(ring, "[AllNamespaces]", "[OwnNamespace]", 1))
	code, out, errs := run("diff", "--against", "docker://"+bundle)
	for _, want := range []string{"[SCOPE001]", "before: docker://" + bundle + ":manifests/ring-operator.clusterserviceversion.yaml:1:1\n"} {
		if code != exitFindings || !strings.Contains(out, want) {
			t.Errorf("no %s in %d %s%s", want, code, out, errs)
		}
	}
	for ref, want := range map[string]struct {
		code int
		text string
	}{
		at + "/ring-operator:1.2.3":         {exitUsage, "is neither a description nor a bundle nor a chart nor a catalog: it holds no OLM bundle"},
		at + "/ring-operator-catalog:1.2.3": {exitFailure, "there is no such image"},
	} {
		if code, _, errs := run("diff", "--against", ref); code != want.code || !strings.Contains(errs, want.text) {
			t.Errorf("%s: %d %s", ref, code, errs)
		}
	}
}

// served serves what was built, and returns where.
func served(t *testing.T, dir string) string {
	t.Helper()
	r, w := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		Run(ctx, Env{Stdout: w, Stderr: io.Discard, Dir: dir, Now: time.Now, Getenv: func(string) string { return "" }}, []string{"serve", "--port", "0"})
		w.Close()
	}()
	t.Cleanup(func() { cancel(); <-done })
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "http://"); ok {
			return strings.TrimSuffix(rest, "/charts")
		}
	}
	t.Fatal("opc serve said no address")
	return ""
}
