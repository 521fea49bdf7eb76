// Package left reads what an installer left in a cluster, for try/state to compare.
package left

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/e2e/cluster"
	"github.com/opc-project/opc/try/state"
)

// Reader reads what was not there when it was made.
type Reader struct {
	cluster     *cluster.Cluster
	namespaced  string // kinds, as kubectl takes them
	clusterWide string
	known       map[string]bool
}

// passing are the kinds that no installer makes: they come and go with what others do.
var passing = []string{
	"events", "events.events.k8s.io", "endpoints", "endpointslices.discovery.k8s.io", "pods", "replicasets.apps", "controllerrevisions.apps",
	"leases.coordination.k8s.io", "jobs.batch", "nodes", "csinodes.storage.k8s.io", "componentstatuses", "persistentvolumes", "namespaces",
	"apiservices.apiregistration.k8s.io", "ipaddresses.networking.k8s.io",
}

// commands are the groups of the objects by which one tells OLM what to do. The installs are what it makes of them.
var commands = []string{".operators.coreos.com", ".olm.operatorframework.io"}

// NewReader takes note of the kinds that the cluster has, and of what is there.
func NewReader(ctx context.Context, c *cluster.Cluster) (*Reader, error) {
	r := &Reader{cluster: c, known: map[string]bool{}}
	var err error
	if r.namespaced, err = kinds(ctx, c, true); err != nil {
		return nil, err
	}
	if r.clusterWide, err = kinds(ctx, c, false); err != nil {
		return nil, err
	}
	list, err := c.Get(ctx, r.clusterWide)
	for _, o := range list {
		r.known[key(o)] = true
	}
	return r, err
}

// kinds asks the API server for its kinds.
func kinds(ctx context.Context, c *cluster.Cluster, namespaced bool) (string, error) {
	text, err := c.Kubectl(ctx, "", "api-resources", "--verbs=list,create,delete", "-o", "name", fmt.Sprintf("--namespaced=%t", namespaced))
	list := slices.DeleteFunc(strings.Fields(text), func(kind string) bool {
		return slices.Contains(passing, kind) || slices.ContainsFunc(commands, func(group string) bool { return strings.HasSuffix(kind, group) })
	})
	return strings.Join(list, ","), err
}

// Read reads all objects of a namespace, the namespace too, and the new ones of the cluster.
func (r *Reader) Read(ctx context.Context, namespace string) (state.Objects, error) {
	inside, err := r.cluster.Get(ctx, r.namespaced, "-n", namespace)
	if err != nil {
		return nil, err
	}
	around, err := r.cluster.Get(ctx, "namespace", namespace)
	if err != nil {
		return nil, err
	}
	fresh, err := r.fresh(ctx)
	return slices.Concat(inside, around, fresh), err
}

// fresh are the objects of the cluster that were not there before.
func (r *Reader) fresh(ctx context.Context) (state.Objects, error) {
	list, err := r.cluster.Get(ctx, r.clusterWide)
	return slices.DeleteFunc(list, func(o model.Tree) bool { return r.known[key(o)] }), err
}

// Gone says what is still there of an install whose objects of the cluster should be gone.
func (r *Reader) Gone(ctx context.Context) error {
	list, err := r.fresh(ctx)
	if err == nil && len(list) > 0 {
		err = fmt.Errorf("%s is still there", key(list[0]))
	}
	return err
}

// Clear deletes what Gone would find. It is for installers that leave things behind when they uninstall.
func (r *Reader) Clear(ctx context.Context) error {
	list, err := r.fresh(ctx)
	for _, o := range list {
		kind, _, _ := strings.Cut(key(o), " ")
		if _, err := r.cluster.Kubectl(ctx, "", "delete", kind, model.MetaString(o, "name"), "--ignore-not-found", "--wait", "--timeout="+cluster.Patience); err != nil {
			return err
		}
	}
	return err
}

// key is an object's kind, as kubectl takes it, and its name.
func key(o model.Tree) string {
	api, _ := o["apiVersion"].(string)
	group, version, found := strings.Cut(api, "/")
	kind := fmt.Sprint(o["kind"])
	if found {
		kind += "." + version + "." + group
	}
	return kind + " " + model.MetaString(o, "name")
}
