package sink

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// errKilled is what every step returns after the process died.
var errKilled = errors.New("killed")

// killAt returns a fault that lets n steps pass.
func killAt(n int) func(string, string) error {
	return func(string, string) error {
		if n--; n < 0 {
			return errKilled
		}
		return nil
	}
}

// scene is a folder before a run, and what makes the run take one way or the other.
type scene struct {
	prepare func(t *testing.T, d Dir, old Want)
	atOnce  bool // the tree must be whole even before the next run
}

func scenes() map[string]scene {
	return map[string]scene{
		"no folder yet": {func(*testing.T, Dir, Want) {}, true},
		"swap":          {func(t *testing.T, d Dir, old Want) { write(t, d, old) }, canSwap},
		"swap with a foreign file": {func(t *testing.T, d Dir, old Want) {
			write(t, d, old)
			put(t, filepath.Join(d.Path, "chart", "mine"), "mine")
		}, canSwap},
		"journal": {func(t *testing.T, d Dir, old Want) {
			write(t, d, old)
			put(t, filepath.Join(d.Path, "notes", "mine"), "mine")
		}, false},
		"journal inside": {func(t *testing.T, d Dir, old Want) {
			write(t, d, old)
			put(t, filepath.Join(filepath.Dir(d.Path), ".dist.opc", "mine"), "mine") // no room beside the folder
		}, false},
	}
}

func oldTree(t *testing.T) Want {
	return want(part(t, "helm", map[string]string{"chart/a": "a\n", "chart/b": "b\n", "chart/old/c": "c\n", "x": "x\n"}))
}

func newTree(t *testing.T) Want {
	return want(part(t, "helm", map[string]string{"chart/a": "A\n", "chart/b": "b\n", "chart/new/d": "d\n", "x/y": "y\n"}))
}

func otherTree(t *testing.T) Want {
	return want(part(t, "helm", map[string]string{"chart/a": "other\n", "z": "z\n"}))
}

// outcome is the tree after a run that nobody disturbed.
func outcome(t *testing.T, s scene, runs ...Want) map[string]string {
	t.Helper()
	d := newDir(t)
	s.prepare(t, d, oldTree(t))
	for _, w := range runs {
		write(t, d, w)
	}
	return snapshot(t, filepath.Dir(d.Path))
}

// TestKilledRunLeavesOldOrNewTree ends a run before each of its steps and looks at the tree: at once, after a run that
// wants the same, and after a run that wants something else (which must not take the half-done work for edits).
func TestKilledRunLeavesOldOrNewTree(t *testing.T) {
	for name, s := range scenes() {
		t.Run(name, func(t *testing.T) {
			before, after, other := outcome(t, s), outcome(t, s, newTree(t)), outcome(t, s, newTree(t), otherTree(t))
			for n := 0; ; n++ {
				d := newDir(t)
				s.prepare(t, d, oldTree(t))
				d.fault = killAt(n)
				_, _, err := d.Write(context.Background(), newTree(t))
				d.fault = nil

				got := snapshot(t, filepath.Dir(d.Path))
				maps.DeleteFunc(got, func(name, _ string) bool {
					return !s.atOnce || strings.HasPrefix(name, ".dist.opc")
				})
				if s.atOnce && cmp.Diff(before, got) != "" && cmp.Diff(after, got) != "" {
					t.Fatalf("killed at step %d, the tree is neither old nor new: %s", n, cmp.Diff(after, got))
				}
				recovered(t, d, n, before, after)
				if n%2 == 0 {
					write(t, d, newTree(t))
				}
				write(t, d, otherTree(t))
				if diff := cmp.Diff(other, snapshot(t, filepath.Dir(d.Path))); diff != "" {
					t.Fatalf("killed at step %d, then another run: %s", n, diff)
				}
				if err == nil {
					t.Logf("%d steps", n)
					return
				}
			}
		})
	}
}

