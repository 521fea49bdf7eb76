package plane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// accountFolder is where a program in a pod finds its token, below /var/run. The path is fixed.
const accountFolder = "secrets/kubernetes.io/serviceaccount"

// accountFiles are the files there.
var accountFiles = []string{"token", "ca.crt", "namespace"}

// accountKubeconfig is a kubeconfig beside them, for programs that can't have them there.
const accountKubeconfig = "kubeconfig"

// SpawnInPod starts a program that believes it runs in a pod with a service account: it finds the account's token and the
// API server's address where a pod finds them. env is all of its environment besides.
func (p *Plane) SpawnInPod(ctx context.Context, namespace, account string, env []string, path string, args ...string) error {
	name := filepath.Base(path)
	dir := filepath.Join(p.Dir, "pods", name)
	if err := p.account(ctx, dir, namespace, account); err != nil {
		return err
	}
	cmd, err := inPod(dir, path, args...)
	if err != nil {
		return err
	}
	cmd.Env = append(cmd.Env, "KUBERNETES_SERVICE_HOST=127.0.0.1", fmt.Sprintf("KUBERNETES_SERVICE_PORT=%d", p.Port))
	cmd.Env = append(cmd.Env, env...)
	return p.Launch(name, cmd)
}

// account writes the files of a service account.
func (p *Plane) account(ctx context.Context, dir, namespace, name string) error {
	token, err := p.Client.Token(ctx, namespace, name)
	if err != nil {
		return err
	}
	ca, _, err := p.CA()
	if err != nil {
		return err
	}
	return errors.Join(write(filepath.Join(dir, "token"), []byte(token)), write(filepath.Join(dir, "ca.crt"), ca),
		write(filepath.Join(dir, "namespace"), []byte(namespace)),
		write(filepath.Join(dir, accountKubeconfig), []byte(p.accountConfig(token, namespace))))
}

// ServiceAccount writes a kubeconfig that acts as a service account, with a token of the API server.
func (p *Plane) ServiceAccount(ctx context.Context, namespace, name string) (string, error) {
	token, err := p.Client.Token(ctx, namespace, name)
	if err != nil {
		return "", err
	}
	file := p.pki.path(namespace + "-" + name + ".kubeconfig")
	return file, os.WriteFile(file, []byte(p.accountConfig(token, namespace)), 0o600)
}

func (p *Plane) accountConfig(token, namespace string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: opc, cluster: {server: "https://127.0.0.1:%d", certificate-authority: %q}}]
users: [{name: account, user: {token: %q}}]
contexts: [{name: opc, context: {cluster: opc, user: account, namespace: %s}}]
current-context: opc
`, p.Port, p.pki.path("ca.crt"), token, namespace)
}

func write(file string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}
