package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/opc-project/opc/cmd/opc/internal/cli"
)

// TestReleaseIsResumed stops a release after ever more of its writes to the registry, and finishes it by running it
// again. What then stands there is verified, with its signatures.
func TestReleaseIsResumed(t *testing.T) {
	inner := registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0)))
	var left atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead && left.Add(-1) < 0 {
			http.Error(w, `{"errors":[{"code":"DENIED","message":"not now"}]}`, http.StatusForbidden)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	defer s.Close()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"operator.yaml": "name: demo\nversion: 1.2.3\nimage: {repository: ghcr.io/example/demo, platforms: [linux/amd64]}\ndockerfile: {binary: manager}\n",
		"manager":       "ELF",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	key, public := signingKey(t)
	for name, text := range map[string][]byte{"ec.key": key, "ec.pub": public} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) (int, string, string) {
		var stdout, stderr bytes.Buffer
		code := cli.Run(t.Context(), cli.Env{
			Stdin: &stdout, Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return "" }, Now: time.Now, Dir: dir,
		}, args)
		return code, stdout.String(), stderr.String()
	}
	host := strings.TrimPrefix(s.URL, "http://")
	release := func(to string) (int, string, string) {
		return run("release", "--no-diff", "--to", host+"/"+to, "--sign-key", "ec.key", "--jobs", "1")
	}
	left.Store(1 << 30)
	code, want, stderr := release("whole")
	if code != 0 {
		t.Fatal(code, stderr)
	}
	stops := 0
	for n := int64(0); ; n += 17 {
		to := "stopped" + string(rune('a'+stops))
		left.Store(n)
		code, _, stderr := release(to)
		if code == 0 {
			break // it needs no more writes than that
		}
		if code != 1 || !strings.Contains(stderr, "OPC6011") {
			t.Fatalf("stopped after %d writes: exit code %d\n%s", n, code, stderr)
		}
		stops++
		left.Store(1 << 30)
		code, got, stderr := release(to)
		if code != 0 || got != strings.ReplaceAll(want, "/whole/", "/"+to+"/") {
			t.Fatalf("run again after %d writes: exit code %d\n%s%s", n, code, got, stderr)
		}
		if code, _, stderr := run("verify-release", "--key", "ec.pub", host+"/"+to+"/demo:v1.2.3"); code != 0 {
			t.Errorf("after %d writes: %s", n, stderr)
		}
	}
	if stops < 4 {
		t.Errorf("it was stopped %d times only", stops)
	}
}

// signingKey makes a pair of keys in PEM.
func signingKey(t *testing.T) (private, public []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	open, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: open})
}
