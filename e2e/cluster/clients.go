package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"k8s.io/apimachinery/pkg/util/json" // whole numbers become int64, as the product has them

	"github.com/opc-project/opc/try/plane"
)

// Run runs a client program against the cluster, as its administrator; the error holds what it printed.
func (c *Cluster) Run(ctx context.Context, stdin, name string, args ...string) (string, error) {
	path, err := c.Tools.Path(ctx, name)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.Kubeconfig, "HOME="+c.Dir)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s %s: %w\n%s%s", name, strings.Join(args, " "), err, plane.Last(stdout.String(), 15), plane.Last(stderr.String(), 15))
	}
	return stdout.String(), nil
}

// Kubectl runs kubectl.
func (c *Cluster) Kubectl(ctx context.Context, stdin string, args ...string) (string, error) {
	return c.Run(ctx, stdin, "kubectl", args...)
}

// Get reads objects as `kubectl get` lists them.
func (c *Cluster) Get(ctx context.Context, args ...string) ([]map[string]any, error) {
	text, err := c.Kubectl(ctx, "", append([]string{"get", "-o", "json"}, args...)...)
	if err != nil {
		return nil, err
	}
	var list struct {
		Kind  string           `json:"kind"`
		Items []map[string]any `json:"items"`
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, err
	}
	if list.Kind == "List" {
		return list.Items, nil
	}
	var one map[string]any
	err = json.Unmarshal([]byte(text), &one)
	return []map[string]any{one}, err
}
