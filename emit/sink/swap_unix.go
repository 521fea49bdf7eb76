//go:build linux || darwin

package sink

import (
	"io/fs"
	"os"
	"syscall"
)

// canSwap says whether the system can let two folders change places at once.
const canSwap = true

// ownFolder reports whether a folder belongs to the user who runs: a new folder in its place would change its owner.
func ownFolder(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid() && info.Mode()&0o200 != 0
}
