//go:build unix

package publish

import "syscall"

func umask(mask int) int { return syscall.Umask(mask) }

// as lets a program run as another user and group.
func as(id uint32) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: id, Gid: id}}
}
