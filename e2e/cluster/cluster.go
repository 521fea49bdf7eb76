package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/opc-project/opc/try/plane"
)

// Cluster is a running control plane with a node that kwok plays.
type Cluster struct {
	*plane.Plane
	Tools *Tools
}

// Patience is how long anything is waited for, as clients take it.
var Patience = plane.Patience.String()

// Start starts everything on free ports and waits until a pod could run. The context bounds the start; Stop ends it.
func Start(ctx context.Context, tools *Tools) (*Cluster, error) {
	var programs plane.Programs
	var err error
	if programs.Etcd, err = tools.Path(ctx, "etcd"); err != nil {
		return nil, err
	}
	if programs.APIServer, err = tools.Path(ctx, "kube-apiserver"); err != nil {
		return nil, err
	}
	p, err := plane.Start(ctx, programs,
		"--enable-admission-plugins=OwnerReferencesPermissionEnforcement", // as on OpenShift
		"--enable-aggregator-routing=true")                                // to pods, since nobody plays kube-proxy
	if err != nil {
		return nil, err
	}
	c := &Cluster{Plane: p, Tools: tools}
	if err := c.controllers(ctx); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

// controllers starts kube-controller-manager, kube-scheduler and the node.
func (c *Cluster) controllers(ctx context.Context) error {
	ports, err := plane.FreePorts(3)
	if err != nil {
		return err
	}
	controllers, err := c.User("controllers", "system:kube-controller-manager", "")
	if err != nil {
		return err
	}
	scheduler, err := c.User("scheduler", "system:kube-scheduler", "")
	if err != nil {
		return err
	}
	f := c.File
	err = c.Spawn(ctx, "kube-controller-manager", "--kubeconfig="+controllers, "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", ports[0]),
		"--cert-dir="+f(""), "--root-ca-file="+f("ca.crt"), "--service-account-private-key-file="+f("sa.key"), "--use-service-account-credentials=true",
		"--leader-elect=false", "--cluster-signing-cert-file="+f("ca.crt"), "--cluster-signing-key-file="+f("ca.key"), "--profiling=false",
		"--node-monitor-grace-period=24h", "--kube-api-qps=500", "--kube-api-burst=1000", "--concurrent-namespace-syncs=20")
	if err != nil {
		return err
	}
	err = c.Spawn(ctx, "kube-scheduler", "--kubeconfig="+scheduler, "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", ports[1]),
		"--cert-dir="+f(""), "--leader-elect=false", "--profiling=false")
	if err != nil {
		return err
	}
	err = c.Await(ctx, "the controller-manager made a service account", func() error {
		_, err := c.Client.Get(ctx, "v1", "ServiceAccount", "default", "default")
		return err
	})
	if err != nil {
		return err
	}
	return c.node(ctx, ports[2])
}

// Spawn starts a program that runs until Stop. It writes to a log of its own.
func (c *Cluster) Spawn(ctx context.Context, tool string, args ...string) error {
	return c.SpawnWith(ctx, nil, tool, args...)
}

// SpawnWith is Spawn with further environment variables, as KEY=VALUE.
func (c *Cluster) SpawnWith(ctx context.Context, env []string, tool string, args ...string) error {
	path, err := c.Tools.Path(ctx, tool)
	if err != nil {
		return err
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), env...)
	return c.Launch(tool, cmd)
}

// SpawnInPod starts a program that believes it runs in a pod with a service account. TestMain must call Main or plane.Enter
// first.
func (c *Cluster) SpawnInPod(ctx context.Context, namespace, account string, env []string, path string, args ...string) error {
	var all []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "KUBECONFIG=") {
			all = append(all, e)
		}
	}
	return c.Plane.SpawnInPod(ctx, namespace, account, append(all, env...), path, args...)
}
