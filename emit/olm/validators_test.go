package olm_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/operator-framework/api/pkg/manifests"
	"github.com/operator-framework/api/pkg/validation"
	"github.com/operator-framework/api/pkg/validation/errors"
	validator "github.com/operator-framework/api/pkg/validation/interfaces"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/emit/olm"
	"github.com/opc-project/opc/schema"
)

// validators are those of operator-framework/api that judge a bundle without a network: AllValidators pulls images.
var validators = validator.Validators{
	validation.ClusterServiceVersionValidator, validation.CustomResourceDefinitionValidator, validation.BundleValidator,
	validation.OperatorHubV2Validator, validation.StandardCapabilitiesValidator, validation.StandardCategoriesValidator,
	validation.ObjectValidator, validation.GoodPracticesValidator, validation.AlphaDeprecatedAPIsValidator,
}

// hub is what OperatorHub wants of every operator.
const hub = `
summary: Runs databases.
description: Runs databases with replicas, storage and scheduled backups.
provider: {name: Example Inc., url: https://example.com}
maintainers: [{name: Example team, email: team@example.com}]
source: https://github.com/example/database-operator
capabilities: Full Lifecycle
categories: [Database, Big Data]
kubernetes: ">=1.29"
icon: {data: PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHdpZHRoPSIxIiBoZWlnaHQ9IjEiLz4=, mediaType: image/svg+xml}
`

// real describes kubebuilder's project that stands beside the repository.
const real = `
name: database-operator
version: 0.2.0
image: registry.example.com/database-operator
related: {postgres: docker.io/library/postgres:16.4, mysql: docker.io/library/mysql:8.4}
crds: [config/crd/bases]
apis: {databases.db.example.com: {examples: [config/samples/db_v1_database.yaml, config/samples/db_v1alpha1_database.yaml]}}
permissions: [config/rbac/role.yaml]
objects: [{files: [config/rbac/database_*_role.yaml]}]
webhooks: {from: [config/webhook/manifests.yaml], conversion: [databases.db.example.com]}
manager: {metrics: {serviceMonitor: true, certificates: cert-manager}, networkPolicy: true}
release: {channels: [stable], replaces: 0.1.0}
` + hub

// many says nearly everything at once, of an operator that watches single namespaces too.
const many = `
name: ring
version: 1.2.3
image: {repository: example.com/ring, digest: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}
crds: [crd.yaml]
apis: {rings.ring.example.com: {examples: [{apiVersion: ring.example.com/v1, kind: Ring, metadata: {name: a}, spec: {}}]}}
permissions:
- {rules: [{apiGroups: [ring.example.com], resources: [rings], verbs: [get, list, watch]}], scope: watched}
- {rules: [{apiGroups: [""], resources: [pods], verbs: [get]}], serviceAccount: ring-agent}
serviceAccounts: {auditor: {annotations: {a: b}}}
watch: {modes: [OwnNamespace, SingleNamespace, AllNamespaces]}
webhooks: {hooks: [{type: validating, name: vring.example.com, path: /validate, failurePolicy: Fail, rules: [{apiGroups: [ring.example.com], apiVersions: [v1], operations: [CREATE], resources: [rings]}]}]}
manager: {podDisruptionBudget: true, networkPolicy: true, metrics: {serviceMonitor: true}}
workloads: {agent: {image: example.com/agent:1, serviceAccount: ring-agent}, idle: {image: example.com/idle:1}}
requires: {dependencies: [{type: olm.package, value: {packageName: lock, version: ">=2.0.0"}}]}
release: {channels: [stable], skips: [1.2.2], skipRange: "<1.2.3", date: "2026-11-22"}
` + hub

const ringCRD = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: rings.ring.example.com}
spec:
  group: ring.example.com
  scope: Namespaced
  names: {kind: Ring, plural: rings, singular: ring, listKind: RingList}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, description: A ring., properties: {spec: {type: object}}}}}
