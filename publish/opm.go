package publish

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/operator-framework/operator-registry/pkg/cache"

	"github.com/opc-project/opc/schema/diag"
)

// Where an image of opm has the catalog and its cache, as catalog.Dockerfile says, too.
const (
	configsDir = "configs"
	cacheDir   = "tmp/cache"
)

// catalogOnBase writes the image of a catalog on a base that has opm, with the cache that this opm would make first: it
// starts at once, and on a file system that can't be written.
func (b *builder) catalogOnBase(ctx context.Context, base *base, configs []entry, labels map[string]string) (v1.Descriptor, diag.List, error) {
	at := b.op.Catalog.From.Child("base")
	layers, err := catalogLayers(ctx, configs)
	if err != nil {
		return v1.Descriptor{}, nil, err
	}
	annotations := base.labels()
	maps.Copy(annotations, labels)
	annotations = b.annotated(annotations)
	one := func(p platform) (v1.Descriptor, diag.List, error) {
		from, err := base.forPlatform(p)
		img := &image{}
		if err == nil {
			err = b.copyBase(img, from)
		}
		if err != nil {
			return v1.Descriptor{}, diag.List{diag.Errorf(diag.BaseMissing, at, "the base can't be used for %s: %v", p, err)}, nil
		}
		for _, l := range layers {
			if err := b.layer(img, l.comment, l.files); err != nil {
				return v1.Descriptor{}, nil, err
			}
		}
		img.config.Created, img.config.Author = v1.Time{Time: b.created}, ""
		img.config.Config.Entrypoint, img.config.Config.Cmd = []string{"/bin/opm"}, []string{"serve", "/" + configsDir, "--cache-dir=/" + cacheDir}
		img.config.Config.Labels = labels
		d, err := b.manifest(img, annotations)
		d.Platform = &v1.Platform{OS: p.os, Architecture: p.arch, Variant: p.variant}
		return d, nil, err
	}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Annotations: annotations, Manifests: []v1.Descriptor{}}
	for _, name := range b.op.Image.Platforms {
		d, found, err := one(parsePlatform(name))
		if err != nil || found.HasErrors() {
			return v1.Descriptor{}, found, err
		}
		index.Manifests = append(index.Manifests, d)
	}
	if len(index.Manifests) == 1 {
		return index.Manifests[0], nil, nil
	}
	d, err := b.store.json(types.OCIImageIndex, index)
	return d, nil, err
}

// commentedLayer is a layer with what the image's history says of it.
type commentedLayer struct {
	comment string
	files   []entry
}

// catalogLayers are the catalog and its cache. The cache holds a digest over names, modes and contents of both, which
// opm compares when it starts: so they are written to disk as they will stand in the image.
func catalogLayers(ctx context.Context, configs []entry) ([]commentedLayer, error) {
	dir, err := os.MkdirTemp("", "opc-catalog-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	for _, e := range withParents(configs) {
		name := filepath.Join(dir, filepath.FromSlash(e.name))
		if e.name[len(e.name)-1] == '/' {
			err = os.MkdirAll(name, 0o755)
		} else if err = os.MkdirAll(filepath.Dir(name), 0o755); err == nil {
			err = os.WriteFile(name, e.data, 0o644)
		}
		if err == nil {
			err = os.Chmod(name, fs.FileMode(e.mode)) // whatever the umask is
		}
		if err != nil {
			return nil, err
		}
	}
	made := filepath.Join(dir, "cache")
	// Every opm reads this format. The newer one of opm's own choice has other bytes after each build.
	c, err := cache.New(made, cache.WithFormat(cache.FormatJSON))
	if err == nil {
		err = c.Build(ctx, os.DirFS(filepath.Join(dir, configsDir)))
	}
	if err == nil {
		err = c.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("the catalog's cache: %w", err)
	}
	cached, err := readTree(os.DirFS(made), cacheDir)
	if err != nil {
		return nil, err
	}
	cached = append(cached, entry{name: "tmp/", mode: 0o1777}) // as in every base
	return []commentedLayer{{"catalog", configs}, {"catalog's cache", cached}}, nil
}

// readTree returns the files and folders of a tree, with the modes that they have.
func readTree(files fs.FS, to string) ([]entry, error) {
	var out []entry
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		e := entry{name: path.Join(to, name), mode: int64(info.Mode().Perm())}
		if d.IsDir() {
			e.name += "/"
		} else if e.data, err = fs.ReadFile(files, name); err != nil {
			return err
		}
		out = append(out, e)
		return nil
	})
	return out, err
}
