package kube

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFollow holds which texts follow a name, and which do not.
func TestFollow(t *testing.T) {
	own := map[string]string{"ship-sail": "Service", "ship": "ServiceAccount", "ship-crew": "ServiceAccount", "ship-log": "ConfigMap", "ship-rank": "PriorityClass", "ship-law": "ValidatingAdmissionPolicy", "ship-cert": "Certificate"}
	by := Follower{Words: true, Own: "ship",
		Namespace: func(name string) string {
			if name == "harbour" {
				return "M"
			}
			return name
		},
		Name: func(is func(string) bool, name string) string {
			if kind, ok := own[name]; ok && is(kind) {
				return strings.Replace(name, "ship", "X", 1)
			}
			return name
		},
	}
	follow := func(text string) any {
		docs, faults := Read("", []byte(text))
		if len(faults) > 0 {
			t.Fatalf("%s: %v", text, faults)
		}
		tree := docs[0].Value.(map[string]any)
		Follow(tree, by)
		return tree
	}
	for said, want := range map[string]string{
		`metadata: {name: ship-sail, namespace: harbour}`:                                                                                                        `metadata: {name: ship-sail, namespace: harbour}`,
		`spec: {policyName: ship-law}`:                                                                                                                           `spec: {policyName: X-law}`,
		`spec: {template: {spec: {priorityClassName: ship-rank}}}`:                                                                                               `spec: {template: {spec: {priorityClassName: X-rank}}}`,
		`spec: {priorityClassName: ship-log}`:                                                                                                                    `spec: {priorityClassName: ship-log}`,
		`{kind: StatefulSet, spec: {serviceName: ship-sail}}`:                                                                                                    `{kind: StatefulSet, spec: {serviceName: X-sail}}`,
		`rules: [{resources: [configmaps], resourceNames: [ship-log, ship-sail]}]`:                                                                               `rules: [{resources: [configmaps], resourceNames: [X-log, ship-sail]}]`,
		`rules: [{resources: [services/proxy], resourceNames: [ship-sail]}]`:                                                                                     `rules: [{resources: [services/proxy], resourceNames: [X-sail]}]`,
		`subjects: [{kind: ServiceAccount, name: ship-crew, namespace: harbour}]`:                                                                                `subjects: [{kind: ServiceAccount, name: X-crew, namespace: M}]`,
		`subjects: [{kind: User, name: "system:serviceaccount:harbour:ship-crew"}]`:                                                                              `subjects: [{kind: User, name: "system:serviceaccount:M:X-crew"}]`,
		`subjects: [{kind: Group, name: "system:serviceaccounts:harbour"}]`:                                                                                      `subjects: [{kind: Group, name: "system:serviceaccounts:M"}]`,
		`users: ["system:serviceaccount:harbour:ship-crew", ann]`:                                                                                                `users: ["system:serviceaccount:M:X-crew", ann]`,
		`metadata: {annotations: {cert-manager.io/inject-ca-from: harbour/ship-cert}}`:                                                                           `metadata: {annotations: {cert-manager.io/inject-ca-from: M/X-cert}}`,
		`metadata: {annotations: {kubernetes.io/service-account.name: ship-crew}}`:                                                                               `metadata: {annotations: {kubernetes.io/service-account.name: X-crew}}`,
		`spec: {scaleTargetRef: {kind: Service, name: ship-sail}}`:                                                                                               `spec: {scaleTargetRef: {kind: Service, name: X-sail}}`,
		`spec: {scaleTargetRef: {kind: Deployment, name: ship-sail}}`:                                                                                            `spec: {scaleTargetRef: {kind: Deployment, name: ship-sail}}`,
		`spec: {rules: [{backendRefs: [{name: ship-sail, port: 80}]}]}`:                                                                                          `spec: {rules: [{backendRefs: [{name: X-sail, port: 80}]}]}`,
		`spec: {dnsNames: [ship-sail.harbour.svc, ship-sail.harbour.svc.cluster.local]}`:                                                                         `spec: {dnsNames: [X-sail.M.svc, X-sail.M.svc.cluster.local]}`,
		`data: {a: "see https://ship-sail.harbour.svc:8443/x, ship-sail.sea.svc and a.harbour.svcs"}`:                                                            `data: {a: "see https://X-sail.M.svc:8443/x, X-sail.sea.svc and a.harbour.svcs"}`,
		`spec: {namespaceSelector: {matchNames: [harbour, sea]}}`:                                                                                                `spec: {namespaceSelector: {matchNames: [M, sea]}}`,
		`spec: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: harbour}}}`:                                                                       `spec: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: M}}}`,
		`s: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [harbour]}, {key: a, values: [harbour]}]}`:                           `s: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [M]}, {key: a, values: [harbour]}]}`,
		`spec: {containers: [{args: [--log=ship-log, --in=harbour, --name=ship, --service-account=ship, ship-log, a=ship-log, --at=harbour/ship-log]}]}`:         `spec: {containers: [{args: [--log=X-log, --in=M, --name=ship, --service-account=X, X-log, a=ship-log, --at=M/X-log]}]}`,
		`spec: {containers: [{env: [{name: NAME, value: ship}, {name: SERVICE_ACCOUNT_NAME, value: ship}, {name: AT, value: "http://ship-sail.harbour.svc"}]}]}`: `spec: {containers: [{env: [{name: NAME, value: ship}, {name: SERVICE_ACCOUNT_NAME, value: X}, {name: AT, value: "http://X-sail.M.svc"}]}]}`,
		`{kind: ServiceAccount, secrets: [{name: ship-log}]}`:                                                                                                    `{kind: ServiceAccount, secrets: [{name: ship-log}]}`,
		`data: {log: ship-log, harbour: harbour}`:                                                                                                                `data: {log: ship-log, harbour: harbour}`,
	} {
		docs, _ := Read("", []byte(want))
		if diff := cmp.Diff(docs[0].Value, follow(said)); diff != "" {
			t.Errorf("%s: %s", said, diff)
		}
	}
}

