package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/publish"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestColours(t *testing.T) {
	tests := []struct {
		name           string
		terminal       bool
		env            map[string]string
		args           []string
		colour, source bool
	}{
		{"no terminal", false, nil, nil, false, false},
		{"terminal", true, nil, nil, true, true},
		{"NO_COLOR", true, map[string]string{"NO_COLOR": "1"}, nil, false, true},
		{"dumb terminal", true, map[string]string{"TERM": "dumb"}, nil, false, true},
		{"never", true, nil, []string{"--color", "never"}, false, true},
		{"always", false, nil, []string{"--color", "always"}, true, true},
		{"always beats NO_COLOR", true, map[string]string{"NO_COLOR": "1"}, []string{"--color=always"}, true, true},
		{"other formats have none", true, nil, []string{"--color=always", "--error-format=github"}, false, false},
	}
	dir := t.TempDir()
	write(t, dir, "operator.yaml", "name: a\nversion: v1\n")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			env := Env{Stdout: &stdout, Stderr: &stderr, Dir: dir, Screen: test.terminal, Now: time.Now, Getenv: func(k string) string { return test.env[k] }}
			if code := Run(context.Background(), env, append([]string{"check"}, test.args...)); code != exitFindings {
				t.Fatalf("exit code %d", code)
			}
			if strings.Contains(stdout.String(), "\x1b[1;31m") != test.colour || strings.Contains(stdout.String(), "version: v1\n") != test.source || stderr.Len() > 0 {
				t.Errorf("%q, stderr %q", stdout.String(), stderr.String())
			}
		})
	}
}

func TestProgress(t *testing.T) {
	in := build.Input{Dir: "/x/a", Name: "operator.cue"}
	for _, p := range []*printer{{env: Env{Terminal: false}}, {env: Env{Terminal: true}, quiet: true}} {
		var b bytes.Buffer
		p.env.Stderr = &b
		g := p.newProgress(1)
		g.start(in)
		g.end()
		if b.Len() > 0 {
			t.Errorf("%q", b.String())
		}
	}
	var b bytes.Buffer
	p := &printer{env: Env{Terminal: true, Stderr: &b, Dir: "/x"}}
	g := p.newProgress(2)
	g.start(in)
	if b.Len() > 0 {
		t.Errorf("shown at once: %q", b.String())
	}
	g.mu.Lock()
	g.shown = true // the delay is over
	g.mu.Unlock()
	g.start(in)
	g.end()
	if got, want := b.String(), "\r\x1b[Ka/operator.cue (2 of 2) ...\r\x1b[K"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestUploadBars(t *testing.T) {
	large := publish.Transfer{Repository: "r.example.com/a", Digest: "sha256:0123456789abcdef", At: 1e6, Size: 4e6}
	for _, p := range []*printer{{env: Env{Terminal: false}}, {env: Env{Terminal: true}, quiet: true}} {
		var b bytes.Buffer
		p.env.Stderr = &b
		u := p.newUploads()
		u.tell("pushed 1 of 2 blobs")
		u.sent(large)
		u.end()
		if b.Len() > 0 {
			t.Errorf("%q", b.String())
		}
	}
	var b bytes.Buffer
	u := (&printer{env: Env{Terminal: true, Stderr: &b}}).newUploads()
	u.tell("pushed 1 of 2 blobs")
	u.sent(large)
	u.sent(publish.Transfer{Repository: "r.example.com/a", Digest: "sha256:ffff", At: 1, Size: 100})
	time.Sleep(2 * progressDelay)
	u.end() // nothing is written afterwards
	for _, want := range []string{"sha256:0123456789ab ", "1.0 MB o", "pushed 1 of 2 blobs ..."} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in %q", want, b.String())
		}
	}
	if strings.Contains(b.String(), "ffff") {
		t.Errorf("a small blob has a bar: %q", b.String())
	}
}

func TestVersionLine(t *testing.T) {
	tests := map[string]*debug.BuildInfo{
		"opc development":     {},
		"opc v1.2.3 go1.26.8": {GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.3"}},
		"opc development commit 0123456789ab with changes go1.26.8": {
			GoVersion: "go1.26.8", Main: debug.Module{Version: "(devel)"},
			Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "true"}},
		},
	}
	for want, info := range tests {
		if got := versionLine(info); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
