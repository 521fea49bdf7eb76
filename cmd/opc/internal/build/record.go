package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/schema"
)

// recorder remembers what was read, for the digest of the input, and so that the output never overwrites an input.
type recorder struct {
	fs.FS
	mu      sync.Mutex
	digests map[string]string
}

// ReadFile implements fs.ReadFileFS.
func (r *recorder) ReadFile(name string) ([]byte, error) {
	data, err := fs.ReadFile(r.FS, name)
	if err == nil {
		r.record(name, data)
	}
	return data, err
}

// Open implements fs.FS.
func (r *recorder) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		_, _ = r.ReadFile(name)
	}
	return f, nil
}

// ReadDir implements fs.ReadDirFS.
func (r *recorder) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(r.FS, name) }

// Stat implements fs.StatFS.
func (r *recorder) Stat(name string) (fs.FileInfo, error) { return fs.Stat(r.FS, name) }

func (r *recorder) record(name string, data []byte) {
	sum := sha256.Sum256(data)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.digests[name] = hex.EncodeToString(sum[:])
}

// digest is the identity of all that the output was made from: what the description says, however it is written, and
// the bytes of what it names.
func (r *recorder) digest(tree map[string]any) string {
	h := sha256.New()
	description, err := json.Marshal(tree)
	if err != nil {
		panic(fmt.Sprintf("build: a description that is not JSON: %v", err)) // it was made from JSON
	}
	h.Write(description)
	for _, name := range slices.Sorted(maps.Keys(r.digests)) {
		fmt.Fprintf(h, "\n%s %s", r.digests[name], name)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// paths lists the files that were read, by their absolute paths.
func (r *recorder) paths(dir string, sources map[string][]byte) []string {
	var out []string
	for _, name := range slices.Concat(slices.Collect(maps.Keys(r.digests)), slices.Collect(maps.Keys(sources))) {
		if fs.ValidPath(name) {
			out = append(out, filepath.Join(dir, filepath.FromSlash(name)))
		}
	}
	slices.Sort(out)
	return out
}

// recordedGenerator counts what is made from Go packages as input: the packages themselves are not read through the
// file system of the description.
type recordedGenerator struct {
	compiler.Generator
	reads *recorder
}

// generatedPrefix makes a name that no file has.
const generatedPrefix = "generated:/"

// generated reports whether something was made from Go packages.
func (r *recorder) generated() bool {
	for name := range r.digests {
		if strings.HasPrefix(name, generatedPrefix) {
			return true
		}
	}
	return false
}

func (g *recordedGenerator) CRDs(ctx context.Context, from *schema.FromGo) ([]byte, error) {
	data, err := g.Generator.CRDs(ctx, from)
	g.reads.record(generatedPrefix+"/crds", data)
	return data, err
}

func (g *recordedGenerator) Roles(ctx context.Context, from *schema.FromGo) ([]byte, error) {
	data, err := g.Generator.Roles(ctx, from)
	g.reads.record(generatedPrefix+"/roles", data)
	return data, err
}
