package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.lsp.dev/jsonrpc2"
)

// editor is a client of the language server, which runs as a process of its own and is spoken to over its pipes.
type editor struct {
	t        *testing.T
	conn     jsonrpc2.Conn
	dir      string
	reported chan report
	cmd      *exec.Cmd
}

type report struct {
	URI         string
	Diagnostics []struct {
		Range    struct{ Start, End struct{ Line, Character int } }
		Severity int
		Code     string
		Message  string
	}
}

type pipes struct {
	io.Reader
	io.WriteCloser
}

func newEditor(t *testing.T, files map[string]string) *editor {
	t.Helper()
	e := &editor{t: t, dir: t.TempDir(), reported: make(chan report, 100)}
	for name, text := range files {
		path := filepath.Join(e.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "opc")
	if err := os.Symlink(self, link); err != nil {
		t.Skipf("this system has no symbolic links, by which the test program runs as opc: %v", err)
	}
	e.cmd = exec.CommandContext(t.Context(), link, "lsp", "--stdio") // a server that hangs is ended by the limit of the whole run
	e.cmd.Env = append(os.Environ(), "OPC_CACHE="+t.TempDir())
	e.cmd.Stderr = os.Stderr
	in, err := e.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := e.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	e.conn = jsonrpc2.NewConn(jsonrpc2.NewHeaderStream(pipes{out, in}))
	e.conn.Go(t.Context(), func(_ context.Context, req *jsonrpc2.Request) (any, error) {
		var r report
		if req.Method() == "textDocument/publishDiagnostics" && json.Unmarshal(req.Params(), &r) == nil {
			e.reported <- r
		}
		return nil, nil
	})
	return e
}

func (e *editor) uri(name string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(e.dir, name))}).String()
}

// ask sends a request about a position, counted from 0, and returns the answer as JSON.
func (e *editor) ask(method, file string, line, character int) string {
	e.t.Helper()
	at := map[string]int{"line": line, "character": character}
	var out any
	_, err := e.conn.Call(e.t.Context(), method, map[string]any{
		"textDocument": map[string]string{"uri": e.uri(file)}, "position": at, "range": map[string]any{"start": at, "end": at}, "context": map[string]any{},
	}, &out)
	if err != nil {
		e.t.Fatal(method, err)
	}
	text, err := json.Marshal(out)
	if err != nil {
		e.t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), e.uri(""), "DIR")
}

func (e *editor) tell(method string, params any) {
	e.t.Helper()
	if err := e.conn.Notify(e.t.Context(), method, params); err != nil {
		e.t.Fatal(method, err)
	}
}

func (e *editor) open(file, text string) {
	e.tell("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": e.uri(file), "languageId": "yaml", "version": 1, "text": text}})
}

func (e *editor) typeIn(file, text string) {
	e.tell("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": e.uri(file), "version": 2}, "contentChanges": []any{map[string]string{"text": text}}})
}

// shows waits until a file has findings with these codes at these lines, such as "OPC1002 at 3", and no others.
func (e *editor) shows(file string, want ...string) report {
	e.t.Helper()
	for {
		var r report
		select {
		case r = <-e.reported:
		case <-e.conn.Done():
			e.t.Fatalf("the server ended before %s showed %v", file, want)
		}
		if r.URI != e.uri(file) {
			continue
		}
		var got []string
		for _, d := range r.Diagnostics {
			got = append(got, fmt.Sprintf("%s at %d", d.Code, d.Range.Start.Line))
		}
		if slices.Equal(got, want) {
			return r
		}
		e.t.Logf("%s shows %v, waiting for %v", file, got, want)
	}
}

