package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"testing/fstest"
)

// unpackedMost bounds what a packaged chart may hold, in bytes: far above every real one.
const unpackedMost = 64 << 20

func isPackage(name string) bool {
	return strings.HasSuffix(name, ".tgz") || strings.HasSuffix(name, ".tar.gz")
}

// unpack shows a packaged chart as a tree. Names that lead out of it, and all but plain files, are left out.
func unpack(data []byte) (fs.FS, error) {
	plain, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out := fstest.MapFS{}
	for left, r := int64(unpackedMost), tar.NewReader(plain); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		name := path.Clean(h.Name)
		if h.Typeflag != tar.TypeReg || !fs.ValidPath(name) {
			continue
		}
		if left -= h.Size; left < 0 {
			return nil, fmt.Errorf("it holds more than %d MiB", unpackedMost>>20)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		out[name] = &fstest.MapFile{Data: text, Mode: 0o644}
	}
}
