package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestReport requires that the page of a compile shows what is installed by whom, the settings, the permissions in words
// and the losses, that text of the description can't become markup, and that the same input gives the same page.
func TestReport(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "operator.yaml", `name: loom-operator
version: 1.2.3
summary: Weaves <script>alert(1)</script>
image: registry.example.com/loom-operator
parameters:
  threads: {default: 4, env: THREADS, description: Number of threads.}
permissions: [{rules: [{apiGroups: [""], resources: [pods], verbs: [get, list, watch]}]}]
workloads: {agent: {kind: DaemonSet, image: "registry.example.com/agent:1.0", command: [/agent]}}
`)
	run := func(args ...string) (int, string) {
		var out, errs bytes.Buffer
		env := Env{Stdout: &out, Stderr: &errs, Dir: dir, Now: time.Now, Getenv: func(string) string { return "" }}
		return Run(context.Background(), env, args), out.String() + errs.String()
	}
	var pages [2]string
	for i := range pages {
		if code, text := run("compile", "--no-cache", "--report", "page.html"); code != exitOK {
			t.Fatal(code, text)
		}
		data, err := os.ReadFile(filepath.Join(dir, "page.html"))
		if err != nil {
			t.Fatal(err)
		}
		pages[i] = string(data)
	}
	if pages[0] != pages[1] {
		t.Error("two runs give different pages")
	}
	for _, want := range []string{
		"<h1>loom-operator 1.2.3</h1>", "Weaves &lt;script&gt;alert(1)&lt;/script&gt;", "<td>DaemonSet</td><td>loom-operator-agent</td><td class=\"yes\">yes</td><td class=\"no\">no</td>",
		"<td>Deployment</td><td>loom-operator-controller-manager</td><td class=\"yes\">yes</td><td class=\"yes\">yes</td>",
		"<td>threads</td><td><code>4</code></td><td><code>THREADS</code></td><td>Number of threads.</td>",
		"<dd>get, list and watch pods in the whole cluster</dd>", "OPC300", "<td>helm</td>",
	} {
		if !strings.Contains(pages[0], want) {
			t.Errorf("no %s in the page:\n%s", want, pages[0][strings.Index(pages[0], "<body>"):])
		}
	}
	if code, text := run("compile", "--report", "page.pdf"); code != exitUsage || !strings.Contains(text, "ends in .html") {
		t.Error(code, text)
	}
}

// TestInPlainWords reads rules of all forms.
func TestInPlainWords(t *testing.T) {
	list := func(words ...any) []any { return words }
	for _, c := range []struct {
		rule map[string]any
		want string
	}{
		{map[string]any{"apiGroups": list("*"), "resources": list("*"), "verbs": list("*")}, "do anything with all resources of every API group"},
		{map[string]any{"apiGroups": list("", "apps"), "resources": list("pods", "deployments"), "verbs": list("get")}, "get pods and deployments of core and apps"},
		{map[string]any{"apiGroups": list(""), "resources": list("secrets"), "resourceNames": list("key"), "verbs": list("get", "update")}, "get and update secrets called key"},
		{map[string]any{"nonResourceURLs": list("/metrics"), "verbs": list("get")}, "get the address /metrics"},
	} {
		if got := inPlainWords(c.rule); got != c.want {
			t.Errorf("%v: %s, want %s", c.rule, got, c.want)
		}
	}
}
