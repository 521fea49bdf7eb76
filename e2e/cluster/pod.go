package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// podFolder, in the environment, tells Enter what a process finds where a pod finds its service account.
const podFolder = "OPC_E2E_POD"

// accountFolder is where a program in a pod finds its token. The path is fixed.
const accountFolder = "secrets/kubernetes.io/serviceaccount"

// SpawnInPod starts a program that believes it runs in a pod with a service account: it finds the account's token and
// the API server's address where a pod finds them. For that the test's own program is started again in a mount
// namespace, which Enter fills before it becomes the other program. TestMain must call Enter first.
func (c *Cluster) SpawnInPod(ctx context.Context, namespace, account string, env []string, path string, args ...string) error {
	name := filepath.Base(path)
	dir := filepath.Join(c.Dir, "pods", name)
	if err := c.account(ctx, dir, namespace, account); err != nil {
		return err
	}
	cmd, err := inPod(dir, path, args...)
	if err != nil {
		return err
	}
	cmd.Env = append(cmd.Env, "KUBERNETES_SERVICE_HOST=127.0.0.1", fmt.Sprintf("KUBERNETES_SERVICE_PORT=%d", c.Port))
	cmd.Env = append(cmd.Env, env...)
	return c.run(name, cmd)
}

// inPod is a command that finds the files of dir where a pod finds its service account.
func inPod(dir, path string, args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, append([]string{path}, args...)...)
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "KUBECONFIG=") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, podFolder+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 { // who is not root may mount in a user namespace
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return cmd, nil
}

// account writes the files of a service account.
func (c *Cluster) account(ctx context.Context, dir, namespace, name string) error {
	token, err := c.token(ctx, namespace, name)
	if err != nil {
		return err
	}
	ca, _, err := c.CA()
	if err != nil {
		return err
	}
	return errors.Join(write(filepath.Join(dir, "token"), []byte(token)), write(filepath.Join(dir, "ca.crt"), ca),
		write(filepath.Join(dir, "namespace"), []byte(namespace)))
}

// Enter becomes the program that SpawnInPod asked for. In a process that it did not start, it does nothing.
func Enter() error {
	dir := os.Getenv(podFolder)
	if dir == "" {
		return nil
	}
	run, err := filepath.EvalSymlinks("/var/run")
	if err != nil {
		return err
	}
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keeping mounts to this process: %w", err)
	}
	files := map[string][]byte{}
	for _, name := range []string{"token", "ca.crt", "namespace"} {
		if files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	if err := syscall.Mount("tmpfs", run, "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("mounting %s for this process: %w", run, err)
	}
	for name, data := range files {
		if err := write(filepath.Join(run, accountFolder, name), data); err != nil {
			return err
		}
	}
	if err := os.Unsetenv(podFolder); err != nil {
		return err
	}
	return syscall.Exec(os.Args[1], os.Args[1:], os.Environ())
}
