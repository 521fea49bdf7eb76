package publish

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestPause(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-3": 0, "0": 0, "7": 7 * time.Second,
		"Sun, 22 Nov 2026 12:01:30 GMT": 90 * time.Second, "Sun, 22 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := pause(header, now); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

// answers is a registry that gives one answer after the other.
type answers struct {
	list []answered
	at   []time.Duration // when each was asked for
	from time.Time
}

type answered struct {
	code  int
	retry string
}

// RoundTrip implements http.RoundTripper.
func (a *answers) RoundTrip(req *http.Request) (*http.Response, error) {
	a.at = append(a.at, time.Since(a.from))
	next := a.list[0]
	a.list = a.list[1:]
	return &http.Response{
		StatusCode: next.code, Request: req, Header: http.Header{"Retry-After": {next.retry}}, Body: io.NopCloser(strings.NewReader("")),
	}, nil
}

func TestGateHoldsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &answers{from: time.Now(), list: []answered{{429, "7"}, {200, ""}, {503, "2"}, {503, "60"}, {200, ""}}}
		var told []string
		g := newGate(a, func(format string, args ...any) { told = append(told, format) })
		for range 5 {
			req, _ := http.NewRequest(http.MethodGet, "http://registry.example.com/v2/", nil)
			if _, err := g.RoundTrip(req); err != nil {
				t.Fatal(err)
			}
		}
		for i, want := range []time.Duration{0, 7 * time.Second, 7 * time.Second, 9 * time.Second, 69 * time.Second} {
			if a.at[i] != want {
				t.Errorf("request %d after %s, want %s", i, a.at[i], want)
			}
		}
		if len(told) != 3 {
			t.Errorf("told %d pauses", len(told))
		}
	})
}

func TestGateEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &answers{from: time.Now(), list: []answered{{429, "30"}, {429, "3600"}}}
		g := newGate(a, func(string, ...any) {})
		ask := func(ctx context.Context) error {
			req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://registry.example.com/v2/", nil)
			_, err := g.RoundTrip(req)
			return err
		}
		if err := ask(context.Background()); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(context.Background(), time.Second)
		defer stop()
		if err := ask(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(a.from) != time.Second {
			t.Errorf("%v after %s", err, time.Since(a.from))
		}
		time.Sleep(time.Minute)
		if err := ask(context.Background()); err != nil {
			t.Fatal(err)
		}
		var busy busyError
		if err := ask(context.Background()); !errors.As(err, &busy) || passing(err) {
			t.Errorf("an hour's pause gives %v", err)
		}
	})
}
