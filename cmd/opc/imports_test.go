package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/opc-project/opc/emit/all"
)

const module = "github.com/opc-project/opc"

// A room is a folder of packages with one subject. It may import the rooms that it names, which stand above it in rooms:
// so no import runs up, and a new one has to be written here first.
type room struct {
	folder string // "." is the root package
	knows  string
	may    []string
	pure   bool // it sees no disk, network, process or clock
}

// rooms are all there are, from the ground floor up. A package belongs to the room with the longest folder.
var rooms = []room{
	{"internal/cost", "memory allocations of tests, for limits that do not depend on the machine", nil, true},
	{"internal/escape", "what text of other people must not do in each format that opc writes", nil, true},
	{"internal/processor", "processor time of this process, for limits that do not depend on the machine", nil, false},
	{"internal/regular", "opens regular files only, by any name or link", nil, false},
	{"schema/diag", "paths, positions, findings", nil, true},
	{"schema/diag/render", "how findings are printed", []string{"internal/escape", "schema/diag"}, true},
	{"kube", "Kubernetes: reading YAML, objects, tables of kinds and APIs", []string{"schema/diag"}, true},
	{"schema", "the language (`opc/*.cue`): CUE, YAML and JSON in, positions; the only importer of CUE", []string{"internal/escape", "schema/diag", "kube"}, true},
	{"compiler/model", "the intermediate model: plain data", []string{"schema/diag", "kube"}, true},
	{"compiler", "lowering: one pass per file, in the order of the list in `compiler.go`", []string{"schema/diag", "kube", "schema", "compiler/model"}, true},
	{"compiler/gomarkers", "CRDs and Roles from the markers in Go packages; runs the Go tool", []string{"schema/diag", "kube", "schema", "compiler"}, false},
	{"diff", "two models in, findings and a version out: rules as data", []string{"schema/diag", "kube", "schema", "compiler/model"}, true},
	{"diff/graph", "the upgrade graph of a catalog, and how it is drawn", []string{"internal/escape", "compiler/model"}, true},
	{"diff/render", "how a comparison is printed", []string{"internal/escape", "schema/diag", "schema/diag/render", "kube", "schema", "compiler/model", "diff"}, true},
	{"emit", "targets: pure functions from the model to files in memory; `emit/all` lists them", []string{"internal/escape", "schema/diag", "kube", "compiler/model"}, true},
	{"emit/sink", "the only writer of the output folder", []string{"schema/diag", "kube", "emit"}, false},
	{"verify", "the judges of each target's files, and the comparison of what each installer installs", []string{"schema/diag", "kube", "compiler/model", "emit"}, true},
	{"verify/chart/sandbox", "renders untrusted charts in a separate process", []string{"internal/processor", "verify"}, false},
	{"target", "targets of users, in CUE: the model that they see, and their files", []string{"schema/diag", "schema", "compiler/model", "emit"}, true},
	{".", "`opc.Compile`: load, lower, emit, verify. Only it creates an `opc.Output`", []string{"schema/diag", "schema", "target", "compiler/model", "compiler", "diff", "emit", "verify"}, true},
	{"try/plane", "runs etcd and kube-apiserver as processes, and plays the kubelet, the network and cert-manager", []string{"kube"}, false},
	{"try", "installs what was emitted on a real API server, by each way, and runs the manager there; nothing of `opc compile` imports it", []string{"schema/diag", "kube", "compiler/model", "emit", "verify", "try/plane"}, false},
	{"submit", "what a submission to a catalog of operators adds to its repository, and the static checks of its pipeline", []string{"schema/diag", "kube", "compiler/model", "emit", "."}, true},
	{"importer", "a foreign source in, a description out", []string{"schema/diag", "kube", "schema", "compiler/model", "compiler", "emit", "verify"}, true},
	{"publish", "images, packages, layouts and registries, built from an `opc.Output` (docs/publish.md)", []string{"internal/regular", "schema/diag", "kube", "compiler/model", "."}, false},
	{"diff/source", "opens what `opc diff` compares: a description, a bundle, a chart, a git revision", []string{
		"internal/regular", "schema/diag", "kube", "schema", "compiler/model", "compiler", "compiler/gomarkers", "emit", "verify", "verify/chart/sandbox", ".", "importer", "publish",
	}, false},
	{"cmd/opc", "flags, one call, a view; the disk, the clock and the terminal", []string{"internal/escape", "internal/processor", "internal/regular",
		"schema/diag", "schema/diag/render", "kube", "schema", "compiler/model", "compiler", "compiler/gomarkers", "diff", "diff/graph", "diff/render", "emit", "emit/sink",
		"verify", "verify/chart/sandbox", "target", ".", "submit", "importer", "publish", "diff/source", "try", "try/plane",
	}, false},
}

// libraries stand in one place each.
var libraries = []struct {
	prefixes []string
	rooms    []string // or packages
	why      string
}{
	{[]string{"cuelang.org/go"}, []string{"schema"}, "CUE ends at the schema"},
	{[]string{"github.com/urfave/cli"}, []string{"cmd/opc/internal/cli"}, "the command line is one package"},
	{[]string{"sigs.k8s.io/controller-tools"}, []string{"compiler/gomarkers"}, "Go markers are read at the edge"},
	{[]string{"github.com/operator-framework/api", "helm.sh/helm/v3", "sigs.k8s.io/kustomize/api"}, []string{"verify", "kube"}, "foreign judges stand in one place"},
	// The other two only write: descriptions and files with comments are made of nodes. TestOneReader holds them to it.
	{[]string{"go.yaml.in/yaml", "sigs.k8s.io/yaml", "gopkg.in/yaml"}, []string{"kube", "schema", "emit", "e2e"}, "YAML is read and written by kube.Read, Decode and Encode"},
	{[]string{"github.com/google/go-containerregistry"}, []string{"publish"}, "registries stand in one place"},
}

