// Package packed unpacks tar archives that nobody vouches for into memory, within bounds: layers of images and packaged
// charts. Nothing of it is ever written to a disk. A name that leaves the archive, a link or a device among the files
// that are kept, and an archive that is larger unpacked than anything real, are errors that name the entry.
package packed

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"testing/fstest"

	"github.com/klauspost/compress/zstd"
)

// Limits bound what is unpacked. What a Reader unpacks counts together.
type Limits struct {
	File    int64 // bytes of one file that is kept
	Kept    int64 // bytes of all files that are kept
	Read    int64 // bytes of the unpacked archives, with what is not kept
	Files   int   // that are kept
	Entries int   // of the archives, with what is not kept
}

// Small are the limits of bundles and charts; the largest real bundle has 6.7 MB.
var Small = Limits{File: 16 << 20, Kept: 64 << 20, Read: 1 << 30, Files: 10_000, Entries: 200_000}

// longestName is what Linux takes for a path. A file that is kept has a name that can be written below any folder.
const (
	longestName     = 4096
	longestKept     = 1024
	deepest         = 100 // folders of a file that is kept
	longestElements = 255
)

// Reader unpacks archives, one over the other as the layers of an image lie.
type Reader struct {
	Limits
	// Keep gives the name under which a file is kept; false leaves it out. Nil keeps all under their own names.
	Keep func(name string) (as string, ok bool)

	files   map[string][]byte
	read    int64
	kept    int64
	entries int
	gone    int // entries that take something away
}

// Add unpacks an archive, compressed or not. In a layer, an entry .wh.NAME takes NAME away, and .wh..wh..opq all that
// lower layers put into its folder (https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts).
func (r *Reader) Add(src io.Reader) error {
	if r.files == nil {
		r.files = map[string][]byte{}
	}
	plain, err := decompressed(src)
	if err != nil {
		return err
	}
	defer plain.Close()
	counted := &counter{r: plain, left: r.Read - r.read}
	archive := tar.NewReader(counted)
	added := map[string]bool{}
	for {
		h, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = r.entry(h, archive, added)
		}
		if err != nil {
			return counted.why(err, r.Read)
		}
	}
	_, err = io.Copy(io.Discard, counted) // a digest is checked at the end
	r.read = r.Read - counted.left
	return counted.why(err, r.Read)
}

// FS returns the files that were kept.
func (r *Reader) FS() fs.FS {
	out := fstest.MapFS{}
	for name, data := range r.files {
		out[name] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	return out
}

// Len is the number of files that were kept.
func (r *Reader) Len() int { return len(r.files) }

// entry takes one entry of an archive.
func (r *Reader) entry(h *tar.Header, content io.Reader, added map[string]bool) error {
	if r.entries++; r.entries > r.Entries {
		return fmt.Errorf("it has more than %d entries", r.Entries)
	}
	name, err := clean(h.Name)
	if err != nil || name == "." {
		return err
	}
	dir, base := path.Split(name)
	if hidden, ok := strings.CutPrefix(base, ".wh."); ok {
		if r.gone++; r.gone > r.Files {
			return fmt.Errorf("it takes more than %d files away", r.Files)
		}
		r.takeAway(dir, hidden, added)
		return nil
	}
	as, ok := name, true
	if r.Keep != nil {
		as, ok = r.Keep(name)
	}
	if !ok || h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	if err := writable(as); err != nil {
		return err
	}
	if what := special[h.Typeflag]; what != "" {
		return fmt.Errorf("%s is %s: only regular files are read", name, what)
	}
	if h.Typeflag != tar.TypeReg {
		return fmt.Errorf("%s is no regular file", name)
	}
	if err := claim(as, added); err != nil {
		return err
	}
	return r.keep(as, content)
}

// claim notes that an archive has a file, and the folders that it is in, by their names with a slash behind.
func claim(name string, added map[string]bool) error {
	if added[name+"/"] {
		return fmt.Errorf("%s is a folder and a file", name)
	}
	added[name] = true
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if added[dir] {
			return fmt.Errorf("%s is a folder and a file", dir)
		}
		added[dir+"/"] = true
	}
	return nil
}

