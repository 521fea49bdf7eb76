package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/opc-project/opc/try/plane"
)

// Session is what a test binary holds while its tests run: a folder, the tools, and what must be stopped.
type Session struct {
	Dir   string // removed at the end
	Tools *Tools
	mu    sync.Mutex
	ends  []func() error
}

// AtEnd has something done at the end of the session, the last first.
func (s *Session) AtEnd(f func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends = append(s.ends, f)
}

// Start starts a control plane that ends with the session.
func (s *Session) Start(ctx context.Context) (*Cluster, error) {
	c, err := Start(ctx, s.Tools)
	if err == nil {
		s.AtEnd(c.Stop)
	}
	return c, err
}

func (s *Session) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for i := len(s.ends) - 1; i >= 0; i-- {
		errs = append(errs, s.ends[i]())
	}
	s.ends = nil
	return errors.Join(append(errs, os.RemoveAll(s.Dir))...)
}

// Main runs the tests of a package in a session and returns the exit code. prepare comes first, and may take as long as
// limit; it must return soon when its context ends. Whatever ends the run, an interrupt too, what was started is stopped and what was written is removed.
func Main(limit time.Duration, prepare func(context.Context, *Session) error, tests func() int) int {
	if err := plane.Enter(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	interrupted, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := newSession()
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	ctx, cancel := context.WithTimeout(interrupted, limit)
	code := 1
	if err := prepare(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
	} else {
		code = run(interrupted, tests)
	}
	cancel()
	if err := s.end(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = max(code, 1)
	}
	return code
}

// run runs tests until they end or are interrupted.
func run(interrupted context.Context, tests func() int) int {
	done := make(chan int, 1)
	go func() { done <- tests() }()
	select {
	case code := <-done:
		return code
	case <-interrupted.Done():
		fmt.Fprintln(os.Stderr, "e2e: interrupted")
		return 130
	}
}

func newSession() (*Session, error) {
	tools, err := NewTools(func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) })
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "opc-e2e-")
	return &Session{Dir: dir, Tools: tools}, err
}
