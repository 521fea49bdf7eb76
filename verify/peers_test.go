package verify

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/opc-project/opc/schema/diag"
)

// peers is the folder with what other tools made of a real project.
func peers(t *testing.T) string {
	t.Helper()
	shared := os.Getenv("OPC_SHARED")
	if shared == "" {
		shared = "../../shared"
	}
	dir := filepath.Join(shared, "real", "peers-output")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no output of other tools to judge: %v (OPC_SHARED names the folder that holds real/peers-output)", err)
	}
	return dir
}

const csvFile = "manifests/database-operator.clusterserviceversion.yaml"

// TestPeers judges what other tools made: each fault is told on its line, and no error of the sound bundles.
func TestPeers(t *testing.T) {
	dir := peers(t)
	for _, tc := range []struct{ artifact, line, want string }{
		{"22-faults/almbad", csvFile + ":23", "spec.replicas in body must be of type integer"},
		{"22-faults/almmissing", csvFile + ":27", "unknown field spec.vershun"},
		{"22-faults/almmissing", csvFile + ":17", "spec.version: Required value"},
		{"22-faults/hookpath", csvFile + ":327", "served by the Deployment nope"},
		{"22-faults/hookpath", csvFile + ":336", "served by the Deployment nope"},
		{"22-faults/hookpath", csvFile + ":356", "served by the Deployment nope"},
		{"22-faults/missingsecret", csvFile + ":258", "requires the Secret nobody-makes-this"},
		{"22-faults/nocrd", csvFile + ":64", "owned CRD .* not found"},
		{"22-faults/ownns", csvFile + ":291", "only AllNamespaces"},
		{"22-faults/selfreplace", csvFile + ":319", "replaces itself"},
		{"22-faults/typo", csvFile + ":309", "unknown field spec.matruity"},
		{"22-faults/wrongsa", csvFile + ":289", "service account is called other"},
		{"22-faults/wrongver", csvFile + ":320", "has the version 0.3.0"},
		{"10-bundle-naive", csvFile + ":255", "requires the Secret metrics-server-cert"},
		{"10-bundle-naive", csvFile + ":258", "requires the Secret webhook-server-cert"},
		{"10-bundle-naive", csvFile + ":235", "OLM mounts the webhooks' certificate"},
		{"10-bundle-naive", "manifests/db.example.com_databases.yaml:5", "Certificate .* which does not exist"},
		{"10-bundle-naive", "manifests/database-operator-allow-webhook-traffic_networking.k8s.io_v1_networkpolicy.yaml:15", "no selected pod listens on port 443"},
		{"05-variants", "nocertmanager.yaml:758", "has no CA"},
		{"05-variants", "nocertmanager.yaml:74", "Certificate .* which does not exist"},
		{"05-variants", "nowebhook.yaml:55", "Service .* which does not exist"},
		{"05-variants", "prom-nometrics.yaml:787", "no Service has the labels"},
		{"05-variants", "misc.yaml:695", "RELATED_IMAGE_POSTGRES is set twice"},
		{"07-helmify", "database-operator/templates/deployment.yaml:12", `duplicate key "app.kubernetes.io/name"`},
		{"07-helmify", "database-operator/templates/controller-manager-metrics-monitor.yaml:27", "there is no Service"},
		{"07-helmify", "database-operator/templates/database-crd.yaml:5", "helm uninstall deletes the definition"},
		{"07-helmify", "database-operator/templates/metrics-service.yaml:4", "no more than 63 characters"},
	} {
		_, diags, err := Tree(t.Context(), os.DirFS(filepath.Join(dir, tc.artifact)), Options{Scratch: scratch(t), Profiles: []Profile{OLMv0}})
		if err != nil {
			t.Fatal(err)
		}
		if !saysOn(diags, tc.line, tc.want) {
			t.Errorf("%s: nothing on line %s that says %q:", tc.artifact, tc.line, tc.want)
			for _, d := range diags {
				t.Logf("%s: %s: %s [%s]", d.Pos, d.Severity, d.Message, d.Code)
			}
		}
	}
	for _, sound := range []string{"12-bundle-0.1.0", "14-bundle-0.2.0", "15-catalog"} {
		found, diags, err := Tree(t.Context(), os.DirFS(filepath.Join(dir, sound)), Options{Scratch: scratch(t)})
		if err != nil || found.Len() != 1 {
			t.Fatalf("%s: %v, %v", sound, found, err)
		}
		for _, d := range diags {
			t.Errorf("%s: %s: %s: %s [%s]", sound, d.Pos, d.Severity, d.Message, d.Code)
		}
	}
}

func saysOn(diags diag.List, line, want string) bool {
	for _, d := range diags {
		if fmt.Sprintf("%s:%d", d.Pos.File, d.Pos.Line) == line && regexp.MustCompile(want).MatchString(d.Message) {
			return true
		}
	}
	return false
}
