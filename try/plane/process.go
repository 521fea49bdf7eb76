package plane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

type process struct {
	name string
	cmd  *exec.Cmd
	log  string
	done chan error
}

// Launch runs a program until Stop. It writes to a log of its own, and works in the control plane's folder.
func (p *Plane) Launch(name string, cmd *exec.Cmd) error {
	q := &process{name: name, cmd: cmd, log: filepath.Join(p.Dir, name+".log"), done: make(chan error, 1)}
	log, err := os.Create(q.log)
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, p.Dir
	bind(cmd)
	if err := cmd.Start(); err != nil {
		return errors.Join(fmt.Errorf("starting %s: %w", name, err), log.Close())
	}
	go func() { q.done <- cmd.Wait(); log.Close() }()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.processes = append(p.processes, q)
	return nil
}

// Await polls until f succeeds; a process that died meanwhile ends the wait with the end of its log.
func (p *Plane) Await(ctx context.Context, what string, f func() error) error {
	deadline := time.Now().Add(Patience)
	for {
		err := f()
		if err == nil {
			return nil
		}
		if dead := p.Dead(); dead != nil {
			return dead
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return fmt.Errorf("waiting until %s: %w", what, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Dead is the error of a process that ended by itself, with the end of its log; nil where all run.
func (p *Plane) Dead() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, q := range p.processes {
		select {
		case err := <-q.done:
			q.done <- err
			return &Ended{Name: q.name, Err: err, Log: excerpt(q.log)}
		default:
		}
	}
	return nil
}

// Ended is the error for a program that ended by itself.
type Ended struct {
	Name string
	Err  error  // nil where it ended without an error
	Log  string // its beginning and its end
}

func (e *Ended) Error() string { return fmt.Sprintf("%s ended: %v\n%s", e.Name, e.Err, e.Log) }

// Log returns the end of what a program said.
func (p *Plane) Log(name string) string { return tail(filepath.Join(p.Dir, name+".log")) }

func tail(file string) string {
	data, _ := os.ReadFile(file)
	return Last(string(data), 15)
}

// excerpt is the beginning and the end of a log: programs that print their usage say first what is wrong.
func excerpt(file string) string {
	data, _ := os.ReadFile(file)
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(lines) > 18 {
		lines = slices.Concat(lines[:3], []string{"…"}, lines[len(lines)-14:])
	}
	return strings.Join(lines, "\n")
}

// Last are the last lines of a text.
func Last(text string, n int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n-1):], "\n")
}

// Stop ends all processes and removes what they wrote. They are not asked first: nothing that they hold is kept.
func (p *Plane) Stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, q := range slices.Backward(p.processes) {
		_ = q.cmd.Process.Kill()
		<-q.done
	}
	p.processes = nil
	if p.network != nil {
		_ = p.network.server.Close()
	}
	return os.RemoveAll(p.Dir)
}