// writable returns an error for a name that no file system takes everywhere.
func writable(name string) error {
	if len(name) > longestKept {
		return fmt.Errorf("an entry's name has %d characters", len(name))
	}
	if n := strings.Count(name, "/"); n > deepest {
		return fmt.Errorf("an entry is %d folders deep", n)
	}
	for elem := range strings.SplitSeq(name, "/") {
		if len(elem) > longestElements {
			return fmt.Errorf("an entry's name has a part of %d characters", len(elem))
		}
	}
	return nil
}

var special = map[byte]string{
	tar.TypeSymlink: "a symbolic link", tar.TypeLink: "a hard link", tar.TypeChar: "a device", tar.TypeBlock: "a device", tar.TypeFifo: "a named pipe",
}

// keep reads a file.
func (r *Reader) keep(name string, content io.Reader) error {
	if old, ok := r.files[name]; ok {
		r.kept -= int64(len(old))
	} else if len(r.files) >= r.Files {
		return fmt.Errorf("it has more than %d files", r.Files)
	}
	data, err := io.ReadAll(io.LimitReader(content, min(r.File, r.Kept-r.kept)+1))
	switch size := int64(len(data)); {
	case err != nil:
		return fmt.Errorf("%s: %w", name, err)
	case size > r.File:
		return fmt.Errorf("%s is larger than %d MiB", name, r.File>>20)
	case r.kept+size > r.Kept:
		return fmt.Errorf("its files are larger than %d MiB together", r.Kept>>20)
	default:
		r.kept += size
	}
	r.files[name] = data
	return nil
}

// takeAway removes what a whiteout names, but for what its own layer added.
func (r *Reader) takeAway(dir, hidden string, added map[string]bool) {
	gone := dir + hidden
	if hidden == ".wh..opq" {
		gone = strings.TrimSuffix(dir, "/")
	}
	as, ok := gone, true
	if r.Keep != nil {
		as, ok = r.Keep(gone)
	}
	if !ok {
		return
	}
	for name, data := range r.files {
		if (name == as || strings.HasPrefix(name, as+"/")) && !added[name] {
			r.kept -= int64(len(data))
			delete(r.files, name)
		}
	}
}

// clean is the path of an entry below the archive's root.
func clean(name string) (string, error) {
	if len(name) > longestName {
		return "", fmt.Errorf("an entry's name has %d characters", len(name))
	}
	for elem := range strings.SplitSeq(strings.ReplaceAll(name, `\`, "/"), "/") {
		if elem == ".." {
			return "", fmt.Errorf("the entry %q leads out of the archive", name)
		}
	}
	out := path.Clean(strings.TrimLeft(name, "/"))
	if !fs.ValidPath(out) || strings.ContainsAny(out, "\\\x00") {
		return "", fmt.Errorf("%q is no name of a file", name)
	}
	return out, nil
}

// decompressed finds out how an archive is compressed.
func decompressed(src io.Reader) (io.ReadCloser, error) {
	buffered := bufio.NewReader(src)
	magic, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		return gzip.NewReader(buffered)
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(128<<20), zstd.WithDecoderMaxWindow(64<<20))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return io.NopCloser(buffered), nil
}

// counter ends with an error where an archive is larger than its limit.
type counter struct {
	r    io.Reader
	left int64
	over bool
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	if c.left <= 0 {
		c.over = true
		return 0, errors.New("too large")
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// why is the reason for an error.
func (c *counter) why(err error, limit int64) error {
	switch {
	case c.over:
		return fmt.Errorf("it is larger than %d MiB when unpacked", limit>>20)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, tar.ErrHeader), errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return fmt.Errorf("it is damaged: %w", err)
	}
	return err
}
