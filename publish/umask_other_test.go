//go:build !unix

package publish

// umask does nothing where there is none.
func umask(int) int { return 0 }
