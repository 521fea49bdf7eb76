//go:build !linux && !darwin

package sink

import "io/fs"

// canSwap says whether the system can let two folders change places at once.
const canSwap = false

func ownFolder(fs.FileInfo) bool { return false }

func exchange(string, string) error { return errNoSwap }
