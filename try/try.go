// Package try installs what opc emitted on a real API server, by each way that the files offer, and runs the operator's
// manager there with the permissions that were emitted. What the API server refuses, and what the manager lacks, becomes
// findings at the description's places. Nothing of the pipeline imports it. Start at Run.
package try

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/try/plane"
)

// Options are what a run needs besides the files.
type Options struct {
	Programs plane.Programs
	Ways     []string                              // only these, as Ways names them; nil for all
	Program  func(context.Context) (string, error) // builds or finds the manager; nil runs none
	Timeout  time.Duration                         // for the manager to become ready, and quiet
	From     *Previous                             // what to upgrade from; nil for nothing
	Tell     func(format string, args ...any)      // progress
}

// run is one run on its way.
type run struct {
	m         *model.Operator
	files     *emit.FileSet
	opts      Options
	plane     *plane.Plane
	report    *Report
	found     []*said
	ways      int
	authority string // the cluster's CA, as it stands in a caBundle
}

// Run tries the files of an operator. The error is of what is not the description's fault; the report has what was found
// until then.
func Run(ctx context.Context, m *model.Operator, files *emit.FileSet, opts Options) (report *Report, err error) {
	r := &run{m: m, files: files, opts: opts, report: &Report{}}
	ways, err := Ways(m, files)
	if err != nil {
		return r.report, err
	}
	if ways, err = chosen(ways, opts.Ways); err != nil {
		return r.report, err
	}
	r.ways = len(ways)
	program := r.building(ctx)
	start := time.Now()
	if r.plane, err = plane.Start(ctx, opts.Programs); err != nil {
		return r.report, err
	}
	defer func() { err = errors.Join(err, r.plane.Stop()) }()
	r.report.Ready = time.Since(start)
	opts.Tell("the API server is ready after %.1f s", r.report.Ready.Seconds())
	ca, _, err := r.plane.CA()
	if err != nil {
		return r.report, err
	}
	r.authority = encoded(ca)
	err = r.all(ctx, ways, program)
	r.report.Findings = r.told()
	return r.report, err
}

// all tries each way in a clean state. The way in which the manager runs comes last, and stays installed for it.
func (r *run) all(ctx context.Context, ways []*Way, program <-chan built) error {
	for i, w := range slices.Backward(ways) {
		if err := r.upgrade(ctx, w); err != nil {
			return fmt.Errorf("%s: %w", w.Name, err)
		}
		start := time.Now()
		in, err := r.install(ctx, w)
		if err != nil {
			return fmt.Errorf("%s: %w", w.Name, err)
		}
		done := Installed{w.Name, len(in.objects), time.Since(start)}
		r.report.Installs = append(r.report.Installs, done)
		r.opts.Tell("%s: %d objects in %.1f s", done.Way, done.Objects, done.Took.Seconds())
		if i > 0 {
			if err := in.clear(ctx); err != nil {
				return fmt.Errorf("%s: %w", w.Name, err)
			}
			continue
		}
		if r.opts.Program != nil {
			b := <-program
			if b.err != nil {
				return b.err
			}
			return in.manage(ctx, b.path)
		}
	}
	return nil
}

// built is the manager's program.
type built struct {
	path string
	err  error
}

// building builds the program while the control plane starts.
func (r *run) building(ctx context.Context) <-chan built {
	out := make(chan built, 1)
	if r.opts.Program != nil {
		go func() {
			path, err := r.opts.Program(ctx)
			out <- built{path, err}
		}()
	}
	return out
}

// ErrNoWay says that a way was asked for that the files do not offer.
var ErrNoWay = errors.New("there is no such way")

// chosen are the ways that were asked for.
func chosen(ways []*Way, names []string) ([]*Way, error) {
	if len(ways) == 0 {
		return nil, fmt.Errorf("%w to install: the description compiles to no chart, overlay, install manifest or bundle", ErrNoWay)
	}
	if len(names) == 0 {
		return ways, nil
	}
	var out []*Way
	var known []string
	for _, w := range ways {
		known = append(known, w.Name)
		if slices.Contains(names, w.Name) {
			out = append(out, w)
		}
	}
	for _, n := range names {
		if !slices.Contains(known, n) {
			return nil, fmt.Errorf("%w: %q; expected %s", ErrNoWay, n, strings.Join(known, ", "))
		}
	}
	return out, nil
}
