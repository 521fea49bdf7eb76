package plane

import (
	"os/exec"
	"syscall"
)

// bind has the kernel end a program when this one ends, however that is. A terminal's interrupt is for this program, which
// stops the rest.
func bind(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	cmd.SysProcAttr.Setpgid = true
}
