//go:build !linux

package render

// limitMemory has nothing to call here: the watch ends the process.
func limitMemory(int64) {}
