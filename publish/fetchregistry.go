package publish

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// fetchRegistry reads from a registry.
func fetchRegistry(ctx context.Context, ref string, via http.RoundTripper) (*Fetched, error) {
	at, err := name.ParseReference(ref)
	if err != nil {
		return nil, fmt.Errorf("it is no reference of an image: %w", err)
	}
	c := newClient(ctx, via, firstWait, nil)
	r, digest, err := c.get(at)
	if err != nil {
		return nil, unreached(err)
	}
	from := repository{c: c, repo: at.Context(), top: r, digest: digest}
	f, err := look(ctx, from, v1.Descriptor{MediaType: r.mediaType, Digest: digest}, 0)
	if err != nil {
		return nil, unreached(err)
	}
	out, err := f.fetched(ctx, at.Context().Digest(digest.String()).String())
	return out, unreached(err)
}

// unreached says in plain words why a registry gave nothing.
func unreached(err error) error {
	switch {
	case err == nil:
		return nil
	case status(err) == http.StatusNotFound:
		return fmt.Errorf("there is no such image: %w", err)
	case refused(err):
		return fmt.Errorf("the registry refuses, log in with docker login: %w", err)
	}
	return err
}

// repository reads the parts of an image from a registry.
type repository struct {
	c      *client
	repo   name.Repository
	top    raw // the manifest that was asked for
	digest v1.Hash
}

// manifest implements blobs.
func (r repository) manifest(_ context.Context, d v1.Descriptor) ([]byte, error) {
	if d.Digest == r.digest {
		return r.top.bytes, nil
	}
	m, _, err := r.c.get(r.repo.Digest(d.Digest.String()))
	return m.bytes, err
}

// open implements blobs.
func (r repository) open(ctx context.Context, d v1.Descriptor) (out io.ReadCloser, err error) {
	err = r.c.do(r.repo.RegistryStr(), func(_ *remote.Pusher, pull *remote.Puller) error {
		l, err := pull.Layer(ctx, r.repo.Digest(d.Digest.String()))
		if err != nil {
			return err
		}
		out, err = l.Compressed()
		return err
	})
	return out, err
}
