package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

type process struct {
	name string
	cmd  *exec.Cmd
	log  string
	done chan error
}

// Spawn starts a program that runs until Stop. It writes to a log of its own.
func (c *Cluster) Spawn(ctx context.Context, tool string, args ...string) error {
	path, err := c.Tools.Path(ctx, tool)
	if err != nil {
		return err
	}
	return c.run(tool, exec.Command(path, args...))
}

// SpawnWith is Spawn with further environment variables, as KEY=VALUE.
func (c *Cluster) SpawnWith(ctx context.Context, env []string, tool string, args ...string) error {
	path, err := c.Tools.Path(ctx, tool)
	if err != nil {
		return err
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), env...)
	return c.run(tool, cmd)
}

func (c *Cluster) run(name string, cmd *exec.Cmd) error {
	p := &process{name: name, cmd: cmd, log: filepath.Join(c.Dir, name+".log"), done: make(chan error, 1)}
	log, err := os.Create(p.log)
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, c.Dir
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL // nothing outlives the test, however it ends
	cmd.SysProcAttr.Setpgid = true              // a terminal's interrupt is for the test, which stops the rest
	if err := cmd.Start(); err != nil {
		return errors.Join(fmt.Errorf("starting %s: %w", name, err), log.Close())
	}
	go func() { p.done <- cmd.Wait(); log.Close() }()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.processes = append(c.processes, p)
	return nil
}

// Await polls until f succeeds; a process that died meanwhile ends the wait with the end of its log.
func (c *Cluster) Await(ctx context.Context, what string, f func() error) error {
	patience, err := time.ParseDuration(Patience)
	if err != nil {
		return err
	}
	deadline := time.Now().Add(patience)
	for {
		err := f()
		if err == nil {
			return nil
		}
		if dead := c.dead(); dead != nil {
			return dead
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return fmt.Errorf("waiting until %s: %w", what, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (c *Cluster) dead() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.processes {
		select {
		case err := <-p.done:
			p.done <- err
			return fmt.Errorf("%s ended: %v\n%s", p.name, err, tail(p.log))
		default:
		}
	}
	return nil
}

// Log returns the end of what a program said, for the message of a test that failed.
func (c *Cluster) Log(name string) string { return tail(filepath.Join(c.Dir, name+".log")) }

func tail(file string) string {
	data, _ := os.ReadFile(file)
	return last(string(data), 15)
}

// last are the last lines of a text.
func last(text string, n int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n-1):], "\n")
}

// Stop ends all processes and removes what they wrote. They are not asked first: nothing that they hold is kept.
func (c *Cluster) Stop() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range slices.Backward(c.processes) {
		_ = p.cmd.Process.Kill()
		<-p.done
	}
	c.processes = nil
	if c.network != nil {
		_ = c.network.server.Close()
	}
	return os.RemoveAll(c.Dir)
}