// TestLanguageServer speaks with the server as an editor does.
func TestLanguageServer(t *testing.T) {
	const sound = "name: kiln\nversion: 1.0.0\nimage: registry.example.com/kiln\nmanager:\n  kind: Deployment\ncrds: [config/kilns.yaml]\n"
	e := newEditor(t, map[string]string{"operator.yaml": sound, "config/kilns.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: kilns.example.com}\n" +
		"spec: {group: example.com, scope: Namespaced, names: {kind: Kiln, plural: kilns}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}\n"})
	var capabilities any
	if _, err := e.conn.Call(t.Context(), "initialize", map[string]any{"capabilities": map[string]any{}}, &capabilities); err != nil {
		t.Fatal(err)
	}
	e.tell("initialized", map[string]any{})

	e.open("operator.yaml", sound)
	e.shows("operator.yaml")

	// What is typed is judged at once, by the text in the editor; the column is in UTF-16.
	e.typeIn("operator.yaml", strings.Replace(sound, "manager:", "summary: \"🔥\"\nmanger:", 1))
	r := e.shows("operator.yaml", "OPC1002 at 4")
	if m := r.Diagnostics[0].Message; !strings.Contains(m, "manger") || !strings.Contains(m, `did you mean "manager"?`) {
		t.Error(m)
	}
	if got := e.ask("textDocument/codeAction", "operator.yaml", 4, 2); !strings.Contains(got, `"title":"Change to \"manager\""`) || !strings.Contains(got, `"newText":"manager","range":{"end":{"character":6,"line":4},"start":{"character":0,"line":4}}`) {
		t.Error(got)
	}

	// What only verification finds is shown when the file is saved, at the line of the file that is named.
	e.typeIn("operator.yaml", sound)
	e.shows("operator.yaml")
	crd := filepath.Join(e.dir, "config", "kilns.yaml")
	text, err := os.ReadFile(crd)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(crd, []byte(strings.Replace(string(text), "plural: kilns", "plural: ovens", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	e.tell("textDocument/didSave", map[string]any{"textDocument": map[string]any{"uri": e.uri("config/kilns.yaml")}})
	e.shows("config/kilns.yaml", "OPC2001 at 2")
	if err := os.WriteFile(crd, text, 0o644); err != nil {
		t.Fatal(err)
	}
	e.tell("textDocument/didSave", map[string]any{"textDocument": map[string]any{"uri": e.uri("config/kilns.yaml")}})
	e.shows("config/kilns.yaml")

	for _, c := range []struct {
		method     string
		line, char int
		want       []string
	}{
		{"textDocument/hover", 1, 3, []string{`**version**: a semantic version`, `required`, `Version of the operator`, `"start":{"character":0,"line":1}`}},
		{"textDocument/hover", 4, 3, []string{`**kind**`}},
		{"textDocument/hover", 5, 10, []string{`**crds**`}},
		{"textDocument/completion", 4, 10, []string{`"label":"StatefulSet"`, `"newText":"DaemonSet"`}},
		{"textDocument/completion", 0, 2, []string{`"label":"parameters"`, `"newText":"crds"`}},
		{"textDocument/completion", 4, 2, []string{`"label":"replicas"`}},
		{"textDocument/definition", 5, 10, []string{`"uri":"DIR/config/kilns.yaml"`}},
		{"textDocument/definition", 0, 8, []string{"null"}},
		{"textDocument/hover", 0, 8, []string{`**name**`}},
	} {
		got := e.ask(c.method, "operator.yaml", c.line, c.char)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s at %d:%d lacks %s: %s", c.method, c.line, c.char, want, got)
			}
		}
	}
	e.typeIn("operator.yaml", sound+"objects: [con]\n")
	if got := e.ask("textDocument/completion", "operator.yaml", 6, 13); !strings.Contains(got, `"newText":"config/"`) {
		t.Error(got)
	}

	if _, err := e.conn.Call(t.Context(), "shutdown", nil, nil); err != nil {
		t.Fatal(err)
	}
	e.tell("exit", nil)
	if err := e.cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestLanguageServerEnds holds that the server ends with its editor, and says by its exit code that nobody said goodbye.
func TestLanguageServerEnds(t *testing.T) {
	e := newEditor(t, nil)
	if err := e.conn.Close(); err != nil {
		t.Fatal(err)
	}
	err := e.cmd.Wait()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 {
		t.Error(err)
	}
}
