// Package sandbox renders charts that nobody vouches for, in a process of its own. A template can loop for ever or ask
// for any amount of memory, and neither can be stopped from within a program: the engine knows no deadline, and Go none
// for memory. So opc runs itself once more, with a limit of memory that the system holds, and ends that process when a
// rendering takes too long. The importer sees a Chart; Serve is the other end.
package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"github.com/opc-project/opc/verify/chart"
)

// Limits bound rendering.
type Limits struct {
	Each   time.Duration // of processor time for one rendering
	Memory int64         // bytes that the process may take
	Text   int64         // bytes of what one rendering gives
	Losses int           // how often a process may end and be started again
}

// Standard are the limits of opc import. A real chart with 400 templates renders in 0.1 s.
var Standard = Limits{Each: 10 * time.Second, Memory: 1 << 30, Text: 64 << 20, Losses: 3}

// patience is what a process gets to start on a loaded machine, beside ten times what a rendering may take.
const patience = 30 * time.Second

// Chart is a chart in a process of its own.
type Chart struct {
	ctx     context.Context
	command []string
	files   map[string][]byte
	limits  Limits

	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	errors  *tail
	losses  int
	last    map[string]string // what the process rendered last
}

// request is one rendering, or in the first message the chart.
type request struct {
	Limits  *Limits           `json:",omitempty"`
	Files   map[string][]byte `json:",omitempty"`
	Release *chart.Release    `json:",omitempty"`
	Lint    *lint             `json:",omitempty"`
}

// lint says where the chart stands on disk, and where in the tree.
type lint struct{ Folder, Dir string }

// answer is what a request gives. Of the texts, those are left out that are the same as in the last answer that had any:
// most are, and a chart is rendered often.
type answer struct {
	Texts    map[string]string `json:",omitempty"`
	Gone     []string          `json:",omitempty"`
	Messages []chart.Message   `json:",omitempty"`
	Error    string            `json:",omitempty"`
	Library  bool              `json:",omitempty"`
}

// Start starts a process with a chart. command runs Serve. The process ends with ctx, or by Close.
func Start(ctx context.Context, command []string, files map[string][]byte, limits Limits) (*Chart, error) {
	c := &Chart{ctx: ctx, command: command, files: files, limits: limits}
	if err := c.start(); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Chart) start() error {
	p := exec.CommandContext(c.ctx, c.command[0], c.command[1:]...)
	p.Env = []string{} // templates see no environment, and need none
	c.errors = &tail{}
	p.Stderr = c.errors
	var err error
	if c.in, err = p.StdinPipe(); err != nil {
		return err
	}
	out, err := p.StdoutPipe()
	if err != nil {
		return err
	}
	c.out = bufio.NewReader(out)
	if err := p.Start(); err != nil {
		return fmt.Errorf("can't start the process that renders: %w", err)
	}
	c.process, c.last = p, nil
	_, err = c.ask(request{Limits: &c.limits, Files: c.files})
	return err
}

// Templates renders the chart; the error is Helm's own, or says which bound was broken.
func (c *Chart) Templates(r chart.Release) (map[string]string, error) {
	a, err := c.again(request{Release: &r})
	if err != nil {
		return nil, err
	}
	texts := make(map[string]string, len(c.last)+len(a.Texts))
	maps.Copy(texts, c.last)
	maps.Copy(texts, a.Texts)
	for _, name := range a.Gone {
		delete(texts, name)
	}
	c.last = texts
	return maps.Clone(texts), nil
}

// Lint runs Helm's linter on a folder that holds the chart.
func (c *Chart) Lint(folder, dir string) ([]chart.Message, error) {
	a, err := c.again(request{Lint: &lint{folder, dir}})
	return a.Messages, err
}

// again sends a request, to a new process where the last one was ended.
func (c *Chart) again(r request) (answer, error) {
	if c.process == nil {
		if c.losses++; c.losses > c.limits.Losses {
			return answer{}, errors.New("the chart broke the bounds of rendering too often")
		}
		if err := c.start(); err != nil {
			return answer{}, err
		}
	}
	return c.ask(r)
}

// ask sends a request and waits for its answer.
func (c *Chart) ask(r request) (answer, error) {
	var late atomic.Bool
	timer := time.AfterFunc(patience+10*c.limits.Each, func() { // the process keeps its time itself, if it can
		late.Store(true)
		_ = c.process.Process.Kill()
	})
	defer timer.Stop()
	a, err := c.exchange(r)
	switch {
	case err == nil && a.Library:
		return answer{}, chart.ErrLibrary
	case err == nil && a.Error != "":
		return answer{}, errors.New(a.Error)
	case err == nil:
		return a, nil
	}
	c.end()
	switch text := c.errors.String(); {
	case c.ctx.Err() != nil:
		return answer{}, c.ctx.Err()
	case late.Load(), strings.Contains(text, outOfTime):
		return answer{}, fmt.Errorf("rendering took more than %s", c.limits.Each)
	case strings.Contains(text, "stack overflow"), strings.Contains(text, "stack exceeds"):
		return answer{}, errors.New("the templates call themselves without end")
	case strings.Contains(text, "memory"), strings.Contains(text, "pthread_create"), strings.Contains(text, "new OS thread"): // no room for a stack
		return answer{}, fmt.Errorf("rendering took more than %d MiB of memory", c.limits.Memory>>20)
	}
	return answer{}, fmt.Errorf("the process that renders ended: %w", err)
}

func (c *Chart) exchange(r request) (a answer, err error) {
	if err := json.NewEncoder(c.in).Encode(r); err != nil {
		return a, err
	}
	line, err := c.line()
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(line, &a)
}

// line reads one answer. The other end keeps the limit of a text; its JSON may take six times as much.
func (c *Chart) line() ([]byte, error) {
	var out bytes.Buffer
	for {
		part, err := c.out.ReadSlice('\n')
		out.Write(part)
		if int64(out.Len()) > 7*c.limits.Text {
			return nil, errors.New("its answer is too long")
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return out.Bytes(), err
		}
	}
}

// Close ends the process.
func (c *Chart) Close() {
	if c.process != nil {
		c.end()
	}
}

func (c *Chart) end() {
	_ = c.in.Close()
	_ = c.process.Process.Kill()
	_ = c.process.Wait() // it was killed, and says so
	c.process = nil
}

// tail keeps the beginning of what the process complains of; the rest of a stack is of no use.
type tail struct{ bytes.Buffer }

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	if room := 4096 - t.Len(); room > 0 {
		t.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
