package publish

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	operatorsv1 "github.com/operator-framework/api/pkg/operators/v1"
	"github.com/operator-framework/api/pkg/operators/v1alpha1"
	"sigs.k8s.io/yaml"
)

// TestInstall holds the instructions to what was published.
func TestInstall(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "fast, stable")
	to := server(t)
	done := mustPublish(t, Delivery{From: dist, To: to})
	how, err := Install(dist, done)
	if err != nil {
		t.Fatal(err)
	}
	catalog := to + "/ring-operator-catalog@" + digestOf(done, KindCatalog)
	helm := "helm install ring-operator oci://" + to + "/charts/ring-operator --version 1.2.3 --namespace ring-operator-system --create-namespace --plain-http"
	for _, want := range []string{
		"```sh\n" + helm + "\n```", "--set image.repository=" + to + "/ring-operator`",
		"The image was published as `" + to + "/ring-operator`", "The bundle was published as `" + to + "/ring-operator-bundle`",
		"image: " + catalog, "ref: " + catalog, "channel: fast\n", "startingCSV: ring-operator.v1.2.3\n", "packageName: ring-operator\n",
		"opc verify-release " + to + "/ring-operator:1.2.3 ",
	} {
		if !strings.Contains(string(how.Text), want) {
			t.Errorf("no %q in\n%s", want, how.Text)
		}
	}
	want := [][2]string{
		{"Helm", helm}, {"kubectl", "kubectl apply --server-side -f dist/packages/install.yaml"},
		{"OLM v1", "kubectl apply -f dist/packages/olm-v1.yaml"}, {"OLM v0", "kubectl apply -f dist/packages/olm-v0.yaml"},
	}
	if diff := cmp.Diff(want, how.Commands("dist")); diff != "" {
		t.Error(diff)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(how.Text), -1)
	if len(blocks) != 2 || blocks[0][1] != string(how.Manifests["olm-v1.yaml"]) || blocks[1][1] != string(how.Manifests["olm-v0.yaml"]) {
		t.Errorf("the text shows other manifests:\n%s", how.Text)
	}
	plain, err := Install(dist, done[:1])
	if err != nil || strings.Contains(string(plain.Text), "OLM") || len(plain.Manifests) > 0 || len(plain.Commands("")) != 1 {
		t.Errorf("%v\n%s", err, plain.Text)
	}
}

// TestInstallManifests reads the objects for OLM strictly: v0's with OLM's own types.
func TestInstallManifests(t *testing.T) {
	for name, test := range map[string]struct {
		watch   string
		targets []string
		warned  bool
	}{
		"all":    {"[AllNamespaces, OwnNamespace]", nil, false},
		"own":    {"[OwnNamespace, SingleNamespace]", []string{"ring-operator-system"}, true},
		"single": {"[SingleNamespace]", []string{"default"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			text := replaced(description+"\x00dockerfile: {binary: manager}") + "watch: {modes: " + test.watch + "}\n"
			dir := project(t, map[string]string{"operator.yaml": text, "manager": "x"})
			mustBuild(t, dir)
			how, err := Install(filepath.Join(dir, "dist"), mustPublish(t, Delivery{From: filepath.Join(dir, "dist"), To: server(t)}))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(string(how.Text), "OLM v1 installs operators that watch all namespaces"); got != test.warned {
				t.Errorf("warned: %v\n%s", got, how.Text)
			}
			var group operatorsv1.OperatorGroup
			into := map[string]any{"CatalogSource": &v1alpha1.CatalogSource{}, "Subscription": &v1alpha1.Subscription{}, "OperatorGroup": &group}
			var kinds []string
			for _, file := range []string{"olm-v0.yaml", "olm-v1.yaml"} {
				for _, doc := range strings.Split(string(how.Manifests[file]), "---\n") {
					var tree map[string]any
					if err := yaml.UnmarshalStrict([]byte(doc), &tree); err != nil {
						t.Fatalf("%v\n%s", err, doc)
					}
					kind, _ := tree["kind"].(string)
					kinds = append(kinds, kind)
					if typed := into[kind]; typed != nil {
						if err := yaml.UnmarshalStrict([]byte(doc), typed); err != nil {
							t.Errorf("%s: %v", kind, err)
						}
					}
				}
			}
			want := []string{
				"CatalogSource", "Namespace", "OperatorGroup", "Subscription",
				"ClusterCatalog", "Namespace", "ServiceAccount", "ClusterRoleBinding", "ClusterExtension",
			}
			if diff := cmp.Diff(want, kinds); diff != "" {
				t.Error(diff)
			}
			if !slices.Equal(group.Spec.TargetNamespaces, test.targets) {
				t.Errorf("targets %v", group.Spec.TargetNamespaces)
			}
		})
	}
}

// TestInstallWithoutPackages is for a layout that was carried: no manifest stands beside it.
func TestInstallWithoutPackages(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	if err := os.RemoveAll(filepath.Join(dist, "packages")); err != nil {
		t.Fatal(err)
	}
	how, err := Install(dist, mustPublish(t, Delivery{From: dist, To: server(t)}))
	if err != nil || strings.Contains(string(how.Text), "install.yaml") {
		t.Errorf("%v\n%s", err, how.Text)
	}
}
