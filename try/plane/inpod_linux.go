package plane

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// podFolder, in the environment, tells Enter what a process finds where a pod finds its service account.
const podFolder = "OPC_POD"

// inPod is a command that finds the files of dir where a pod finds its service account. For that this program is started
// again in a mount namespace, which Enter fills before it becomes the other program.
func inPod(dir, path string, args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, append([]string{path}, args...)...)
	cmd.Env = []string{podFolder + "=" + dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 { // who is not root may mount in a user namespace
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return cmd, nil
}

// Enter becomes the program that SpawnInPod asked for. In a process that it did not start, it does nothing. A program that
// uses SpawnInPod calls it first.
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
	for _, name := range accountFiles {
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
