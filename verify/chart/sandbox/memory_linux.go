package sandbox

import "syscall"

// limitMemory lets the kernel refuse memory above a limit. What the program has mapped already counts too.
func limitMemory(limit int64) {
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: uint64(limit), Max: uint64(limit)}) // the watch stays
}