// TestKustomizeFollowsNoMore holds that every field which kustomize's namePrefix changes follows here too. kustomize
// keeps its table to itself, so it is read from its source.
func TestKustomizeFollowsNoMore(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kustomize/api").Output()
	source, readErr := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "internal/konfig/builtinpluginconsts/namereference.go"))
	if err != nil || readErr != nil {
		t.Skipf("the source of kustomize is not here: %v, %v", err, readErr)
	}
	_, text, _ := strings.Cut(string(source), "`\n")
	text, _, _ = strings.Cut(text, "`")
	docs, faults := Read("", []byte(text))
	if len(faults) > 0 || len(docs) != 1 {
		t.Fatal(faults)
	}
	fields := 0
	for _, r := range docs[0].Value.(map[string]any)["nameReference"].([]any) {
		kind := r.(map[string]any)["kind"].(string)
		for _, f := range r.(map[string]any)["fieldSpecs"].([]any) {
			fields++
			holder, _ := f.(map[string]any)["kind"].(string)
			path := strings.Split(strings.ReplaceAll(f.(map[string]any)["path"].(string), `\/`, "\x00"), "/")
			if !follows(holder, path, kind) {
				t.Errorf("the field %s of a %s names a %s", strings.Join(path, "/"), holder, kind)
			}
		}
	}
	if fields < 100 {
		t.Errorf("kustomize has only %d fields", fields)
	}
}

// follows builds an object with one field, and reports whether it follows.
func follows(holder string, path []string, kind string) bool {
	var v any = "ship"
	switch last := path[len(path)-1]; last {
	case "subjects":
		v = []any{map[string]any{"kind": kind, "name": "ship"}}
	case "service":
		v = map[string]any{"name": "ship"}
	case "resourceNames":
		v = []any{"ship"}
	}
	for i := len(path) - 1; i >= 0; i-- {
		in := map[string]any{strings.ReplaceAll(path[i], "\x00", "/"): v}
		switch path[i] {
		case "resourceNames":
			in["resources"] = []any{"*"}
		case "name":
			if i > 0 && (path[i-1] == "scaleTargetRef" || path[i-1] == "roleRef") {
				in["kind"] = kind
			}
		}
		v = in
	}
	tree := v.(map[string]any)
	tree["kind"] = holder
	followed := false
	Follow(tree, Follower{Namespace: func(name string) string { return name }, Name: func(is func(string) bool, name string) string {
		followed = followed || name == "ship" && is(kind)
		return name
	}})
	return followed
}
