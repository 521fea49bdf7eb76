package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// fetchLayout reads from a layout that anybody wrote.
func fetchLayout(ctx context.Context, at string) (*Fetched, error) {
	root, wanted, err := openFolder(at)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	from := folder{root}
	data, err := from.file("index.json", maxManifest)
	if err != nil {
		return nil, err
	}
	index, err := v1.ParseIndexManifest(strings.NewReader(string(data)))
	if err != nil {
		return nil, fmt.Errorf("index.json is not readable: %w", err)
	}
	if len(index.Manifests) > maxTops {
		return nil, fmt.Errorf("index.json lists %d manifests", len(index.Manifests))
	}
	var all []string
	var best *found
	var chosen v1.Descriptor
	for _, d := range index.Manifests {
		if name := nameOf(d); name != "" {
			all = append(all, name)
		}
		if !called(d, wanted) {
			continue
		}
		f, err := look(ctx, from, d, 0)
		if err != nil {
			return nil, err
		}
		switch {
		case f == nil || best != nil && fetchRank(f.kind) > fetchRank(best.kind):
		case best != nil && f.kind == best.kind && f.kind != "" && d.Digest != chosen.Digest:
			return nil, fmt.Errorf("it holds more than one %s: %s and %s; name one, as in oci:FOLDER:TAG", f.kind,
				cmp.Or(nameOf(chosen), chosen.Digest.String()), cmp.Or(nameOf(d), d.Digest.String()))
		default:
			best, chosen = f, d
		}
	}
	if wanted != "" && best == nil {
		slices.Sort(all)
		if len(all) == 0 {
			return nil, fmt.Errorf("it has nothing called %s, and no names", wanted)
		}
		return nil, fmt.Errorf("it has nothing called %s; it lists %s", wanted, strings.Join(all[:min(len(all), 20)], ", "))
	}
	out, err := best.fetched(ctx, cmp.Or(nameOf(chosen), at)+"@"+chosen.Digest.String())
	if err == nil {
		out.layout = root.Name()
	}
	return out, err
}

// fetchRank orders kinds by how much they say of an operator.
func fetchRank(kind string) int {
	i := slices.Index([]string{KindBundle, KindChart, KindCatalog}, kind)
	if i < 0 {
		return 3
	}
	return i
}

// nameOf is what a layout calls a manifest.
func nameOf(d v1.Descriptor) string {
	return cmp.Or(d.Annotations["io.containerd.image.name"], d.Annotations[refName])
}

// called reports whether a manifest of a layout goes by a name: a tag, a repository or its last part, both, or a digest.
func called(d v1.Descriptor, name string) bool {
	names := append(list(d.Annotations[tagsKey]), list(d.Annotations[movingKey])...)
	for _, full := range []string{d.Annotations["io.containerd.image.name"], d.Annotations[refName], d.Annotations[repositoryKey]} {
		repository, tag := splitTag(full)
		names = append(names, full, repository, tag, full[strings.LastIndexByte(full, '/')+1:], repository[strings.LastIndexByte(repository, '/')+1:])
	}
	return name == "" || name == d.Digest.String() || slices.Contains(names, name)
}

// openFolder opens the folder of a layout, or the output folder that holds it, and says which name is wanted of it: what
// stands behind the folder's own.
func openFolder(at string) (root *os.Root, wanted string, err error) {
	for end := len(at); end > 0; end = strings.LastIndexByte(at[:end], ':') {
		dir := at[:end]
		for _, dir := range []string{dir, filepath.Join(dir, "oci")} {
			if info, err := os.Lstat(filepath.Join(dir, "index.json")); err == nil && info.Mode().IsRegular() {
				root, err := os.OpenRoot(dir)
				return root, strings.TrimPrefix(at[end:], ":"), err
			}
		}
	}
	return nil, "", errors.New("it is not an OCI layout: there is no index.json")
}

// folder reads the parts of an image from a layout. No link leads out of it.
type folder struct{ root *os.Root }

// manifest implements blobs.
func (f folder) manifest(ctx context.Context, d v1.Descriptor) ([]byte, error) {
	return readBlob(ctx, f, d, maxManifest)
}

// open implements blobs.
func (f folder) open(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	name := "blobs/" + d.Digest.Algorithm + "/" + d.Digest.Hex
	if _, err := f.regular(name); err != nil {
		return nil, err
	}
	file, err := f.root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s is missing", d.Digest)
	}
	h, err := v1.Hasher(d.Digest.Algorithm)
	if err != nil {
		file.Close()
		return nil, err
	}
	return &checked{Reader: io.TeeReader(file, h), file: file, sum: func() string { return fmt.Sprintf("%x", h.Sum(nil)) }, want: d.Digest}, nil
}

func (f folder) regular(name string) (fs.FileInfo, error) {
	info, err := f.root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s is missing", name)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	return info, nil
}

func (f folder) file(name string, limit int64) ([]byte, error) {
	info, err := f.regular(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s is larger than %d MiB", name, limit>>20)
	}
	return f.root.ReadFile(name)
}

// checked compares what was read with its digest, at the end.
type checked struct {
	io.Reader
	file *os.File
	sum  func() string
	want v1.Hash
}

// Read implements io.Reader.
func (c *checked) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err == io.EOF && c.sum() != c.want.Hex {
		return n, fmt.Errorf("%s is damaged", c.want)
	}
	return n, err
}

// Close implements io.Closer.
func (c *checked) Close() error { return c.file.Close() }
