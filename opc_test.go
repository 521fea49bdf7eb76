package opc

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
)

// TestStages holds that each stage leaves what the ones before it made, and that only the whole pipeline has an output.
func TestStages(t *testing.T) {
	for last, want := range map[Stage][]bool{
		Loaded: {true, false, false, false}, Lowered: {true, true, false, false},
		Emitted: {true, true, true, false}, Verified: {true, true, true, true},
	} {
		r, err := Compile(t.Context(), described(""), "operator.yaml", Options{Last: last})
		if err != nil || r.Findings.HasErrors() {
			t.Fatal(err, r.Findings)
		}
		got := []bool{r.Document != nil, r.Operator != nil, r.Emitted != nil, r.Output != nil}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("stage %d: %s", last, diff)
		}
	}
}

// unmounted is a description that lowers, and whose objects no cluster takes.
const unmounted = "manager: {container: {volumeMounts: [{name: scratch, mountPath: /scratch}]}}"

// TestNothingComesOfWhatVerificationRefuses holds that there are no files to ship where a judge found an error.
func TestNothingComesOfWhatVerificationRefuses(t *testing.T) {
	r, err := Compile(t.Context(), described(unmounted), "operator.yaml", Options{})
	if err != nil || !r.Findings.HasErrors() {
		t.Fatal(err, r.Findings)
	}
	if r.Emitted != nil || r.Output != nil {
		t.Error("there are files all the same")
	}
}

// TestWithIsVerified holds that a second emission is verified, too: of a model that was broken on the way nothing comes.
func TestWithIsVerified(t *testing.T) {
	r, err := Compile(t.Context(), described(""), "operator.yaml", Options{})
	if err != nil || r.Output == nil {
		t.Fatal(err, r.Findings)
	}
	op := *r.Output.Operator()
	op.Image.Digest = "sha256:" + strings.Repeat("0", 64)
	again, found, err := r.Output.With(t.Context(), &op, "helm", "manifests")
	if err != nil || again == nil || len(found) > 0 {
		t.Fatal(err, found)
	}
	if text := string(again.Files("manifests").Data("install.yaml")); !strings.Contains(text, "ghcr.io/example/a@"+op.Image.Digest) {
		t.Errorf("the digest is not in\n%s", text)
	}
	broken, err := Compile(t.Context(), described(unmounted), "operator.yaml", Options{Last: Lowered})
	if err != nil {
		t.Fatal(err)
	}
	again, found, err = r.Output.With(t.Context(), broken.Operator, "helm", "manifests")
	if err != nil || again != nil || !found.HasErrors() {
		t.Errorf("%v, %v, %v", again, found, err)
	}
	if _, _, err := r.Output.With(t.Context(), &op, "nobody"); err == nil {
		t.Error("there is no such target")
	}
}

// TestStopped holds that an interrupted run has an error and no output, wherever it was.
func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	stopping := &emit.Target{Name: "stopping", Emit: func(*model.Operator) (*emit.FileSet, diag.List) {
		cancel()
		return nil, nil
	}}
	never := &emit.Target{Name: "never", Emit: func(*model.Operator) (*emit.FileSet, diag.List) {
		t.Error("it ran after the end")
		return nil, nil
	}}
	r, err := Compile(ctx, described(""), "operator.yaml", Options{Targets: []*emit.Target{stopping, never}})
	if !errors.Is(err, context.Canceled) || r.Output != nil || r.Emitted != nil {
		t.Errorf("%v, %v", err, r.Output)
	}
}

// TestDefect holds that a panic is a finding, and leaves nothing to ship.
func TestDefect(t *testing.T) {
	broken := &emit.Target{Name: "broken", Emit: func(*model.Operator) (*emit.FileSet, diag.List) { panic("ouch") }}
	r, err := Compile(t.Context(), described(""), "operator.yaml", Options{Targets: []*emit.Target{broken}})
	if err != nil || r.Output != nil || r.Operator != nil {
		t.Fatal(err, r.Output)
	}
	if got := r.Findings[len(r.Findings)-1]; got.Code != diag.Internal || !strings.HasPrefix(got.Message, "ouch, at ") {
		t.Errorf("%+v", got)
	}
}
