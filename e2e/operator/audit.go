package operator

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/opc-project/opc/compiler/model"
)

// request is what a user asked of the API server, and its answer.
type request struct {
	right string // such as "get apps/deployments"
	code  int
}

// allowed are the requests of a user. One that was refused fails the test.
func (in *Install) allowed(t *testing.T, user string) []request {
	t.Helper()
	all := in.requests(t, user)
	var refused []string
	for _, r := range all {
		if r.code == http.StatusForbidden && !slices.Contains(refused, r.right) {
			refused = append(refused, r.right)
		}
	}
	if len(refused) > 0 {
		t.Fatalf("refused: %s", strings.Join(refused, ", "))
	}
	return all
}

// requests reads the audit log for what a user asked.
func (in *Install) requests(t *testing.T, user string) []request {
	t.Helper()
	f, err := os.Open(in.Cluster.Audit)
	check(t, err)
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
		out = append(out, request{right(e.Verb, e.ObjectRef.APIGroup, resource), e.Status.Code})
	}
	check(t, lines.Err())
	if len(out) == 0 {
		t.Fatalf("the audit log has nothing of %s", user)
	}
	return out
}

// unused lists the rights of a service account that no request used. To apply an object that is not there needs the
// right to create it, and is logged as patch: then both were used. The right to finalizers is used by who makes objects that
// keep their owner from being deleted first, and is not logged.
func (in *Install) unused(t *testing.T, account string, used []request) []string {
	t.Helper()
	asked := map[string]bool{}
	for _, r := range used {
		asked[r.right] = true
		if resource, ok := strings.CutPrefix(r.right, "patch "); ok && r.code == http.StatusCreated {
			asked["create "+resource] = true
		}
	}
	plural, group, _ := strings.Cut(in.api(), ".")
	asked[right("update", group, plural+"/finalizers")] = true
	var out []string
	for _, rule := range in.rules(t, account) {
		for _, r := range expand(rule) {
			if !asked[r] && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	slices.Sort(out)
	return out
}

// rules are those that the roles of the install's namespace and of the cluster give to a service account.
func (in *Install) rules(t *testing.T, account string) []model.Tree {
	t.Helper()
	bindings, err := in.Cluster.Get(t.Context(), "rolebindings,clusterrolebindings", "-n", in.Namespace)
	check(t, err)
	var out []model.Tree
	for _, b := range bindings {
		subjects, _ := b["subjects"].([]any)
		if !slices.ContainsFunc(subjects, func(s any) bool {
			who, _ := s.(model.Tree)
			return who["kind"] == "ServiceAccount" && who["name"] == account && who["namespace"] == in.Namespace
		}) {
			continue
		}
		ref, _ := b["roleRef"].(model.Tree)
		roles, err := in.Cluster.Get(t.Context(), fmt.Sprint(ref["kind"]), fmt.Sprint(ref["name"]), "-n", in.Namespace)
		check(t, err)
		rules, _ := roles[0]["rules"].([]any)
		for _, r := range rules {
			out = append(out, r.(model.Tree))
		}
	}
	return out
}

// expand lists the rights of a rule, one verb on one resource each.
func expand(rule model.Tree) []string {
	var out []string
	for _, group := range list(rule["apiGroups"]) {
		for _, resource := range list(rule["resources"]) {
			for _, verb := range list(rule["verbs"]) {
				out = append(out, right(verb, group, resource))
			}
		}
	}
	return out
}

func right(verb, group, resource string) string {
	return verb + " " + strings.TrimPrefix(group+"/"+resource, "/")
}

func list(v any) []string {
	var out []string
	items, _ := v.([]any)
	for _, e := range items {
		out = append(out, fmt.Sprint(e))
	}
	return out
}
