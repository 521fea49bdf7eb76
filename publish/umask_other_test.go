//go:build !unix

package publish

import "syscall"

// umask does nothing where there is none.
func umask(int) int { return 0 }

// as changes nothing where users have no numbers.
func as(uint32) *syscall.SysProcAttr { return nil }
