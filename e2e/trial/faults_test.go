package trial

import (
	"slices"
	"strings"
	"testing"
)

const (
	role    = "config/rbac/role.yaml"
	crd     = "config/crd/bases/db.opc.example.com_databases.yaml"
	sample  = "config/samples/db_v1_database.yaml"
	hooks   = "config/webhook/manifests.yaml"
	said    = "operator.cue"
	manager = "manager: {\n"
)

// faults are faults that no check of files finds, each put into the sound example: the code, and the line where it must be
// told.
var faults = []struct {
	name       string
	edits      []edit
	old        []edit // of the previous version, which is upgraded from; nil for no upgrade
	args       []string
	code, file string
	line       string // what stands in the line
	message    string // a part of it
}{
	// permissions
	{name: "a resource that is missing", edits: []edit{{role, "  - statefulsets\n", "  - deployments\n"}},
		code: "OPC4013", file: role, line: "apiVersion:", message: "may not list, watch apps/statefulsets"},
	{name: "a verb that is missing", edits: []edit{{role, "  - services\n  verbs:\n  - create\n  - get\n  - list\n  - patch\n", "  - services\n  verbs:\n  - create\n  - get\n  - list\n"}},
		code: "OPC4013", file: role, line: "- apiGroups:", message: "may not patch services"},
	{name: "the status is missing", edits: []edit{{role, "  - databases/status\n  verbs:\n  - patch\n", "  - databases/status\n  verbs:\n  - get\n"}},
		code: "OPC4013", file: role, line: "- apiGroups:", message: "may not patch db.opc.example.com/databases/status"},
	{name: "the finalizers of the owner are missing", edits: []edit{{role, "  - databases/finalizers\n  verbs:\n  - update\n", "  - databases/finalizers\n  verbs:\n  - get\n"}},
		code: "OPC4013", file: role, line: "- apiGroups:", message: "may not update db.opc.example.com/databases/finalizers"},
	{name: "a rule that nothing uses", edits: []edit{{role, "rules:\n", "rules:\n- apiGroups: [networking.k8s.io] # too much\n  resources: [ingresses]\n  verbs: [get, list, watch]\n"}},
		code: "OPC4014", file: role, line: "too much", message: "get networking.k8s.io/ingresses, list networking.k8s.io/ingresses"},
	{name: "all verbs", edits: []edit{{role, "  - databases/status\n  verbs:\n  - patch\n", "  - databases/status\n  verbs: ['*']\n"}},
		code: "OPC4014", file: role, line: "- apiGroups:", message: "* db.opc.example.com/databases/status but for patch db.opc.example.com/databases/status"},
	{name: "all resources", edits: []edit{{role, "  - statefulsets\n", "  - '*'\n"}},
		code: "OPC4014", file: role, line: "- apiGroups:", message: "create apps/* but for create apps/statefulsets"},

	// the manager and its pod
	{name: "an argument that it does not know", edits: []edit{{said, manager, manager + "\targs: [\"--nonsense\"]\n"}},
		code: "OPC4010", file: said, line: "manager: {", message: "flag provided but not defined: -nonsense"},
	{name: "a program that ends", args: []string{"--binary", "/bin/true"},
		code: "OPC4010", file: said, line: "manager: {", message: "ended by itself"},
	{name: "a probe that nobody answers", edits: []edit{{said, manager, manager + "\tprobes: readiness: {httpGet: {path: \"/nowhere\", port: 8081}}\n"}}, args: []string{"--timeout", "4s"},
		code: "OPC4011", file: said, line: "manager: {", message: "404"},

	// webhooks and examples
	{name: "a webhook on a wrong port", edits: []edit{{said, `certificates: "cert-manager"}` + "\nwatch", `certificates: "cert-manager", port: 9555}` + "\nwatch"}},
		code: "OPC4015", file: hooks, line: "- admissionReviewVersions:", message: "does not listen on the port"},
	{name: "a webhook on a wrong path", edits: []edit{{hooks, "path: /validate-db-opc-example-com-v1-database", "path: /validate-nothing"}},
		code: "OPC4015", file: hooks, line: "- admissionReviewVersions:", message: "vdatabase-v1.kb.io"},
	{name: "an example that a webhook refuses", edits: []edit{{sample, "    size: 10Gi", "    size: \"0\""}},
		code: "OPC4001", file: sample, line: "size:", message: "must be more than zero"},
	{name: "an example with a setting that a webhook forbids", edits: []edit{{sample, `max_connections: "200"`, `listen_addresses: "*"`}},
		code: "OPC4001", file: sample, line: "listen_addresses", message: "Forbidden"},
	{name: "a finalizer that nobody removes", edits: []edit{{sample, "  name: database-sample\n", "  name: database-sample\n  finalizers: [example.com/kept]\n"}}, args: []string{"--timeout", "6s"},
		code: "OPC4016", file: sample, line: "apiVersion", message: "example.com/kept"},

	// what the API server refuses or warns about
	{name: "a rule of admission that does not compile", args: []string{"--no-run"},
		edits: []edit{{said, "objects: [{", "objects: [{files: [\"config/policy.yaml\"]}, {"}, {"config/policy.yaml", "", "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata:\n  name: policy\nspec:\n  matchConstraints:\n    resourceRules:\n    - {apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE], resources: [pods]}\n  validations:\n  - expression: object.spec.\n"}},
		code:  "OPC4001", file: "config/policy.yaml", line: "expression", message: "compilation failed"},
	{name: "a priority that is too high", args: []string{"--no-run"},
		edits: []edit{{said, "objects: [{", "objects: [{files: [\"config/priority.yaml\"]}, {"}, {"config/priority.yaml", "", "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata:\n  name: urgent\nvalue: 2000000000\n"}},
		code:  "OPC4001", file: "config/priority.yaml", line: "value:", message: "1000000000"},

	// upgrades
	{name: "another selector", edits: []edit{{said, manager, manager + "\tselector: {app: \"database\"}\n"}}, old: []edit{},
		code: "OPC4020", file: said, line: "selector", message: "field is immutable"},
	{name: "another scope", edits: []edit{{crd, "scope: Namespaced", "scope: Cluster"}}, old: []edit{},
		code: "OPC4020", file: crd, line: "scope: Cluster", message: "field is immutable"},
	{name: "a stored version that vanished", old: []edit{{crd, "    name: v1\n", "    name: v1\n    deprecated: true\n"}},
		edits: []edit{{crd, "    name: v1\n", "    name: v2\n"}, {sample, "/v1", "/v2"}, {"config/samples/db_v1_database_relaxed.yaml", "/v1", "/v2"}, {said, `apis: "databases.db.opc.example.com":`, `apis: "databases.db.opc.example.com":`}},
		code:  "OPC4020", file: crd, line: "versions:", message: "storedVersions"},
	{name: "a field that is gone", old: []edit{}, edits: []edit{{crd, "              memory:\n", "              ram:\n"}, {sample, "  memory: 512Mi\n", ""}},
		code: "OPC4021", file: crd, line: "spec:", message: "memory"},
	{name: "a field that became required", old: []edit{}, edits: []edit{{crd, "            required:\n            - storage\n", "            required:\n            - settings\n            - storage\n"},
		{"config/samples/db_v1_database_relaxed.yaml", "spec:\n", "spec:\n  settings: {}\n"}},
		code: "OPC4021", file: crd, line: "settings:", message: "settings: Required value"},
	{name: "a value that is not allowed any more", old: []edit{}, edits: []edit{{crd, "                - Relaxed\n", "                - Loose\n"}, {"config/samples/db_v1_database_relaxed.yaml", "Relaxed", "Loose"}},
		code: "OPC4021", file: crd, line: "durability:", message: "Unsupported value"},
}

