package olm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/opc-project/opc/e2e/cluster"
	"github.com/opc-project/opc/try/plane"
)

// V0 is a running OLM v0.
type V0 struct {
	cluster  *cluster.Cluster
	registry *Registry
	served   int
	unpacked map[string]bool
}

// V0Tools are the binaries it needs.
var V0Tools = []string{"olm", "catalog", "opm"}

// StartV0 installs OLM v0 from its own chart, but for the Deployments: its programs run here, with the rights of its
// own service account.
func StartV0(ctx context.Context, c *cluster.Cluster, r *Registry) (*V0, error) {
	src, err := c.Tools.Module(ctx, cluster.OLMv0Module, cluster.OLMv0)
	if err != nil {
		return nil, err
	}
	crds, err := parseFolder(filepath.Join(src, "deploy/chart/crds"))
	if err != nil {
		return nil, err
	}
	text, err := c.Run(ctx, "", "helm", "template", "olm", filepath.Join(src, "deploy/chart"), "-f", filepath.Join(src, "deploy/upstream/values.yaml"))
	if err != nil {
		return nil, err
	}
	chart, err := parse(text)
	if err != nil {
		return nil, err
	}
	_, chart = split(chart, "Deployment", "CatalogSource", "ClusterServiceVersion")
	namespaces, chart := split(chart, "Namespace")
	for _, list := range [][]object{crds, namespaces, chart} {
		if err := apply(ctx, c, list); err != nil {
			return nil, err
		}
	}
	kubeconfig, err := c.ServiceAccount(ctx, "olm", "olm-operator-serviceaccount")
	if err != nil {
		return nil, err
	}
	env := []string{"KUBECONFIG=" + kubeconfig, "OPERATOR_NAMESPACE=olm", "OPERATOR_NAME=olm-operator"}
	if err := c.SpawnWith(ctx, env, "olm", "--namespace", "olm"); err != nil {
		return nil, err
	}
	// the images are those of the pods that unpack bundles, which kwok does not run
	err = c.SpawnWith(ctx, env, "catalog", "--namespace", "olm", "--set-workload-user-id=true", "--configmapServerImage=none.invalid/none",
		"--opmImage=none.invalid/opm", "--util-image=none.invalid/util")
	return &V0{cluster: c, registry: r, unpacked: map[string]bool{}}, err
}

// Serve serves a folder of catalogs with `opm serve`, and points the CatalogSource "emitted" to it.
func (v *V0) Serve(ctx context.Context, dir string) error {
	ports, err := plane.FreePorts(1)
	if err != nil {
		return err
	}
	v.served++
	address := fmt.Sprintf("127.0.0.1:%d", ports[0])
	work, err := os.MkdirTemp(v.cluster.Dir, "opm-")
	if err != nil {
		return err
	}
	err = v.cluster.Spawn(ctx, "opm", "serve", dir, "--port", fmt.Sprint(ports[0]), "--cache-dir", filepath.Join(work, "cache"),
		"--cache-enforce-integrity=false", "--pprof-addr", "127.0.0.1:0", "--termination-log", filepath.Join(work, "termination"))
	if err != nil {
		return err
	}
	err = v.cluster.Await(ctx, "opm serves", func() error {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			conn.Close()
		}
		return err
	})
	if err != nil {
		return err
	}
	return apply(ctx, v.cluster, []object{{
		"apiVersion": "operators.coreos.com/v1alpha1", "kind": "CatalogSource", "metadata": object{"name": "emitted", "namespace": "olm"},
		"spec": object{"sourceType": "grpc", "address": address, "displayName": "emitted"},
	}})
}

// Group makes a namespace with an OperatorGroup; without target namespaces it is for all.
func (v *V0) Group(ctx context.Context, namespace string, targets ...string) error {
	spec := object{}
	if len(targets) > 0 {
		spec["targetNamespaces"] = targets
	}
	return apply(ctx, v.cluster, []object{
		{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": namespace}},
		{"apiVersion": "operators.coreos.com/v1", "kind": "OperatorGroup", "metadata": object{"name": "group", "namespace": namespace}, "spec": spec},
	})
}

// Subscribe subscribes a namespace to a package.
func (v *V0) Subscribe(ctx context.Context, namespace, pkg, channel string) error {
	return apply(ctx, v.cluster, []object{{
		"apiVersion": "operators.coreos.com/v1alpha1", "kind": "Subscription", "metadata": object{"name": pkg, "namespace": namespace},
		"spec": object{"source": "emitted", "sourceNamespace": "olm", "name": pkg, "channel": channel},
	}})
}

// AwaitCSV waits until a ClusterServiceVersion succeeded. A failure ends the wait with what OLM says.
func (v *V0) AwaitCSV(ctx context.Context, namespace, name string) error {
	return v.cluster.Await(ctx, name+" succeeded", func() error {
		if err := v.unpack(ctx); err != nil {
			return err
		}
		list, err := v.cluster.Get(ctx, "clusterserviceversion", name, "-n", namespace)
		if err != nil {
			return err
		}
		if at(list[0], "status", "phase") != "Succeeded" {
			return fmt.Errorf("%v: %v", at(list[0], "status", "phase"), at(list[0], "status", "message"))
		}
		return nil
	})
}

// unpack does what the pods of OLM's unpack Jobs would: it writes a bundle's files into the ConfigMap that OLM waits
// for, with the command that the pod would run.
func (v *V0) unpack(ctx context.Context) error {
	jobs, err := v.cluster.Get(ctx, "jobs", "-n", "olm", "-l", "operatorframework.io/bundle-unpack-ref")
	if err != nil {
		return err
	}
	for _, job := range jobs {
		name := nameOf(job)
		if v.unpacked[name] {
			continue
		}
		image := ""
		for _, c := range items(at(job, "spec", "template", "spec", "initContainers")) {
			if c["name"] == "pull" {
				image = fmt.Sprint(c["image"])
			}
		}
		dir := filepath.Join(v.cluster.Dir, "bundles", name)
		if err := v.registry.Extract(ctx, image, dir); err != nil {
			return err
		}
		opm, err := v.cluster.Tools.Path(ctx, "opm")
		if err != nil {
			return err
		}
		if err := command(ctx, []string{"CONTAINER_IMAGE=" + image}, opm, "alpha", "bundle", "extract", "-m", dir+"/", "-n", "olm", "-c", name, "-z",
			"--kubeconfig", v.cluster.Kubeconfig); err != nil {
			return err
		}
		v.unpacked[name] = true
	}
	return nil
}

// Remove takes back what OLM v0 installed in a namespace, as a user does. OLM keeps the CRDs and some roles. A plan that
// still runs, though all that it asks for is there, would make CRDs again: the next one to install would meet them.
func (v *V0) Remove(ctx context.Context, namespace string) error {
	early, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	complete := v.cluster.Await(early, "the InstallPlans are complete", func() error {
		plans, err := v.cluster.Get(ctx, "installplans", "-n", namespace)
		for _, p := range plans {
			if phase := at(p, "status", "phase"); phase != "Complete" {
				return fmt.Errorf("%s is %v", nameOf(p), phase)
			}
		}
		return err
	})
	_, err := v.cluster.Kubectl(ctx, "", "delete", "subscriptions,clusterserviceversions,operatorgroups", "--all", "-n", namespace, "--wait")
	return errors.Join(complete, err)
}
