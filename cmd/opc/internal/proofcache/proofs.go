// Package proofcache keeps what verification found in the user's cache folder, so that what did not change is not verified
// again. An entry is found by the digest of all that went into it, and only by the build of opc that wrote it. Nothing
// depends on an entry: one that is missing, damaged or can't be written costs a verification.
package proofcache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The limits of the cache. What was not used for longest goes first.
const (
	most     = 32 << 20 // bytes of one build's entries
	unused   = 30 * 24 * time.Hour
	oneIn    = 64 // writes to one that looks whether there is too much
	freshFor = time.Hour
)

// Store is the cache of one build of opc. The zero value keeps nothing.
type Store struct {
	dir string // of this build; "" keeps nothing
	now func() time.Time
}

// Open finds the cache below a folder, for the build that a text identifies. There is none where either is unknown, and
// where others may write to the folder: what they put there would count as verified.
func Open(dir, build string, now func() time.Time) *Store {
	if dir == "" || build == "" {
		return &Store{}
	}
	sum := sha256.Sum256([]byte(build))
	own := filepath.Join(dir, hex.EncodeToString(sum[:8]))
	if os.MkdirAll(own, 0o700) != nil || !private(dir) || !private(own) {
		return &Store{}
	}
	return &Store{dir: own, now: now}
}

// Get implements opc.Proofs.
func (s *Store) Get(key string) ([]byte, bool) {
	if s.dir == "" {
		return nil, false
	}
	name := filepath.Join(s.dir, key)
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > most {
		return nil, false
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, false
	}
	sum, found, _ := bytes.Cut(data, []byte("\n"))
	if string(sum) != checksum(key, found) {
		_ = os.Remove(name)
		return nil, false
	}
	if now := s.now(); now.Sub(info.ModTime()) > freshFor {
		_ = os.Chtimes(name, now, now) // it is in use
	}
	return found, true
}

// Put implements opc.Proofs.
func (s *Store) Put(key string, found []byte) {
	if s.dir == "" || len(found) > most/4 {
		return
	}
	f, err := os.CreateTemp(s.dir, unfinished+"*")
	if err != nil {
		return
	}
	_, err = f.WriteString(checksum(key, found) + "\n" + string(found))
	if err := errors.Join(err, f.Close()); err != nil || os.Rename(f.Name(), filepath.Join(s.dir, key)) != nil {
		_ = os.Remove(f.Name())
		return
	}
	if first, err := hex.DecodeString(key[:2]); err == nil && first[0]%oneIn == 0 {
		s.trim()
	}
}

// unfinished is what the names of files begin with that are being written.
const unfinished = ".new-"

// checksum tells a whole entry from a damaged one, and from another key's.
func checksum(key string, found []byte) string {
	sum := sha256.Sum256(append([]byte(key+"\n"), found...))
	return hex.EncodeToString(sum[:])
}

// trim removes what was not used for longest, and what other builds and runs that were killed have left.
func (s *Store) trim() {
	limit := s.now().Add(-unused)
	total := int64(0)
	for _, e := range entries(s.dir) {
		if total += e.Size(); total > most || e.ModTime().Before(limit) || strings.HasPrefix(e.Name(), unfinished) && e.ModTime().Before(s.now().Add(-freshFor)) {
			_ = os.Remove(filepath.Join(s.dir, e.Name()))
		}
	}
	builds, _ := os.ReadDir(filepath.Dir(s.dir))
	for _, b := range builds {
		dir := filepath.Join(filepath.Dir(s.dir), b.Name())
		if left := entries(dir); dir != s.dir && b.IsDir() && (len(left) == 0 || left[0].ModTime().Before(limit)) {
			_ = os.RemoveAll(dir)
		}
	}
}

// entries are the files of a folder, the last used first.
func entries(dir string) []fs.FileInfo {
	var out []fs.FileInfo
	list, _ := os.ReadDir(dir)
	for _, e := range list {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			out = append(out, info)
		}
	}
	slices.SortFunc(out, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	return out
}

// Size is how many entries a cache folder has, of all builds, and how many bytes they take.
func Size(dir string) (n int, bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil // what can't be read takes no part
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			n, bytes = n+1, bytes+info.Size()
		}
		return nil
	})
	return n, bytes
}
