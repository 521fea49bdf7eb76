package publish

import (
	"archive/tar"
	"bytes"
	"cmp"
	"path"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/gzip"
)

// entry is a file of an archive, or a folder where its name ends with a slash. All are root's.
type entry struct {
	name string // without a leading slash
	mode int64
	data []byte
}

// archive packs entries into a compressed tar whose bytes depend on names, modes and contents alone: entries are
// sorted, and have one owner and one time. With parents, folders that no entry names are added, since some runtimes
// refuse a layer without them. The compressor is a module of a fixed version, so that another release of Go does not
// change the bytes. plain is the digest of the tar before compression.
func archive(entries []entry, parents bool, modified time.Time) (compressed []byte, plain v1.Hash, err error) {
	if parents {
		entries = withParents(entries)
	}
	entries = slices.SortedFunc(slices.Values(entries), func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	var raw bytes.Buffer
	w := tar.NewWriter(&raw)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: e.mode, Size: int64(len(e.data)), ModTime: modified, Typeflag: tar.TypeReg}
		if strings.HasSuffix(e.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, plain, err
		}
		if _, err := w.Write(e.data); err != nil {
			return nil, plain, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, plain, err
	}
	if plain, _, err = v1.SHA256(bytes.NewReader(raw.Bytes())); err != nil {
		return nil, plain, err
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(raw.Bytes()); err != nil {
		return nil, plain, err
	}
	if err := z.Close(); err != nil {
		return nil, plain, err
	}
	return out.Bytes(), plain, nil
}

func withParents(entries []entry) []entry {
	known := map[string]bool{}
	for _, e := range entries {
		known[e.name] = true
	}
	out := slices.Clone(entries)
	for _, e := range entries {
		for dir := path.Dir(strings.TrimSuffix(e.name, "/")); dir != "."; dir = path.Dir(dir) {
			if !known[dir+"/"] {
				known[dir+"/"] = true
				out = append(out, entry{name: dir + "/", mode: 0o755})
			}
		}
	}
	return out
}
