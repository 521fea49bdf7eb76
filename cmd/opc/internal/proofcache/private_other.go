//go:build !unix

package proofcache

import "os"

// private reports whether a folder is the user's own: below the user's profile it is.
func private(dir string) bool {
	info, err := os.Lstat(dir)
	return err == nil && info.IsDir()
}
