package publish

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/opc-project/opc/schema/diag"
)

// Scratch asks for no base but the files that opc has inside.
const Scratch = "scratch"

// base is what an image is built on; the zero value is the built-in minimum.
type base struct {
	name   string
	digest v1.Hash
	index  v1.ImageIndex // nil for an image of one platform
	image  v1.Image
}

func (b *base) builtIn() bool { return b.index == nil && b.image == nil }

// standIn reports whether the built-in minimum holds what a base does: then a build needs neither network nor digest.
func standIn(ref string) bool {
	return ref == Scratch || !strings.Contains(ref, "@") && strings.HasPrefix(ref, "gcr.io/distroless/static")
}

// findBase reads the base that the description or the command line names. A tag is taken from the command line only:
// in a description it would give another image tomorrow.
func (b *builder) findBase(ctx context.Context) (*base, diag.List) {
	at := b.op.Dockerfile.From.Child("base")
	ref := b.op.Dockerfile.Base
	if b.opts.Base != "" {
		ref = b.opts.Base
	}
	switch {
	case standIn(ref):
		return &base{}, nil
	case b.opts.Base == "" && !strings.Contains(ref, "@sha256:"):
		return nil, diag.List{diag.Errorf(diag.BaseUnpinned, at, "the base %s has no digest", ref).
			WithHint("add @sha256:…, or choose a base with --base")}
	}
	found, err := readBase(ctx, ref)
	if err != nil {
		return nil, diag.List{diag.Errorf(diag.BaseMissing, at, "the base %s can't be read: %v", ref, err).
			WithHint("to build without it, use --base scratch")}
	}
	return found, nil
}

// opmBase reads the base of the catalog's image.
func opmBase(ctx context.Context, ref string, at diag.Path) (*base, diag.List) {
	if !strings.Contains(ref, "@sha256:") {
		return nil, diag.List{diag.Errorf(diag.BaseUnpinned, at, "the base %s has no digest", ref).WithHint("add @sha256:…")}
	}
	found, err := readBase(ctx, ref)
	if err != nil {
		return nil, diag.List{diag.Errorf(diag.BaseMissing, at, "the base %s can't be read: %v", ref, err).
			WithHint("without a base, the catalog is extracted and served by OLM's own opm")}
	}
	return found, nil
}

func readBase(ctx context.Context, ref string) (*base, error) {
	if dir, ok := strings.CutPrefix(ref, "oci:"); ok {
		return layoutBase(dir)
	}
	r, err := name.ParseReference(ref)
	if err != nil {
		return nil, err
	}
	d, err := remote.Get(r, remote.WithContext(ctx), remote.WithAuthFromKeychain(keychain{}), remote.WithTransport(newClient(ctx, nil, 0, nil).transport))
	if err != nil {
		return nil, err
	}
	out := &base{name: r.Context().Name(), digest: d.Digest}
	if tag, ok := r.(name.Tag); ok {
		out.name = tag.Name()
	}
	if d.MediaType.IsIndex() {
		out.index, err = d.ImageIndex()
	} else {
		out.image, err = d.Image()
	}
	return out, err
}

// layoutBase reads a layout that holds one image, or one index.
func layoutBase(dir string) (*base, error) {
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return nil, err
	}
	m, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	if len(m.Manifests) != 1 {
		digest, err := index.Digest()
		return &base{digest: digest, index: index}, err
	}
	top := m.Manifests[0]
	out := &base{digest: top.Digest}
	if top.MediaType.IsIndex() {
		out.index, err = index.ImageIndex(top.Digest)
	} else {
		out.image, err = index.Image(top.Digest)
	}
	return out, err
}

// forPlatform returns the base's image of a platform, or nil for the built-in minimum.
func (b *base) forPlatform(p platform) (v1.Image, error) {
	want := v1.Platform{OS: p.os, Architecture: p.arch, Variant: p.variant}
	if b.index == nil {
		if b.image == nil {
			return nil, nil
		}
		cfg, err := smallConfig(b.image)
		if err == nil && (cfg.OS != p.os || cfg.Architecture != p.arch) {
			err = fmt.Errorf("it is for %s/%s alone", cfg.OS, cfg.Architecture)
		}
		return b.image, err
	}
	m, err := b.index.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, d := range m.Manifests {
		if d.Platform != nil && d.Platform.Satisfies(want) && d.MediaType.IsImage() {
			image, err := b.index.Image(d.Digest)
			if err == nil {
				_, err = smallConfig(image)
			}
			return image, err
		}
	}
	return nil, fmt.Errorf("it has no image for it")
}

// smallConfig reads the configuration of an image, which the library reads whole, whatever size its manifest gives.
func smallConfig(image v1.Image) (*v1.ConfigFile, error) {
	m, err := image.Manifest()
	if err != nil {
		return nil, err
	}
	if m.Config.Size > maxConfig {
		return nil, tooLargeError{"its configuration", maxConfig}
	}
	return image.ConfigFile()
}
