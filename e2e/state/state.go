// Package state reads what an installer left in a cluster, in a form in which two installers can be compared.
package state

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/e2e/cluster"
)

// Objects are objects by kind and name, such as "Deployment manager".
type Objects map[string]map[string]any

// namespaced are the kinds that an install of opc's can leave in its namespace, and the one that cert-manager or OLM
// could bring in their place.
var namespaced = []string{
	"serviceaccounts", "configmaps", "services", "deployments.apps", "networkpolicies.networking.k8s.io", "poddisruptionbudgets.policy",
	"roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io", "issuers.cert-manager.io", "certificates.cert-manager.io",
	"servicemonitors.monitoring.coreos.com",
}

var clusterWide = []string{
	"clusterroles.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io", "customresourcedefinitions.apiextensions.k8s.io",
	"mutatingwebhookconfigurations.admissionregistration.k8s.io", "validatingwebhookconfigurations.admissionregistration.k8s.io",
}

// Reader reads what was not there when it was made.
type Reader struct {
	cluster *cluster.Cluster
	known   map[string]bool
}

// NewReader takes note of what is in the cluster.
func NewReader(ctx context.Context, c *cluster.Cluster) (*Reader, error) {
	r := &Reader{cluster: c, known: map[string]bool{}}
	list, err := c.Get(ctx, strings.Join(clusterWide, ","))
	if err != nil {
		return nil, err
	}
	for _, o := range list {
		r.known[key(o)] = true
	}
	return r, nil
}

// Read reads all objects of a namespace and the new ones of the cluster. The namespace's name is taken out of them, so
// that installs in two namespaces can be compared.
func (r *Reader) Read(ctx context.Context, namespace string) (Objects, error) {
	out := Objects{}
	for _, args := range [][]string{{strings.Join(namespaced, ","), "-n", namespace}, {strings.Join(clusterWide, ",")}} {
		list, err := r.cluster.Get(ctx, args...)
		if err != nil {
			return nil, err
		}
		for _, o := range list {
			if k := key(o); !r.known[k] && !everywhere[k] {
				out[k] = settled(anywhere(o, namespace).(map[string]any))
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("nothing was installed in %s", namespace)
	}
	return out, nil
}

// Gone says what is still there of an install whose objects of the cluster should be gone.
func (r *Reader) Gone(ctx context.Context) error {
	list, err := r.cluster.Get(ctx, strings.Join(clusterWide, ","))
	if err != nil {
		return err
	}
	for _, o := range list {
		if !r.known[key(o)] {
			return fmt.Errorf("%s is still there", key(o))
		}
	}
	return nil
}

// Clear deletes what Gone would find. It is for installers that leave things behind when they uninstall.
func (r *Reader) Clear(ctx context.Context) error {
	list, err := r.cluster.Get(ctx, strings.Join(clusterWide, ","))
	if err != nil {
		return err
	}
	for _, o := range list {
		if r.known[key(o)] {
			continue
		}
		if _, err := r.cluster.Kubectl(ctx, "", "delete", fmt.Sprint(o["kind"]), fmt.Sprint(metadata(o)["name"]), "--ignore-not-found", "--wait"); err != nil {
			return err
		}
	}
	return nil
}

// Diff compares two installs; it is empty when they are equal.
func Diff(left, right Objects) string { return cmp.Diff(left, right) }

// everywhere are the objects that the controller-manager puts into each namespace.
var everywhere = map[string]bool{"ServiceAccount default": true, "ConfigMap kube-root-ca.crt": true}

func key(o map[string]any) string { return fmt.Sprintf("%v %v", o["kind"], metadata(o)["name"]) }

func metadata(o map[string]any) map[string]any {
	md, _ := o["metadata"].(map[string]any)
	return md
}

// anywhere replaces a namespace's name in all strings and keys.
func anywhere(v any, namespace string) any {
	switch t := v.(type) {
	case string:
		return strings.ReplaceAll(t, namespace, "(namespace)")
	case []any:
		for i := range t {
			t[i] = anywhere(t[i], namespace)
		}
	case map[string]any:
		for k := range t {
			t[k] = anywhere(t[k], namespace)
		}
	}
	return v
}
