package publish

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// longestPause is what a registry may ask for with Retry-After. Nobody waits longer in front of a terminal or a pipeline;
// the next run completes the job.
const longestPause = 5 * time.Minute

// gate holds back requests to a registry that asked for a pause: answers 429 and 503 may say with Retry-After when to
// come back (https://www.rfc-editor.org/rfc/rfc9110#field.retry-after). All uploads to that registry wait, not only the
// one that was answered.
type gate struct {
	next http.RoundTripper
	tell func(format string, args ...any)

	mu    sync.Mutex
	until map[string]time.Time // by host
}

func newGate(next http.RoundTripper, tell func(string, ...any)) *gate {
	return &gate{next: next, tell: tell, until: map[string]time.Time{}}
}

// busyError says that a registry asks for a pause that is too long.
type busyError struct {
	host  string
	pause time.Duration
}

func (e busyError) Error() string {
	return fmt.Sprintf("%s has had enough requests and asks to come back in %s", e.host, e.pause.Round(time.Second))
}

// RoundTrip implements http.RoundTripper.
func (g *gate) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := g.pass(req.Context(), req.URL.Host); err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, err
	}
	resp, err := g.next.RoundTrip(req)
	if err == nil && (resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable) {
		g.close(req.URL.Host, pause(resp.Header.Get("Retry-After"), time.Now()))
	}
	return resp, err
}

// pass waits until the registry wants to be spoken to.
func (g *gate) pass(ctx context.Context, host string) error {
	g.mu.Lock()
	wait := time.Until(g.until[host])
	g.mu.Unlock()
	switch {
	case wait <= 0:
		return nil
	case wait > longestPause:
		return busyError{host, wait}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (g *gate) close(host string, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	until := time.Now().Add(wait)
	if wait <= 0 || !until.After(g.until[host]) {
		return
	}
	g.until[host] = until
	g.tell("%s asks to wait %s", host, wait.Round(time.Second))
}

// pause reads Retry-After, which is a number of seconds or a time; anything else asks for nothing.
func pause(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(max(seconds, 0)) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