// recovered lets the next run put things right, and stops it before it writes anything of its own.
func recovered(t *testing.T, d Dir, n int, before, after map[string]string) {
	t.Helper()
	ws, err := d.acquire(context.Background(), d.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := ws.clean(); err != nil {
		t.Fatal(err)
	}
	ws.release()
	got := snapshot(t, filepath.Dir(d.Path))
	if cmp.Diff(before, got) != "" && cmp.Diff(after, got) != "" {
		t.Fatalf("killed at step %d, the tree is neither old nor new after recovery: %s", n, cmp.Diff(after, got))
	}
}

func TestRecoveryMayBeKilledToo(t *testing.T) {
	s := scenes()["journal"]
	after := outcome(t, s, newTree(t))
	for n := 8; n < 32; n += 2 {
		for m := range 8 {
			d := newDir(t)
			s.prepare(t, d, oldTree(t))
			d.fault = killAt(n)
			_, _, _ = d.Write(context.Background(), newTree(t))
			d.fault = killAt(m)
			_, _, _ = d.Write(context.Background(), newTree(t))
			d.fault = nil
			write(t, d, newTree(t))
			if diff := cmp.Diff(after, snapshot(t, filepath.Dir(d.Path))); diff != "" {
				t.Fatalf("killed at steps %d and %d: %s", n, m, diff)
			}
		}
	}
}

func TestPlanSaysThatARunWasInterrupted(t *testing.T) {
	d := newDir(t)
	scenes()["journal"].prepare(t, d, oldTree(t))
	for n := 0; !pending(d.Path); n++ {
		d.fault = killAt(n)
		_, _, _ = d.Write(context.Background(), newTree(t))
	}
	if _, found, err := d.Plan(newTree(t)); err != nil || len(found) != 1 || !strings.Contains(found[0].Message, "interrupted") {
		t.Error(found, err)
	}
}

func TestEditAfterAKilledRunSurvivesRecovery(t *testing.T) {
	d := newDir(t)
	scenes()["journal"].prepare(t, d, oldTree(t))
	for n := 0; !pending(d.Path); n++ {
		d.fault = killAt(n)
		_, _, _ = d.Write(context.Background(), newTree(t))
	}
	d.fault = nil
	put(t, filepath.Join(d.Path, "chart", "a"), "edited\n")
	plan, _, err := d.Write(context.Background(), newTree(t))
	if err != nil || !plan.Findings().HasErrors() {
		t.Errorf("the edit was not noticed: %v", err)
	}
	if got := snapshot(t, d.Path)["chart/a"]; got != "edited\n" {
		t.Errorf("chart/a is %q", got)
	}
}

// TestWrittenMeanwhile lets somebody write to the folder while the new tree stands ready beside it.
func TestWrittenMeanwhile(t *testing.T) {
	d := newDir(t)
	write(t, d, oldTree(t))
	put(t, filepath.Join(d.Path, "chart", "mine"), "mine")
	d.fault = func(op, _ string) error {
		if op == "exchange" {
			put(t, filepath.Join(d.Path, "chart", "late"), "late")
			if err := os.Remove(filepath.Join(d.Path, "chart", "mine")); err != nil {
				t.Error(err)
			}
			put(t, filepath.Join(d.Path, "chart", "mine"), "mine, saved again")
		}
		return nil
	}
	write(t, d, newTree(t))
	got := snapshot(t, d.Path)
	if got["chart/late"] != "late" || got["chart/mine"] != "mine, saved again" || got["chart/a"] != "A\n" {
		t.Error(got)
	}
}

func TestRunsAtTheSameTimeWaitForEachOther(t *testing.T) {
	d := newDir(t)
	trees := []Want{oldTree(t), newTree(t), otherTree(t)}
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			plan, diags, err := d.Write(context.Background(), trees[i%3])
			if err != nil || diags.HasErrors() || plan.Findings().HasErrors() {
				t.Error(err, diags, plan)
			}
		})
	}
	wg.Wait()
	got := snapshot(t, filepath.Dir(d.Path))
	for _, w := range trees {
		if cmp.Diff(outcome(t, scenes()["no folder yet"], w), got) == "" {
			return
		}
	}
	t.Errorf("the tree is none of those that were written: %v", got)
}
