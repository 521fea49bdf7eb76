package publish

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// client speaks to registries. Attempts are made here and not in the library, whose own cover some requests only.
type client struct {
	ctx       context.Context
	wait      time.Duration // before the second attempt
	transport http.RoundTripper
	opts      []remote.Option

	mu       sync.Mutex
	pusher   *remote.Pusher
	puller   *remote.Puller
	sessions map[string]*http.Client // by the scopes that they have
}

// newClient makes a client. Without t, registries are reached the usual way; without tell, nobody is told of pauses.
func newClient(ctx context.Context, t http.RoundTripper, wait time.Duration, tell func(string, ...any)) *client {
	if t == nil {
		t = usualTransport()
	}
	if tell == nil {
		tell = func(string, ...any) {}
	}
	t = newGate(bounded{next: &redirects{next: t, private: map[string]bool{}}, header: headerTimeout, stall: stallTimeout}, tell)
	once := remote.Backoff{Duration: time.Millisecond, Factor: 1, Steps: 1}
	return &client{ctx: ctx, wait: wait, transport: transport.NewUserAgent(t, userAgent), sessions: map[string]*http.Client{}, opts: []remote.Option{
		remote.WithContext(ctx), remote.WithAuthFromKeychain(keychain{}), remote.WithTransport(t),
		remote.WithRetryBackoff(once), remote.WithUserAgent(userAgent),
	}}
}

const userAgent = "opc"

// session is a client that may push to a repository and read another one of the same registry, if that is not nil.
func (c *client) session(repo name.Repository, from *name.Repository) (*http.Client, error) {
	scopes := []string{repo.Scope(transport.PushScope)} // first, since some registries look at one only
	if from != nil {
		scopes = append(scopes, from.Scope(transport.PullScope))
	}
	key := repo.RegistryStr() + " " + strings.Join(scopes, " ")
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.sessions[key]; ok {
		return s, nil
	}
	auth, err := authn.Resolve(c.ctx, keychain{}, repo)
	if err != nil {
		return nil, err
	}
	t, err := transport.NewWithContext(c.ctx, repo.Registry, auth, c.transport, scopes)
	if err != nil {
		return nil, err
	}
	s := &http.Client{Transport: t}
	c.sessions[key] = s
	return s, nil
}

// again runs an operation until it works or there is no hope. Its error is a remoteError, unless the run was stopped.
func (c *client) again(host string, f func() error) error {
	err := again(c.ctx, c.wait, f)
	if err == nil || c.ctx.Err() != nil || errors.As(err, new(*fs.PathError)) {
		return err
	}
	return remoteError{host, err}
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

func (c *client) do(host string, f func(*remote.Pusher, *remote.Puller) error) error {
	return c.again(host, func() error {
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

func (c *client) put(ref name.Reference, r raw) error {
	return c.do(ref.Context().RegistryStr(), func(push *remote.Pusher, _ *remote.Puller) error { return push.Put(c.ctx, ref, r) })
}

// digest returns what a tag stands at; ok is false when there is no such tag.
func (c *client) digest(ref name.Reference) (digest v1.Hash, ok bool, err error) {
	err = c.do(ref.Context().RegistryStr(), func(_ *remote.Pusher, pull *remote.Puller) error {
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
	err = c.do(ref.Context().RegistryStr(), func(_ *remote.Pusher, pull *remote.Puller) error {
		d, err := pull.Get(c.ctx, ref)
		if err == nil {
			r, digest = raw{d.Manifest, d.MediaType}, d.Digest
		}
		return err
	})
	return r, digest, err
}

// maxPages bounds a list of tags, whose pages each name the next; registries put a hundred or more tags on one.
const maxPages = 1000

// tags lists a repository; one that does not exist has none.
func (c *client) tags(repo name.Repository) (tags []string, err error) {
	err = c.do(repo.RegistryStr(), func(_ *remote.Pusher, pull *remote.Puller) error {
		tags = nil
		pages, err := pull.Lister(c.ctx, repo)
		for n := 0; err == nil && pages.HasNext(); n++ {
			var page *remote.Tags
			if n == maxPages {
				return tooManyError{"the list of tags of " + repo.Name(), maxPages}
			}
			if page, err = pages.Next(c.ctx); err == nil {
				tags = append(tags, page.Tags...)
			}
		}
		if status(err) == http.StatusNotFound {
			tags, err = nil, nil
		}
		return err
	})
	return tags, err
}

// refused reports whether the registry does not want this of us.
func refused(err error) bool {
	s := status(err)
	return s == http.StatusUnauthorized || s == http.StatusForbidden
}
