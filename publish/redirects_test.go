package publish

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// reply is a registry without a network.
type reply func(*http.Request) *http.Response

// RoundTrip implements http.RoundTripper. Nil is no answer.
func (f reply) RoundTrip(r *http.Request) (*http.Response, error) {
	resp := f(r)
	if resp == nil {
		return nil, io.ErrUnexpectedEOF
	}
	resp.Request = r
	if resp.Header == nil {
		resp.Header = http.Header{}
	}
	if resp.Body == nil {
		resp.Body = io.NopCloser(strings.NewReader(""))
	}
	return resp, nil
}

// fetchBy asks a registry for a manifest, and returns the error and the addresses that were asked for.
func fetchBy(t *testing.T, registry string, f reply) ([]string, error) {
	t.Helper()
	var asked []string
	via := reply(func(r *http.Request) *http.Response {
		if r.URL.Path == "/v2/" && r.URL.Scheme == "https" && privateName(r.URL.Hostname()) {
			return nil // the library goes on without TLS
		}
		if r.URL.Path == "/v2/" {
			return &http.Response{StatusCode: http.StatusOK}
		}
		asked = append(asked, r.URL.String())
		return f(r)
	})
	ref, err := name.ParseReference(registry + "/team/rings:v1")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = newClient(context.Background(), via, time.Millisecond, nil).get(ref)
	return asked, err
}

// redirectTo answers each request with a redirect.
func redirectTo(to string) reply {
	return func(*http.Request) *http.Response {
		return &http.Response{StatusCode: http.StatusTemporaryRedirect, Header: http.Header{"Location": {to}}}
	}
}

func TestRedirects(t *testing.T) {
	const public = "registry.example.com"
	for _, c := range []struct {
		from, to string
		asked    int // requests before the refusal
	}{
		{public, "/v2/team/rings/manifests/v1", maxRedirects + 1},
		{public, "https://" + public + "/v2/team/rings/manifests/v1", maxRedirects + 1},
		{"localhost:5000", "http://localhost:5000/v2/team/rings/manifests/v1", maxRedirects + 1},
		{public, "http://" + public + "/v2/team/rings/manifests/v1", 1},
		{public, "http://mirror.example.com/", 1},
		{public, "ftp://mirror.example.com/", 1},
		{public, "file:///etc/passwd", 1},
		{public, "https://169.254.169.254/latest/meta-data/", 1},
		{public, "https://127.0.0.1:5001/", 1},
		{public, "https://[::1]/", 1},
		{public, "https://[::ffff:10.0.0.1]/", 1},
		{public, "https://[fe80::1%25eth0]/", 1},
		{public, "https://100.100.100.200/", 1},
		{public, "https://0.0.0.0/", 1},
		{public, "https://LOCALHOST./", 1},
		{public, "https://admin.localhost/", 1},
	} {
		asked, err := fetchBy(t, c.from, redirectTo(c.to))
		if !errors.As(err, new(redirectError)) || len(asked) != c.asked {
			t.Errorf("%s to %s: %v after %d requests, want a refusal after %d", c.from, c.to, err, len(asked), c.asked)
		}
	}
}

// TestRedirectsGoOn holds the redirects that registries need: to storage elsewhere, and on this network where the
// registry is on it, too.
func TestRedirectsGoOn(t *testing.T) {
	for _, c := range []struct{ from, to string }{
		{"registry.example.com", "https://storage.example.net/blob?token=1"},
		{"registry.example.com", "https://registry.example.com:8443/blob"},
		{"localhost:5000", "https://storage.example.net/blob"},
		{"10.0.0.5", "http://storage.corp/blob"},
	} {
		moved := false
		asked, err := fetchBy(t, c.from, func(r *http.Request) *http.Response {
			if moved {
				return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("{}"))}
			}
			moved = true
			return redirectTo(c.to)(r)
		})
		if err != nil || len(asked) != 2 || asked[1] != c.to {
			t.Errorf("%s to %s: %v, asked for %s", c.from, c.to, err, asked)
		}
	}
}

// TestLibraryRefusals fails where the library words its refusals differently: then they would be tried again.
func TestLibraryRefusals(t *testing.T) {
	asked, err := fetchBy(t, "localhost:5000", redirectTo("http://127.0.0.1:5001/"))
	if !lasting(err) || len(asked) != 1 {
		t.Errorf("%v after %d requests", err, len(asked))
	}
	ref, _ := name.ParseReference("registry.example.com/team/rings:v1")
	for _, challenge := range []string{`Bearer realm="https://10.0.0.1/token"`, `Bearer realm="http://auth.example.com/token"`} {
		n := 0
		via := reply(func(*http.Request) *http.Response {
			n++
			return &http.Response{StatusCode: http.StatusUnauthorized, Header: http.Header{"Www-Authenticate": {challenge}}}
		})
		_, _, err := newClient(context.Background(), via, time.Millisecond, nil).get(ref)
		if !lasting(err) || n != 1 {
			t.Errorf("%s: %v after %d requests", challenge, err, n)
		}
	}
}

