package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"k8s.io/apimachinery/pkg/util/json" // whole numbers become int64, as the product has them
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
		return stdout.String(), fmt.Errorf("%s %s: %w\n%s%s", name, strings.Join(args, " "), err, last(stdout.String(), 15), last(stderr.String(), 15))
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

// ServiceAccount writes a kubeconfig that acts as a service account, with a token of the API server.
func (c *Cluster) ServiceAccount(ctx context.Context, namespace, name string) (string, error) {
	token, err := c.token(ctx, namespace, name)
	if err != nil {
		return "", err
	}
	file := c.pki.path(namespace + "-" + name + ".kubeconfig")
	text := fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: e2e, cluster: {server: "https://127.0.0.1:%d", certificate-authority: %q}}]
users: [{name: sa, user: {token: %q}}]
contexts: [{name: e2e, context: {cluster: e2e, user: sa, namespace: %s}}]
current-context: e2e
`, c.Port, c.pki.path("ca.crt"), token, namespace)
	return file, os.WriteFile(file, []byte(text), 0o600)
}

func (c *Cluster) token(ctx context.Context, namespace, name string) (string, error) {
	token, err := c.Kubectl(ctx, "", "create", "token", name, "-n", namespace, "--duration=1h")
	return strings.TrimSpace(token), err
}

// CA is the certificate that all servers of the cluster are signed by, and a file of it.
func (c *Cluster) CA() (pem []byte, file string, err error) {
	file = c.pki.path("ca.crt")
	pem, err = os.ReadFile(file)
	return pem, file, err
}

// Certificate signs a certificate for a server on loopback with further names.
func (c *Cluster) Certificate(name string, dnsNames ...string) (cert, key string, err error) {
	return c.pki.path(name + ".crt"), c.pki.path(name + ".key"), c.pki.sign(name, name, "", dnsNames...)
}
