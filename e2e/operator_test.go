package e2e

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const database = `
apiVersion: db.opc.example.com/v1
kind: Database
metadata: {name: first, namespace: default}
spec: {storage: {size: 1Gi}}
`

// TestOperatorHasTheRightsItNeeds runs the example's program as the service account that was emitted, with the roles
// that were emitted, and lets it reconcile an object. Nothing may be refused; what was granted and never used is told.
func TestOperatorHasTheRightsItNeeds(t *testing.T) {
	do := must(t)
	const namespace, account = "running", "database-operator-controller-manager"
	p := projects[0]
	ov := p.Model.DefaultOverlay()
	ov.Namespace = namespace
	p.install(t, p.Dist, ov, "--set", "webhook.enabled=false")
	defer p.uninstall(t, namespace)
	kubeconfig := do(k8s.ServiceAccount(t.Context(), namespace, account))
	// Not --leader-elect: outside of a pod, controller-runtime does not know in which namespace.
	cmd := exec.Command(manager, "--metrics-bind-address=0", "--health-probe-bind-address=0", "--zap-log-level=info")
	cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "ENABLE_WEBHOOKS=false", "WATCH_NAMESPACE=", "POD_NAMESPACE="+namespace,
		"RELATED_IMAGE_POSTGRES=docker.io/library/postgres:17")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	do(k8s.Kubectl(t.Context(), database, "apply", "--validate=strict", "-f", "-"))
	defer k8s.Kubectl(t.Context(), database, "delete", "-f", "-", "--wait")
	made := eventually(60*time.Second, func() bool {
		list, err := k8s.Get(t.Context(), "statefulsets.apps", "-n", "default")
		return err == nil && len(list) == 1
	})
	time.Sleep(2 * time.Second) // events and status come after the StatefulSet
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait()
	if !made {
		t.Fatalf("the operator made no StatefulSet:\n%s", log.String())
	}
	used := requests(t, "system:serviceaccount:"+namespace+":"+account)
	for _, r := range used {
		if r.code == 403 {
			t.Errorf("refused: %s %s", r.verb, r.resource)
		}
	}
	t.Logf("granted and never used: %s", strings.Join(unused(t, used), ", "))
}

func eventually(limit time.Duration, f func() bool) bool {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if f() {
			return true
		}
	}
	return false
}

type request struct {
	verb, resource string
	code           int
}

// requests reads the audit log for what a user asked.
func requests(t *testing.T, user string) []request {
	t.Helper()
	f, err := os.Open(k8s.Audit)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []request
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct {
			Verb      string
			User      struct{ Username string }
			ObjectRef struct{ APIGroup, Resource, Subresource string }
			Status    struct{ Code int } `json:"responseStatus"`
		}
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.User.Username != user {
			continue
		}
		resource := e.ObjectRef.Resource
		if e.ObjectRef.Subresource != "" {
			resource += "/" + e.ObjectRef.Subresource
		}
		out = append(out, request{e.Verb, e.ObjectRef.APIGroup + "/" + resource, e.Status.Code})
	}
	if len(out) == 0 {
		t.Fatalf("the audit log has nothing of %s", user)
	}
	return out
}

// unused lists the rights of the manager's ClusterRole that no request used.
func unused(t *testing.T, used []request) []string {
	t.Helper()
	list, err := k8s.Get(t.Context(), "clusterroles", "database-operator-manager-role")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	rules, _ := list[0]["rules"].([]any)
	for _, r := range rules {
		rule := r.(map[string]any)
		for _, group := range texts(rule["apiGroups"]) {
			for _, resource := range texts(rule["resources"]) {
				for _, verb := range texts(rule["verbs"]) {
					if !slices.ContainsFunc(used, func(u request) bool { return u.verb == verb && u.resource == group+"/"+resource }) {
						out = append(out, verb+" "+strings.TrimPrefix(group+"/"+resource, "/"))
					}
				}
			}
		}
	}
	return out
}

func texts(v any) []string {
	var out []string
	list, _ := v.([]any)
	for _, e := range list {
		out = append(out, e.(string))
	}
	return out
}