func TestFaults(t *testing.T) {
	for _, f := range faults {
		t.Run(strings.ReplaceAll(f.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			dir := copied(t, f.edits)
			args := append([]string{"--way", "install.yaml"}, f.args...)
			switch {
			case f.old != nil:
				args = append(args, "--no-run", "--from", copied(t, f.old))
			case !slices.Contains(args, "--no-run") && !slices.Contains(args, "--binary"):
				args = append(args, "--binary", program)
			}
			r, out, code := try(t, dir, args...)
			for _, got := range r.Findings {
				file, line := got.source(t, dir)
				if got.Code == f.code && file == f.file && strings.Contains(line, f.line) && strings.Contains(got.Message, f.message) {
					if want := got.Severity == "error"; want != (code == 1) {
						t.Errorf("the exit code is %d", code)
					}
					return
				}
			}
			t.Errorf("it does not tell %s at a line of %s with %q and %q; it says\n%s\n%s", f.code, f.file, f.line, f.message, r, out)
		})
	}
}

// TestSound holds that nothing is told of the sound example but what its manager does not use, by no way of installing and
// no way to upgrade from itself.
func TestSound(t *testing.T) {
	dir := copied(t, nil)
	r, out, code := try(t, dir, "--binary", program, "--from", copied(t, nil), "--rollback")
	if code != 0 || len(r.Installs) != 7 || len(r.Upgrades) != 7 || r.Manager == nil || r.Manager.Examples != 2 {
		t.Errorf("exit code %d, %d installs, %d upgrades:\n%s", code, len(r.Installs), len(r.Upgrades), out)
	}
	for _, f := range r.Findings {
		if f.Code != "OPC4014" || f.Severity != "note" {
			t.Errorf("%s: %s [%s]", f.Place, f.Message, f.Code)
		}
	}
}
