package publish

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lock keeps other runs on this machine from changing a folder's index at the same time. The lock's file stands in the
// folder for temporary files: what is carried or served elsewhere holds nothing of it.
func lock(ctx context.Context, dir string) (unlock func(), err error) {
	l := flock.New(filepath.Join(os.TempDir(), fmt.Sprintf("opc-%x.lock", sha256.Sum256([]byte(filepath.Clean(dir))))))
	if _, err := l.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		return nil, fmt.Errorf("wait for another run that writes to %s: %w", filepath.ToSlash(dir), err)
	}
	return func() { _ = l.Close() }, nil
}
