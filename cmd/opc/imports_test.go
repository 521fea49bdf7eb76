package main

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/opc-project/opc/"

// layers is the law of the house: which packages a folder may never import, directly. docs/architecture.md says
// more of the why.
var layers = []struct {
	folder string   // packages at and below it
	never  []string // prefixes of import paths
	but    []string // packages, below the module, that may all the same
	why    string
}{
	{"schema/diag", []string{"github.com/", "k8s.io/", "sigs.k8s.io/", "cuelang.org/"}, nil, "findings are the ground floor"},
	{"schema", []string{module + "compiler", module + "emit", module + "publish", module + "cmd"}, nil, "the language knows nothing of what is made from it"},
	{"kube", []string{module + "schema", module + "compiler", module + "emit", module + "verify", module + "importer", module + "diff", module + "publish", module + "cmd"}, nil, "what Kubernetes is depends on nothing made from it"},
	{"compiler", []string{module + "emit", module + "verify", module + "importer", module + "diff", module + "publish", module + "cmd"}, nil, "the model knows nothing of its outputs"},
	{"compiler/model", []string{"k8s.io/", "sigs.k8s.io/"}, nil, "the model is plain data"},
	{"emit", []string{module + "verify", module + "importer", module + "diff", module + "publish", module + "cmd"}, nil, "files in memory come before their judges and their delivery"},
	{"verify", []string{module + "importer", module + "diff", module + "publish", module + "cmd"}, nil, "judges see files, wherever they come from"},
	{"importer", []string{module + "publish", module + "cmd"}, nil, "a description comes before what is shipped of it"},
	{"diff", []string{module + "emit", module + "verify", module + "importer", module + "publish", module + "cmd"}, []string{"diff/source"}, "a diff compares two models"},
	{"diff/source", []string{module + "cmd"}, nil, "what a command reads stands below it"},
	{"publish", []string{module + "emit", module + "verify", module + "importer", module + "diff", module + "cmd"}, nil, "what ships is an opc.Output, which was verified"},
	{"", []string{"cuelang.org/go"}, []string{"schema"}, "CUE ends at the schema"},
	{"", []string{"github.com/urfave/cli"}, []string{"cmd/opc/internal/cli"}, "the command line is one package"},
	{"", []string{"sigs.k8s.io/controller-tools"}, []string{"compiler/gomarkers"}, "Go markers are read at the edge"},
	{"", []string{"github.com/operator-framework/api", "helm.sh/helm/v3", "sigs.k8s.io/kustomize/api"}, []string{"verify", "kube"}, "foreign judges stand in one place"},
	{"", []string{"github.com/google/go-containerregistry"}, []string{"publish"}, "registries stand in one place"},
}

// pure are the packages that see no disk, network or clock; time may be used to parse, not to ask.
var pure = []string{"schema", "schema/diag", "compiler", "compiler/model", "diff", "diff/crdify", "diff/render", "emit", "emit/all", "emit/dockerfile", "emit/helm", "emit/kustomize", "emit/manifests", "emit/olm", "emit/catalog", "kube"}

func imports(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		all[strings.TrimPrefix(fields[0], module)] = fields[1:]
	}
	if len(all) < 8 {
		t.Fatalf("go list names only %d packages", len(all))
	}
	return all
}

func below(pkg, folder string) bool {
	return folder == "" || pkg == folder || strings.HasPrefix(pkg, folder+"/")
}

func TestLayers(t *testing.T) {
	for pkg, list := range imports(t) {
		for _, l := range layers {
			if !below(pkg, l.folder) || allowed(pkg, l.but) {
				continue
			}
			for _, imp := range list {
				for _, never := range l.never {
					if strings.HasPrefix(imp, never) && !ground(pkg, imp) {
						t.Errorf("%s imports %s: %s", pkg, imp, l.why)
					}
				}
			}
		}
	}
}

// ground is what stands below everything: the packages of the folder itself.
func ground(pkg, imp string) bool {
	return strings.HasPrefix(imp, module+"schema/diag") || strings.HasPrefix(imp, module+pkg+"/")
}

func allowed(pkg string, list []string) bool {
	for _, l := range list {
		if below(pkg, l) {
			return true
		}
	}
	return false
}

func TestTheMiddleIsPure(t *testing.T) {
	all := imports(t)
	for _, pkg := range pure {
		for _, imp := range all[pkg] {
			switch imp {
			case "os", "os/exec", "net", "net/http", "path/filepath", "log", "math/rand":
				t.Errorf("%s imports %s: it must give the same bytes everywhere", pkg, imp)
			}
		}
	}
}

// TestTargetsAreStrangers holds that no target imports another.
func TestTargetsAreStrangers(t *testing.T) {
	targets := []string{"dockerfile", "helm", "kustomize", "manifests", "olm", "catalog"}
	all := imports(t)
	for _, a := range targets {
		for _, imp := range all["emit/"+a] {
			for _, b := range targets {
				if imp == module+"emit/"+b {
					t.Errorf("emit/%s imports emit/%s: what one needs of another comes from the model", a, b)
				}
			}
		}
	}
}
