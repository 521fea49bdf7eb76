//go:build !linux

package plane

import "os/exec"

// bind does nothing: only Linux ends a program together with the one that started it. Stop ends what Launch started.
func bind(*exec.Cmd) {}
