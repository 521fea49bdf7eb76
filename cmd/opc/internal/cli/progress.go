package cli

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/opc-project/opc/cmd/opc/internal/build"
)

// progressDelay keeps runs that are soon over from flickering.
const progressDelay = 300 * time.Millisecond

// progress tells on a terminal what takes long. The zero value says nothing.
type progress struct {
	w     io.Writer
	cwd   string
	total int

	mu      sync.Mutex
	started int
	now     string
	shown   bool
	done    bool
	timer   *time.Timer
}

// newProgress returns a progress line for a run over a number of inputs.
func (p *printer) newProgress(total int) *progress {
	if p.quiet || !p.env.Terminal {
		return &progress{}
	}
	g := &progress{w: p.env.Stderr, cwd: p.env.Dir, total: total}
	g.timer = time.AfterFunc(progressDelay, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if !g.done {
			g.shown = true
			g.print()
		}
	})
	return g
}

// start is called when the turn of an input comes.
func (g *progress) start(in build.Input) {
	if g.w == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.started++
	g.now = build.Show(g.cwd, in.Dir) + "/" + in.Name
	if g.shown {
		g.print()
	}
}

// tell replaces the line by what is being done.
func (g *progress) tell(what string) {
	if g.w == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now, g.total = what, 0
	if g.shown {
		g.print()
	}
}

func (g *progress) print() {
	if g.total == 0 {
		fmt.Fprintf(g.w, "\r\x1b[K%s ...", g.now)
		return
	}
	fmt.Fprintf(g.w, "\r\x1b[K%s (%d of %d) ...", g.now, g.started, g.total)
}

// end removes the line.
func (g *progress) end() {
	if g.w == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.timer.Stop()
	g.done = true
	if g.shown {
		fmt.Fprint(g.w, "\r\x1b[K")
	}
}