// plain are rooms that import no library of Kubernetes, and the first none at all.
var plain = map[string][]string{
	"schema/diag":    {"github.com/", "k8s.io/", "sigs.k8s.io/", "cuelang.org/"},
	"compiler/model": {"k8s.io/", "sigs.k8s.io/"},
}

// impure are what a pure room may not import; time may be used to parse, not to ask.
var impure = []string{"os", "os/exec", "net", "net/http", "path/filepath", "log", "math/rand"}

// imports lists what each package imports, by its folder.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		all[folder(fields[0])] = fields[1:]
	}
	if len(all) < 8 {
		t.Fatalf("go list names only %d packages", len(all))
	}
	return all
}

// folder is where a package of the module stands; "" for one of another module.
func folder(pkg string) string {
	if pkg == module {
		return "."
	}
	rest, ok := strings.CutPrefix(pkg, module+"/")
	if !ok {
		return ""
	}
	return rest
}

func below(pkg, folder string) bool {
	return pkg == folder || folder != "." && strings.HasPrefix(pkg, folder+"/")
}

// roomOf finds the room of a package.
func roomOf(t *testing.T, pkg string) room {
	t.Helper()
	var best room
	for _, r := range rooms {
		if below(pkg, r.folder) && len(r.folder) > len(best.folder) {
			best = r
		}
	}
	if best.folder == "" {
		t.Errorf("%s is in no room: give it one in the table of cmd/opc/imports_test.go", pkg)
	}
	return best
}

// TestLayers holds that a room imports only the rooms that it may, and that these stand above it in the table.
func TestLayers(t *testing.T) {
	above := map[string]bool{}
	for _, r := range rooms {
		for _, other := range r.may {
			if !above[other] {
				t.Errorf("%s may import %s, which does not stand above it", r.folder, other)
			}
		}
		above[r.folder] = true
	}
	for pkg, list := range imports(t) {
		own := roomOf(t, pkg)
		for _, imp := range list {
			if at := folder(imp); at != "" {
				if other := roomOf(t, at); other.folder != own.folder && !slices.Contains(own.may, other.folder) {
					t.Errorf("%s imports %s: the room %s may import %s", pkg, imp, own.folder, strings.Join(own.may, ", "))
				}
				continue
			}
			for _, prefix := range plain[own.folder] {
				if strings.HasPrefix(imp, prefix) {
					t.Errorf("%s imports %s: it imports nothing of %s", pkg, imp, prefix)
				}
			}
		}
	}
}

// TestLibraries holds that a library stands in its place alone.
func TestLibraries(t *testing.T) {
	for pkg, list := range imports(t) {
		for _, l := range libraries {
			if slices.ContainsFunc(l.rooms, func(folder string) bool { return below(pkg, folder) }) {
				continue
			}
			for _, imp := range list {
				if slices.ContainsFunc(l.prefixes, func(prefix string) bool { return strings.HasPrefix(imp, prefix) }) {
					t.Errorf("%s imports %s: %s", pkg, imp, l.why)
				}
			}
		}
	}
}

// TestTheMiddleIsPure holds that the pure rooms, targets among them, give the same bytes everywhere.
func TestTheMiddleIsPure(t *testing.T) {
	for pkg, list := range imports(t) {
		if !roomOf(t, pkg).pure {
			continue
		}
		for _, imp := range list {
			if slices.Contains(impure, imp) {
				t.Errorf("%s imports %s: it must give the same bytes everywhere", pkg, imp)
			}
		}
	}
}

// TestTargetsAreStrangers holds that each target has a folder of its name, and imports no other.
func TestTargetsAreStrangers(t *testing.T) {
	list := imports(t)
	for _, a := range all.Targets {
		if _, ok := list["emit/"+a.Name]; !ok {
			t.Errorf("the target %s has no folder emit/%s", a.Name, a.Name)
		}
		for _, b := range all.Targets {
			if a != b && slices.Contains(list["emit/"+a.Name], module+"/emit/"+b.Name) {
				t.Errorf("emit/%s imports emit/%s: what one needs of another comes from the model", a.Name, b.Name)
			}
		}
	}
}

// TestRoomsAreDocumented holds the table of docs/architecture.md to what go list says; OPC_UPDATE writes it.
func TestRoomsAreDocumented(t *testing.T) {
	uses := map[string]map[string]bool{}
	for pkg, list := range imports(t) {
		own := roomOf(t, pkg).folder
		if uses[own] == nil {
			uses[own] = map[string]bool{}
		}
		for _, imp := range list {
			if at := folder(imp); at != "" && roomOf(t, at).folder != own {
				uses[own][roomOf(t, at).folder] = true
			}
		}
	}
	var table strings.Builder
	table.WriteString("\n| folder | subject | imports |\n|---|---|---|\n")
	for _, r := range rooms {
		if uses[r.folder] == nil {
			t.Errorf("there is no package in the room %s", r.folder)
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", r.folder, r.knows, strings.Join(slices.Sorted(maps.Keys(uses[r.folder])), ", "))
	}
	const page, begin, end = "../../docs/architecture.md", "<!-- rooms: generated -->\n", "<!-- end of rooms -->"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	was, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table of rooms", page)
	}
	want := table.String() + "\n"
	if os.Getenv("OPC_UPDATE") != "" && was != want {
		if err := os.WriteFile(page, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		was = want
	}
	if was != want {
		t.Errorf("%s: the table of rooms is not what go list says (OPC_UPDATE=1 writes it):\n%s", page, want)
	}
}
