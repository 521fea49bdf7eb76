// Package operator runs an operator's own program where an installer installed it, and holds it to what it must do. The
// program is what no judge of files can replace: it knows whether its rights, its certificates and its webhooks are enough.
package operator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/e2e/cluster"
	"github.com/opc-project/opc/e2e/project"
	"github.com/opc-project/opc/try/plane"
)

// webhookPort is where controller-runtime's webhook server listens. No flag of a kubebuilder project changes it.
const webhookPort = 9443

// Install is a project in a cluster, by whatever installer.
type Install struct {
	Cluster    *cluster.Cluster
	Project    *project.Project
	Version    *project.Version
	Program    string // the project's own
	Namespace  string // of the install
	Examples   string // the namespace for examples; one that is not there is made
	SelfSigned bool   // whether nobody gives it a certificate for metrics
}

// Works runs the program as the Deployment in the cluster says: its arguments and environment, its service account and
// roles, the certificates that it mounts. It must elect a leader, become ready, serve its webhooks and its metrics, and
// reconcile an object, and nothing may be refused. What was granted and never used is told.
func (in *Install) Works(t *testing.T) {
	t.Helper()
	ctx, c := t.Context(), in.Cluster
	authorities, err := c.Certificates(ctx, in.Namespace)
	check(t, err)
	release, err := plane.HoldPort(ctx, webhookPort)
	check(t, err)
	defer release()
	pod, err := c.RunPod(ctx, in.Namespace, in.Version.Release()+"-controller-manager", in.Program)
	check(t, err)
	defer func() {
		if t.Failed() { // otherwise it has ended
			_ = pod.End(plane.Patience)
		}
	}()
	check(t, c.Await(ctx, "the operator is ready", func() error { return answers(http.DefaultClient, pod.Probe, "") }))
	check(t, c.Inject(ctx, in.Namespace, authorities))
	in.createNamespace(t)
	in.guarded(t, pod.Account)
	in.reconciles(t, user(in.Namespace, pod.Account))
	in.measured(t, pod)
	check(t, pod.End(plane.Patience))
	used := in.allowed(t, user(in.Namespace, pod.Account))
	t.Logf("granted and never used: %s", strings.Join(in.unused(t, pod.Account, used), ", "))
}

// user is the name of a service account for the API server.
func user(namespace, account string) string {
	return "system:serviceaccount:" + namespace + ":" + account
}

func (in *Install) createNamespace(t *testing.T) {
	t.Helper()
	text := fmt.Sprintf(`{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": %q}}`, in.Examples)
	_, err := in.Cluster.Kubectl(t.Context(), text, "apply", "--server-side", "-f", "-")
	check(t, err)
}

// sample is the project's first example.
func (in *Install) sample() model.Tree {
	out := model.Clone(in.Version.Model.Examples[0].Tree)
	out["metadata"].(model.Tree)["namespace"] = in.Examples
	return out
}

// api is the name of the sample's API, as kubectl takes it.
func (in *Install) api() string { return model.MetaString(in.Version.Model.CRDs[0].Tree, "name") }

// reconciles lets the operator see the sample, and lets the webhooks judge and change it.
func (in *Install) reconciles(t *testing.T, user string) {
	t.Helper()
	ctx, c, sample := t.Context(), in.Cluster, in.sample()
	name := model.MetaString(sample, "name")
	// a server that has just begun may refuse the first call of a webhook
	check(t, c.Await(ctx, "the webhooks are called", func() error { return in.apply(t, sample) }))
	defer c.Kubectl(ctx, "", "delete", in.api(), name, "-n", in.Examples, "--wait")
	var made model.Tree
	check(t, c.Await(ctx, "the operator reconciled "+name, func() error {
		in.allowed(t, user)
		list, err := c.Get(ctx, "statefulsets.apps", name, "-n", in.Examples)
		if err != nil {
			return fmt.Errorf("%w\n%s", err, in.log())
		}
		made = list[0]
		status, err := c.Kubectl(ctx, "", "get", in.api(), name, "-n", in.Examples, "-o", "jsonpath={.status}")
		if err == nil && status == "" {
			err = fmt.Errorf("no status\n%s", in.log())
		}
		return err
	}))
	if !blocks(made, sample) {
		t.Errorf("the StatefulSet %s does not keep its owner from being deleted first", name)
	}
	in.webhooks(t, sample)
}

// webhooks judges what the project's webhooks did to the sample and do to changes of it, which only they can do.
func (in *Install) webhooks(t *testing.T, sample model.Tree) {
	t.Helper()
	ctx, c, name := t.Context(), in.Cluster, model.MetaString(sample, "name")
	switch in.Project.Name {
	case "example":
		secret, err := c.Kubectl(ctx, "", "get", in.api(), name, "-n", in.Examples, "-o", "jsonpath={.spec.passwordSecret.name}")
		check(t, err)
		if secret == "" {
			t.Error("the webhook that sets defaults was not called")
		}
		in.refused(t, sample, "settings", model.Tree{"port": "1"}, "the operator chooses it")
	case "kubebuilder":
		list, err := c.Get(ctx, "databases.v1alpha1.db.example.com", name, "-n", in.Examples)
		check(t, err)
		if list[0]["apiVersion"] != "db.example.com/v1alpha1" || model.At(list[0], "spec", "size") == nil {
			t.Errorf("converted to %v, %v", list[0]["apiVersion"], list[0]["spec"])
		}
		in.refused(t, sample, "engine", "mysql", "spec.engine is immutable")
	default:
		t.Errorf("nobody knows what the webhooks of %s do", in.Project.Name)
	}
}

// refused changes a field to what the validating webhook does not take, for a reason that only it gives.
func (in *Install) refused(t *testing.T, sample model.Tree, field string, value any, why string) {
	t.Helper()
	sample = model.Clone(sample)
	sample["spec"].(model.Tree)[field] = value
	if err := in.apply(t, sample); err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("spec.%s: %v was not refused because %s: %v", field, value, why, err)
	}
}

func (in *Install) apply(t *testing.T, o model.Tree) error {
	t.Helper()
	data, err := json.Marshal(o)
	check(t, err)
	_, err = in.Cluster.Kubectl(t.Context(), string(data), "apply", "--validate=strict", "-f", "-")
	return err
}

// blocks reports whether an object has another as an owner that can't be deleted before it.
func blocks(o, owner model.Tree) bool {
	owners, _ := model.At(o, "metadata", "ownerReferences").([]any)
	return slices.ContainsFunc(owners, func(v any) bool {
		ref, _ := v.(model.Tree)
		return ref["kind"] == owner["kind"] && ref["name"] == model.MetaString(owner, "name") && ref["blockOwnerDeletion"] == true
	})
}

// log is the end of what the program said.
func (in *Install) log() string { return in.Cluster.Log(filepath.Base(in.Program)) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
