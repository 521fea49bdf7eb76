package publish

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// client speaks to registries. Attempts are made here and not in the library, whose own cover some requests only.
type client struct {
	ctx  context.Context
	wait time.Duration // before the second attempt
	opts []remote.Option

	mu     sync.Mutex
	pusher *remote.Pusher
	puller *remote.Puller
}

func newClient(ctx context.Context, t http.RoundTripper, wait time.Duration) *client {
	if t == nil {
		t = remote.DefaultTransport
	}
	once := remote.Backoff{Duration: time.Millisecond, Factor: 1, Steps: 1}
	return &client{ctx: ctx, wait: wait, opts: []remote.Option{
		remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithTransport(t),
		remote.WithRetryBackoff(once), remote.WithUserAgent("opc"),
	}}
}

// ends returns the library's two ends. They remember a failed greeting, so a failed attempt throws them away.
func (c *client) ends() (*remote.Pusher, *remote.Puller, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var err error
	if c.pusher == nil {
		if c.pusher, err = remote.NewPusher(c.opts...); err == nil {
			c.puller, err = remote.NewPuller(c.opts...)
		}
	}
	return c.pusher, c.puller, err
}

func (c *client) do(f func(*remote.Pusher, *remote.Puller) error) error {
	return again(c.ctx, c.wait, func() error {
		push, pull, err := c.ends()
		if err != nil {
			return err
		}
		if err = f(push, pull); err != nil {
			c.mu.Lock()
			if c.pusher == push {
				c.pusher, c.puller = nil, nil
			}
			c.mu.Unlock()
		}
		return err
	})
}

func (c *client) upload(repo name.Repository, b v1.Layer) error {
	return c.do(func(push *remote.Pusher, _ *remote.Puller) error { return push.Upload(c.ctx, repo, b) })
}

func (c *client) put(ref name.Reference, r raw) error {
	return c.do(func(push *remote.Pusher, _ *remote.Puller) error { return push.Put(c.ctx, ref, r) })
}

// digest returns what a tag stands at; ok is false when there is no such tag.
func (c *client) digest(ref name.Reference) (digest v1.Hash, ok bool, err error) {
	err = c.do(func(_ *remote.Pusher, pull *remote.Puller) error {
		d, err := pull.Head(c.ctx, ref)
		if status(err) == http.StatusNotFound {
			digest, ok = v1.Hash{}, false
			return nil
		}
		if err == nil {
			digest, ok = d.Digest, true
		}
		return err
	})
	return digest, ok, err
}

// get returns the manifest behind a reference.
func (c *client) get(ref name.Reference) (r raw, digest v1.Hash, err error) {
	err = c.do(func(_ *remote.Pusher, pull *remote.Puller) error {
		d, err := pull.Get(c.ctx, ref)
		if err == nil {
			r, digest = raw{d.Manifest, d.MediaType}, d.Digest
		}
		return err
	})
	return r, digest, err
}

// tags lists a repository; one that does not exist has none.
func (c *client) tags(repo name.Repository) (tags []string, err error) {
	err = c.do(func(_ *remote.Pusher, pull *remote.Puller) error {
		list, err := pull.List(c.ctx, repo)
		if status(err) == http.StatusNotFound {
			list, err = nil, nil
		}
		tags = list
		return err
	})
	return tags, err
}

// refused reports whether the registry does not want this: waiting does not help, credentials may.
func refused(err error) bool {
	s := status(err)
	return s == http.StatusUnauthorized || s == http.StatusForbidden || s == http.StatusMethodNotAllowed
}
