//go:build unix

package sandbox

import (
	"syscall"
	"time"
)

// spent returns the processor time of this process. It bounds a rendering equally on an idle and on a loaded machine.
func spent() time.Duration {
	var use syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &use) != nil {
		return time.Since(started)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
