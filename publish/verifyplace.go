package publish

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/opc-project/opc/publish/sign"
	"github.com/opc-project/opc/schema/diag"
)

// place is where a release stands: a registry, or a layout.
type place interface {
	// blobs is where the parts of a repository are read from.
	blobs(repository string) (blobs, error)
	// tag returns what a tag stands at; ok is false where there is none.
	tag(repository, tag string) (h v1.Hash, ok bool, err error)
	// manifest finds a manifest; ok is false where there is none.
	manifest(repository string, h v1.Hash) (d v1.Descriptor, ok bool, err error)
	referrers(repository string, subject v1.Hash) ([]v1.Descriptor, error)
	signatures(repository string, subject v1.Hash) ([]sign.Signature, error)
}

// inRegistry is a place in a registry.
type inRegistry struct{ c *client }

func (p inRegistry) blobs(repo string) (blobs, error) {
	r, err := name.NewRepository(repo)
	return repository{c: p.c, repo: r}, err
}

func (p inRegistry) tag(repo, tag string) (v1.Hash, bool, error) {
	ref, err := name.NewTag(repo + ":" + tag)
	if err != nil {
		return v1.Hash{}, false, err
	}
	return p.c.digest(ref)
}

func (p inRegistry) manifest(repo string, h v1.Hash) (v1.Descriptor, bool, error) {
	ref, err := name.NewDigest(repo + "@" + h.String())
	if err != nil {
		return v1.Descriptor{}, false, err
	}
	r, digest, err := p.c.get(ref)
	if status(err) == http.StatusNotFound {
		return v1.Descriptor{}, false, nil
	}
	return v1.Descriptor{MediaType: r.mediaType, Digest: digest, Size: int64(len(r.bytes))}, err == nil, err
}

func (p inRegistry) referrers(repo string, subject v1.Hash) ([]v1.Descriptor, error) {
	r, err := name.NewRepository(repo)
	if err != nil {
		return nil, err
	}
	return p.c.referrers(r, subject)
}

func (p inRegistry) signatures(repo string, subject v1.Hash) ([]sign.Signature, error) {
	r, err := name.NewRepository(repo)
	if err != nil {
		return nil, err
	}
	return p.c.signatures(r, subject)
}

// inLayout is a place on disk. Its repositories are those that the artifacts name.
type inLayout struct{ s *shipment }

func (p inLayout) blobs(string) (blobs, error) { return onDisk(p), nil }

// onDisk reads the parts of an image from the layout.
type onDisk struct{ s *shipment }

func (d onDisk) manifest(_ context.Context, at v1.Descriptor) ([]byte, error) {
	r, err := d.s.read(at)
	return r.bytes, err
}

func (d onDisk) open(_ context.Context, at v1.Descriptor) (io.ReadCloser, error) {
	return d.s.path.Blob(at.Digest)
}

func (p inLayout) tag(repo, tag string) (v1.Hash, bool, error) {
	for _, it := range p.s.items {
		if it.origin == repo && slices.Contains(it.tags, tag) {
			return it.Digest, true, nil
		}
	}
	return v1.Hash{}, false, nil
}

func (p inLayout) manifest(repo string, h v1.Hash) (v1.Descriptor, bool, error) {
	for _, it := range p.s.items {
		if it.origin == repo && it.Digest == h {
			return it.Descriptor, true, nil
		}
	}
	return v1.Descriptor{}, false, nil
}

func (p inLayout) referrers(repo string, subject v1.Hash) ([]v1.Descriptor, error) {
	var out []v1.Descriptor
	for _, it := range p.s.items {
		if it.origin != repo || !it.MediaType.IsImage() {
			continue
		}
		r, err := p.s.read(it.Descriptor)
		if err != nil {
			return nil, err
		}
		m, err := readManifest(r)
		if err != nil || m.Subject == nil || m.Subject.Digest != subject {
			continue
		}
		d := it.Descriptor
		d.ArtifactType = m.ArtifactType
		out = append(out, d)
	}
	return out, nil
}

func (p inLayout) signatures(repo string, subject v1.Hash) ([]sign.Signature, error) {
	return p.s.carried(repo, subject)
}

// start opens the place that a reference leads to, and finds there what it names: one artifact in a registry, and in a
// layout all that it names, or all there are.
func (v *verifier) start(ref string) ([]*piece, error) {
	dir, onDisk := strings.CutPrefix(ref, "oci:")
	if !onDisk {
		return v.startRegistry(ref)
	}
	root, wanted, err := openFolder(dir)
	if err != nil {
		v.diags = append(v.diags, diag.Errorf(diag.LayoutUnusable, "", "%s: %v", filepath.ToSlash(dir), err))
		return nil, nil
	}
	defer root.Close()
	s, diags := open(root.Name())
	if diags.HasErrors() {
		v.diags = append(v.diags, diags...)
		return nil, nil
	}
	v.place = inLayout{s}
	var out []*piece
	for _, it := range s.items {
		if len(it.tags) > 0 && called(it.Descriptor, wanted) {
			out = append(out, &piece{repository: it.origin, desc: it.Descriptor})
		}
	}
	if len(out) == 0 {
		v.diags = append(v.diags, diag.Errorf(diag.LayoutUnusable, "", "%s has nothing called %s", filepath.ToSlash(root.Name()), wanted))
	}
	return out, nil
}

func (v *verifier) startRegistry(ref string) ([]*piece, error) {
	at, err := name.ParseReference(ref)
	if err != nil {
		v.diags = append(v.diags, diag.Errorf(diag.BadImage, "", "%q is no reference of an image: %v", ref, err))
		return nil, nil
	}
	c := newClient(v.ctx, v.via, v.wait, nil)
	v.place = inRegistry{c}
	r, digest, err := c.get(at)
	if err != nil {
		return nil, err
	}
	if tag, ok := at.(name.Tag); ok {
		v.asked = tag.TagStr()
	}
	return []*piece{{repository: at.Context().Name(), desc: v1.Descriptor{MediaType: r.mediaType, Digest: digest, Size: int64(len(r.bytes))}}}, nil
}