// TestAddresses asks for names whose addresses only the dialer learns.
func TestAddresses(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	dial := usualTransport().DialContext
	conn, err := dial(context.Background(), "tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	ctx := context.WithValue(context.Background(), publicOnly{}, redirectError{"registry.example.com", "rebound.example.com", "no"})
	if _, err = dial(ctx, "tcp", srv.Listener.Addr().String()); !errors.As(err, new(redirectError)) {
		t.Errorf("a public registry led to %s: %v", srv.Listener.Addr(), err)
	}

	r := &redirects{next: usualTransport(), private: map[string]bool{}}
	registry, storage := &url.URL{Scheme: "https", Host: "registry.corp"}, &url.URL{Scheme: "https", Host: "10.0.0.7"}
	if r.allowed(registry, storage, 1) == nil {
		t.Error("nothing is known of registry.corp, and it may redirect to 10.0.0.7")
	}
	r.remember(registry, &net.TCPAddr{IP: net.IPv4(10, 0, 0, 5), Port: 443})
	if err := r.allowed(registry, storage, 1); err != nil {
		t.Error(err)
	}
	req, _ := http.NewRequest(http.MethodGet, "https://storage.example.net/", nil)
	if _, ok := r.watched(req, &url.URL{Host: "registry.example.com"}).Context().Value(publicOnly{}).(redirectError); !ok {
		t.Error("the address of storage.example.net is not checked")
	}
	if r.watched(req, registry).Context().Value(publicOnly{}) != nil {
		t.Error("registry.corp is on this network, and what it redirects to must not be")
	}
}

// TestUploadElsewhere lets a registry give the address of an upload, which is no redirect.
func TestUploadElsewhere(t *testing.T) {
	for to, refused := range map[string]bool{
		"https://10.0.0.7/upload": true, "http://storage.example.net/upload": true, "https://storage.example.net/upload": false,
	} {
		var sent []string
		c := newClient(context.Background(), reply(func(r *http.Request) *http.Response {
			sent = append(sent, r.Method+" "+r.URL.Host)
			switch {
			case r.URL.Path == "/v2/":
				return &http.Response{StatusCode: http.StatusOK}
			case r.Method == http.MethodHead:
				return &http.Response{StatusCode: http.StatusNotFound}
			case r.Method == http.MethodPut:
				return &http.Response{StatusCode: http.StatusCreated}
			}
			return &http.Response{StatusCode: http.StatusAccepted, Header: http.Header{"Location": {to}}}
		}), time.Millisecond, nil)
		repo, _ := name.NewRepository("registry.example.com/team/rings")
		err := c.upload(repo, []byte("secret"))
		if errors.As(err, new(redirectError)) != refused || !refused && err != nil {
			t.Errorf("%s: %v", to, err)
		}
		for _, s := range sent {
			if refused && !strings.HasSuffix(s, " registry.example.com") {
				t.Errorf("%s: sent %s", to, s)
			}
		}
	}
}

// endless is a body without an end, that gives a byte a second where slow is set.
type endless struct {
	ctx  context.Context
	slow bool
	read int
}

// Read implements io.Reader.
func (e *endless) Read(p []byte) (int, error) {
	if e.slow {
		time.Sleep(time.Second)
		p = p[:1]
	}
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}

// Close implements io.Closer.
func (*endless) Close() error { return nil }

func TestAnswersAreBounded(t *testing.T) {
	var b *endless
	asked, err := fetchBy(t, "registry.example.com", func(r *http.Request) *http.Response {
		b = &endless{ctx: r.Context()}
		return &http.Response{StatusCode: http.StatusOK, Body: b}
	})
	if !errors.As(err, new(tooLargeError)) || len(asked) != 1 || b.read > maxDocument+1<<20 {
		t.Errorf("%v after %d requests and %d bytes", err, len(asked), b.read)
	}
}

func TestAnswersEnd(t *testing.T) {
	for path, wait := range map[string]time.Duration{"/v2/team/rings/manifests/v1": stallTimeout, "/v2/team/rings/blobs/sha256:1": 0} {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			a := bounded{header: headerTimeout, stall: stallTimeout, next: reply(func(r *http.Request) *http.Response {
				return &http.Response{StatusCode: http.StatusOK, Body: &endless{ctx: r.Context(), slow: true}}
			})}
			req, _ := http.NewRequest(http.MethodGet, "https://registry.example.com"+path, nil)
			resp, err := a.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			_, err = io.ReadAll(io.LimitReader(resp.Body, 200)) // 200 s, in which a blob always goes on
			if got := time.Since(begin); wait > 0 && (!errors.As(err, new(slowError)) || got > wait+time.Second) || wait == 0 && err != nil {
				t.Errorf("%s: %v after %s", path, err, got)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		a := bounded{header: headerTimeout, stall: stallTimeout, next: reply(func(r *http.Request) *http.Response {
			<-r.Context().Done()
			return &http.Response{StatusCode: http.StatusOK, Body: &endless{ctx: r.Context()}}
		})}
		req, _ := http.NewRequest(http.MethodGet, "https://registry.example.com/v2/team/rings/blobs/sha256:1", nil)
		resp, err := a.RoundTrip(req)
		if err == nil {
			_, err = resp.Body.Read(make([]byte, 1))
		}
		if !errors.As(err, new(slowError)) {
			t.Errorf("a registry that never answers: %v", err)
		}
	})
}

// TestTagsEnd lists a repository whose pages each name another one.
func TestTagsEnd(t *testing.T) {
	n := 0
	c := newClient(context.Background(), reply(func(r *http.Request) *http.Response {
		if r.URL.Path == "/v2/" {
			return &http.Response{StatusCode: http.StatusOK}
		}
		n++
		return &http.Response{
			StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"tags": ["v1"]}`)),
			Header: http.Header{"Link": {`</v2/team/rings/tags/list?last=v1>; rel="next"`}},
		}
	}), time.Millisecond, nil)
	repo, _ := name.NewRepository("registry.example.com/team/rings")
	if _, err := c.tags(repo); !errors.As(err, new(tooManyError)) || n > maxPages+1 {
		t.Errorf("%v after %d pages", err, n)
	}
}
