package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"time"
)

// How long a registry may take. Each is far above what a slow one needs, so that a run ends whatever the registry does.
const (
	dialTimeout   = 30 * time.Second
	headerTimeout = 3 * time.Minute // until an answer begins; some registries check a whole upload before
	stallTimeout  = time.Minute     // without a byte of a blob, or for a whole document
)

// maxDocument bounds each answer that is no blob: manifests, lists of tags and of referrers, tokens, errors.
const maxDocument = maxManifest

var blobPath = regexp.MustCompile(`^/v2/.+/blobs/[^/]+$`)

// bounded bounds what a registry answers, in bytes and in time. Blobs are read as streams, each with a limit of its own
// where it is kept in memory.
type bounded struct {
	next          http.RoundTripper
	header, stall time.Duration
}

// tooLargeError is not gone at the next attempt.
type tooLargeError struct {
	what  string
	limit int64
}

func (e tooLargeError) Error() string {
	return fmt.Sprintf("%s is larger than %d MiB", e.what, e.limit>>20)
}

// tooManyError is not gone at the next attempt, either.
type tooManyError struct {
	what  string
	limit int
}

func (e tooManyError) Error() string {
	return fmt.Sprintf("%s has more than %d pages", e.what, e.limit)
}

// slowError says that a registry stopped to answer.
type slowError struct {
	host string
	wait time.Duration
}

func (e slowError) Error() string { return fmt.Sprintf("%s did not answer within %s", e.host, e.wait) }

// RoundTrip implements http.RoundTripper.
func (a bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	first, _ := origin(req)
	ctx, cancel := context.WithCancelCause(req.Context())
	b := &body{slow: slowError{req.URL.Host, a.stall}, wait: a.stall, cancel: cancel, blob: blobPath.MatchString(first.Path), left: maxDocument}
	b.what = "the answer of " + req.URL.Host + " to " + req.URL.Path
	if req.Body == nil || req.Body == http.NoBody {
		late := slowError{req.URL.Host, a.header}
		b.timer = time.AfterFunc(a.header, func() { cancel(late) })
	} else {
		b.timer = time.AfterFunc(time.Hour, func() {}) // an upload takes as long as the network needs
		b.timer.Stop()
	}
	resp, err := a.next.RoundTrip(req.WithContext(ctx))
	b.timer.Stop()
	if err != nil {
		defer cancel(nil)
		return nil, b.why(ctx, err)
	}
	b.timer = time.AfterFunc(a.stall, func() { cancel(b.slow) })
	b.ReadCloser, b.ctx = resp.Body, ctx
	resp.Request, resp.Body = req, b
	return resp, nil
}

// body is an answer's, within its bounds.
type body struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	slow   slowError
	wait   time.Duration
	what   string
	blob   bool
	left   int64
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if !b.blob && int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.blob {
		b.timer.Reset(b.wait)
	} else if b.left -= int64(n); b.left < 0 {
		return 0, tooLargeError{b.what, maxDocument}
	}
	return n, b.why(b.ctx, err)
}

// Close implements io.Closer.
func (b *body) Close() error {
	b.timer.Stop()
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}

// why is the error of a request that was given up.
func (b *body) why(ctx context.Context, err error) error {
	if slow := (slowError{}); err != nil && errors.As(context.Cause(ctx), &slow) {
		return slow
	}
	return err
}
