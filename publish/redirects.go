package publish

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// maxRedirects is Go's own default, which the library switches off.
const maxRedirects = 10

// redirects refuses where a registry sends its client and should not: around in circles, from https to anything else, and
// from a public address to one of this machine or its network, where the client may reach what the registry can't.
type redirects struct {
	next http.RoundTripper

	mu      sync.Mutex
	private map[string]bool // hosts that turned out to be of this machine or its network
}

// redirectError is not gone at the next attempt.
type redirectError struct{ from, to, why string }

func (e redirectError) Error() string {
	return fmt.Sprintf("%s redirects to %s, %s", e.from, e.to, e.why)
}

// RoundTrip implements http.RoundTripper.
func (r *redirects) RoundTrip(req *http.Request) (*http.Response, error) {
	first, hops := origin(req)
	if err := r.allowed(first, req.URL, hops); err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	resp, err := r.next.RoundTrip(r.watched(req, first))
	if err != nil {
		return nil, err
	}
	resp.Request = req
	if to, err := resp.Location(); err == nil && slices.Contains([]int{301, 302, 303, 307, 308}, resp.StatusCode) {
		if err := r.allowed(first, to, hops+1); err != nil {
			resp.Body.Close()
			return nil, err
		}
	}
	return resp, nil
}

// origin returns the address that a request began with, and how many redirects it has followed since.
func origin(req *http.Request) (first *url.URL, hops int) {
	led, _ := req.Context().Value(ledBy{}).(*url.URL)
	for req.Response != nil && req.Response.Request != nil {
		req = req.Response.Request
		hops++
	}
	if led != nil {
		return led, hops
	}
	return req.URL, hops
}

// ledBy is the key, in a context, of the registry that gave the address of a request: that of an upload, for example.
type ledBy struct{}

// allowed reports why a request that began at one address may not go on to another.
func (r *redirects) allowed(from, to *url.URL, hops int) error {
	why := ""
	switch {
	case hops > maxRedirects:
		why = fmt.Sprintf("which is more than %d redirects", maxRedirects)
	case from.Scheme == to.Scheme && from.Host == to.Host:
	case to.Scheme != "https" && to.Scheme != from.Scheme:
		why = "which is not https"
	case from.Hostname() != to.Hostname() && privateName(to.Hostname()) && !r.isPrivate(from):
		why = "which is an address of this machine or its network"
	}
	if why == "" {
		return nil
	}
	return redirectError{from.Host, to.Scheme + "://" + to.Host, why}
}

// watched adds to a request that the address of its host is remembered where the host is the user's choice, and checked
// where a public registry chose it. Behind a proxy the addresses that this machine sees are the proxy's.
func (r *redirects) watched(req *http.Request, first *url.URL) *http.Request {
	if t, ok := r.next.(*http.Transport); ok && t.Proxy != nil {
		if via, err := t.Proxy(req); err != nil || via != nil {
			return req
		}
	}
	ctx := req.Context()
	if req.URL.Hostname() == first.Hostname() {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { r.remember(first, i.Conn.RemoteAddr()) }})
	} else if !r.isPrivate(first) {
		ctx = context.WithValue(ctx, publicOnly{}, redirectError{first.Host, req.URL.Host, "which has an address of this machine or its network"})
	}
	return req.WithContext(ctx)
}

func (r *redirects) remember(host *url.URL, at net.Addr) {
	if a, err := netip.ParseAddrPort(at.String()); err == nil && privateAddr(a.Addr()) {
		r.mu.Lock()
		r.private[host.Hostname()] = true
		r.mu.Unlock()
	}
}

func (r *redirects) isPrivate(u *url.URL) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.private[u.Hostname()] || privateName(u.Hostname())
}

// privateName reports whether a host is by its name alone one of this machine or its network.
func privateName(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	a, err := netip.ParseAddr(host)
	return err == nil && privateAddr(a) || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// shared is the range of addresses that carriers, and services of some clouds, use like private ones (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

func privateAddr(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() || a.IsUnspecified() || shared.Contains(a)
}

// publicOnly is the key, in a context, of the error for a connection to a private address.
type publicOnly struct{}

// usualTransport is how registries are reached: as the library does, but for the check of addresses that a name stands
// for, which only the dialer knows.
func usualTransport() *http.Transport {
	t := remote.DefaultTransport.(*http.Transport).Clone()
	dialer := &net.Dialer{ControlContext: func(ctx context.Context, _, address string, _ syscall.RawConn) error {
		refusal, ok := ctx.Value(publicOnly{}).(redirectError)
		if a, err := netip.ParseAddrPort(address); ok && (err != nil || privateAddr(a.Addr())) {
			return refusal
		}
		return nil
	}}
	dialer.Timeout, dialer.KeepAlive = dialTimeout, dialTimeout
	t.DialContext = dialer.DialContext
	return t
}