`

func TestValidatorsAccept(t *testing.T) {
	for _, c := range []struct {
		name, description string
		project           bool
	}{
		{"kubebuilder project", real, true},
		{"many things", many, false},
		{"webhooks off", strings.Replace(many, "webhooks: {", "webhooks: {enabled: false, ", 1), false},
		{"no manager", "name: ring\nversion: 0.1.0\nimage: example.com/ring\nmanager: false\ncrds: [crd.yaml]\nworkloads: {ring: {replicas: 2}}\napis: {rings.ring.example.com: {examples: [{apiVersion: ring.example.com/v1, kind: Ring, metadata: {name: a}}]}}\n" + hub, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := manifests.GetBundleFromDir(filepath.Join(written(t, c.description, c.project), "bundle"))
			if err != nil {
				t.Fatal(err)
			}
			for _, result := range validators.Validate(b.ObjectsToValidate()...) {
				for _, e := range slices.Concat(result.Errors, result.Warnings) {
					t.Error(e)
				}
			}
		})
	}
}

// TestValidatorsAcceptTheCases judges the bundle of each case by what every bundle must fulfil, on OperatorHub or not.
func TestValidatorsAcceptTheCases(t *testing.T) {
	var judged int
	dirs, err := filepath.Glob("../../testdata/cases/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		name, ok := schema.Find(os.DirFS(dir))
		if !ok {
			continue
		}
		judged++
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		b, err := manifests.GetBundleFromDir(filepath.Join(writtenFrom(t, name, string(text), os.DirFS(dir)), "bundle"))
		if err != nil {
			t.Fatal(err)
		}
		for _, result := range append(validation.DefaultBundleValidators, validation.ObjectValidator).Validate(b.ObjectsToValidate()...) {
			for _, e := range result.Errors {
				t.Errorf("%s: %v", dir, e)
			}
		}
	}
	if judged < 8 {
		t.Fatalf("only %d cases", judged)
	}
}

// TestValidatorsJudge holds that the validators see what they are shown: a bundle with faults does not pass.
func TestValidatorsJudge(t *testing.T) {
	faulty := many + "olm: {csv: {spec: {installModes: [], relatedImages: [{name: x, image: ''}], provider: null}}}\n"
	b, err := manifests.GetBundleFromDir(filepath.Join(written(t, faulty, false), "bundle"))
	if err != nil {
		t.Fatal(err)
	}
	var found []errors.Error
	for _, result := range validators.Validate(b.ObjectsToValidate()...) {
		found = append(found, result.Errors...)
	}
	if len(found) < 3 {
		t.Errorf("only %d errors: %v", len(found), found)
	}
}

// written lowers and emits a description and writes the files to a folder, which it returns.
func written(t *testing.T, description string, project bool) string {
	t.Helper()
	var files fs.FS = fstest.MapFS{"crd.yaml": {Data: []byte(ringCRD)}}
	if project {
		files = kubebuilderProject(t)
	}
	return writtenFrom(t, "operator.yaml", description, files)
}

// writtenFrom does so for a description of either spelling, with the files that it names.
func writtenFrom(t *testing.T, name, description string, files fs.FS) string {
	t.Helper()
	doc, diags := schema.Load(fstest.MapFS{name: {Data: []byte(description)}}, name, schema.Options{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	m, more := compiler.Lower(t.Context(), doc, files, compiler.Options{})
	if more.HasErrors() {
		t.Fatal(more)
	}
	emitted, more := olm.Target.Emit(m)
	if more.HasErrors() {
		t.Fatal(more)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, emitted.FS()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func kubebuilderProject(t *testing.T) fs.FS {
	t.Helper()
	shared := os.Getenv("OPC_SHARED")
	if shared == "" {
		shared = "../../../shared"
	}
	dir := filepath.Join(shared, "real", "database-operator")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no kubebuilder project to describe: %v (OPC_SHARED names the folder that holds real/database-operator)", err)
	}
	return os.DirFS(dir)
}
