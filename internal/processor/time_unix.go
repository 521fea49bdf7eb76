//go:build unix

// Package processor tells the processor time of this process. It bounds work equally on an idle and on a loaded machine.
package processor

import (
	"syscall"
	"time"
)

// Time returns the processor time that this process took, or how long it runs where the system does not tell.
func Time() time.Duration {
	var use syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &use) != nil {
		return time.Since(started)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

var started = time.Now()
