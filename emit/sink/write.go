package sink

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/opc-project/opc/schema/diag"
)

// Write makes the folder what want says, wholly or not at all, and returns what it did. Nothing is written when the
// folder can't be used or the plan has Findings. A run that was killed before is put right first.
func (d Dir) Write(ctx context.Context, want Want) (*Plan, diag.List, error) {
	plan, err := d.write(ctx, want)
	if err != nil {
		diags, err := d.finding(err)
		return nil, diags, err
	}
	return plan, nil, nil
}

func (d Dir) write(ctx context.Context, want Want) (*Plan, error) {
	out, err := d.check()
	if err != nil {
		return nil, err
	}
	if !leftover(out) {
		// Nothing is touched, not even the parent's time, when there is nothing to do: watchers would run forever.
		plan, err := d.plan(want)
		if err == nil && plan.Findings().HasErrors() {
			plan, err = d.plan(want) // the first may have seen half of another run's work
		}
		if err != nil || plan.idle() {
			return plan, err
		}
	}
	ws, err := d.acquire(ctx, out)
	if err != nil {
		return nil, err
	}
	defer ws.release()
	if err := ws.clean(); err != nil {
		return nil, err
	}
	plan, err := d.plan(want)
	if err != nil || plan.idle() {
		return plan, err
	}
	if err := writable(out, plan); err != nil {
		return nil, err
	}
	err = ws.swap(ctx, plan)
	if errors.Is(err, errNoSwap) {
		err = ws.journal(ctx, plan)
	}
	if err != nil {
		return nil, err
	}
	return plan, nil
}

// idle reports whether nothing is to be done, or nothing can be.
func (p *Plan) idle() bool { return p.UpToDate() || p.Findings().HasErrors() }

// writable refuses folders marked read-only before anything is begun: a rename that fails half-way can't be undone,
// and swapping would go around the mark.
func writable(out string, plan *Plan) error {
	for _, f := range plan.Files {
		if f.Action == Same {
			continue
		}
		for dir := path.Dir(f.Name); ; dir = path.Dir(dir) {
			info, err := os.Stat(filepath.Join(out, filepath.FromSlash(dir)))
			if err == nil && info.IsDir() && info.Mode()&0o200 == 0 {
				return &fs.PathError{Op: "write", Path: path.Join(plan.Dir.Label, dir), Err: fs.ErrPermission}
			}
			if dir == "." {
				break
			}
		}
	}
	return nil
}
