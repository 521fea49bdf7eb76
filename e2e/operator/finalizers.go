package operator

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opc-project/opc/compiler/model"
)

// guarded holds that the operator may make objects that keep their owner, the sample, from being deleted first, and that
// the right to its finalizers is what it takes: one who has all its other rights may not. The API server's guard looks up
// the owner's API in a list that it reads anew each 30 seconds, and refuses everyone until then. So this waits for it, and
// nothing is refused to the program later for that reason.
func (in *Install) guarded(t *testing.T, account string) {
	t.Helper()
	const unknown, forbidden = "cannot find RESTMapping", "can't set finalizers on"
	check(t, in.Cluster.Await(t.Context(), "the API server knows "+in.api(), func() error {
		err := in.own(t, user(in.Namespace, account))
		if err != nil && strings.Contains(err.Error(), "forbidden") && !strings.Contains(err.Error(), unknown) {
			t.Fatal(err)
		}
		return err
	}))
	other, forget := in.lesser(t, account)
	defer forget()
	var err error
	check(t, in.Cluster.Await(t.Context(), other+" has its rights", func() error {
		if err = in.own(t, other); err != nil && !strings.Contains(err.Error(), forbidden) {
			return err
		}
		return nil
	}))
	if err == nil {
		t.Errorf("%s may own objects without the right to the finalizers of %s", other, in.api())
	}
}

// own asks, as a user, whether it may make a Service that the sample owns. Nothing is made.
func (in *Install) own(t *testing.T, user string) error {
	t.Helper()
	sample := in.sample()
	service := model.Tree{
		"apiVersion": "v1", "kind": "Service", "spec": model.Tree{"ports": []any{model.Tree{"port": 1}}},
		"metadata": model.Tree{"name": "owned", "namespace": in.Examples, "ownerReferences": []any{model.Tree{
			"apiVersion": sample["apiVersion"], "kind": sample["kind"], "name": "owner", "uid": "0", "controller": true, "blockOwnerDeletion": true,
		}}},
	}
	data, err := json.Marshal(service)
	check(t, err)
	_, err = in.Cluster.Kubectl(t.Context(), string(data), "create", "--dry-run=server", "--as="+user, "-f", "-")
	return err
}

// lesser is a user with the rights of a service account but those to finalizers, until it is forgotten.
func (in *Install) lesser(t *testing.T, account string) (name string, forget func()) {
	t.Helper()
	name = "lesser-" + in.Namespace
	var rules []any
	for _, r := range in.rules(t, account) {
		resources := slices.DeleteFunc(list(r["resources"]), func(s string) bool { return strings.HasSuffix(s, "/finalizers") })
		if len(resources) > 0 {
			rules = append(rules, model.Tree{"apiGroups": r["apiGroups"], "resources": resources, "verbs": r["verbs"]})
		}
	}
	const rbac = "rbac.authorization.k8s.io"
	md := model.Tree{"name": name}
	text, err := json.Marshal(model.Tree{"apiVersion": "v1", "kind": "List", "items": []any{
		model.Tree{"apiVersion": rbac + "/v1", "kind": "ClusterRole", "metadata": md, "rules": rules},
		model.Tree{"apiVersion": rbac + "/v1", "kind": "ClusterRoleBinding", "metadata": md,
			"roleRef":  model.Tree{"apiGroup": rbac, "kind": "ClusterRole", "name": name},
			"subjects": []any{model.Tree{"kind": "User", "apiGroup": rbac, "name": name}}},
	}})
	check(t, err)
	_, err = in.Cluster.Kubectl(t.Context(), string(text), "create", "-f", "-")
	check(t, err)
	return name, func() {
		_, err := in.Cluster.Kubectl(t.Context(), "", "delete", "clusterrole,clusterrolebinding", name)
		if err != nil {
			t.Error(fmt.Errorf("%s is not forgotten: %w", name, err))
		}
	}
}
