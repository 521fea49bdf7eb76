package opc

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// described is the folder of a small description that says more.
func described(more string) fstest.MapFS {
	text := "name: a\nversion: 1.0.0\nimage: ghcr.io/example/a\ndescription: {file: docs/a.md}\n" + more + "\n"
	return fstest.MapFS{"operator.yaml": {Data: []byte(text)}, "docs/a.md": {Data: []byte("Text.\n")}}
}

// nagging is a target that finds something everywhere.
var nagging = &emit.Target{Name: "nagging", Emit: func(*model.Operator) (*emit.FileSet, diag.List) {
	return nil, diag.List{
		diag.Warnf(diag.NotExpressible, "/name", "a warning"),
		diag.Warnf(diag.NotExpressible, "/description/file", "a warning below"),
		diag.Errorf(diag.NotExpressible, "/version", "an error"),
	}
}}

func TestWaivers(t *testing.T) {
	const none = "a warning, a warning below, an error"
	tests := map[string]string{
		"":                                     none,
		"accept: [{rule: OPC3001, reason: r}]": "an error",
		"accept: [{rule: OPC3002, reason: r}]": none,
		"accept: [{rule: OPC3001, reason: r, path: /name}]":                                           "a warning below, an error",
		"accept: [{rule: OPC3001, reason: r, path: description}]":                                     "a warning, an error",
		"accept: [{rule: OPC3001, reason: r, path: /nam}]":                                            none,
		"accept: [{rule: OPC3001, reason: r, path: /version}]":                                        none,
		"accept: [{rule: OPC3001, reason: r, until: \"2027-01-31\"}]":                                 "an error",
		"accept: [{rule: OPC3001, reason: r, path: /name, until: \"2027-01-30\"}]":                    "a warning, a warning below, an error, the waiver of OPC3001 ended on 2027-01-30 (a warning)",
		"accept: [{rule: OPC0000, reason: r}]":                                                        `there is no finding "OPC0000" to accept`,
		"accept: [{rule: OPC3001, reason: r, until: soon}]":                                           `until is "soon": expected a day such as 2027-01-31`,
		"accept: [{rule: OPC3001, reason: r, until: \"2027-01-30\"}, {rule: OPC3001, reason: again}]": "an error",
	}
	for accept, want := range tests {
		r, err := Compile(t.Context(), described(accept), "operator.yaml", Options{Today: "2027-01-31", Targets: []*emit.Target{nagging}})
		if err != nil || r.Output != nil {
			t.Fatal("an error went through", err)
		}
		got := ""
		for _, message := range []string{"a warning", "a warning below", "an error"} {
			for _, d := range r.Findings {
				if d.Message == message {
					got = join(got, told(d))
				}
			}
		}
		for _, d := range r.Findings {
			if d.Path != "" && d.Path[:2] == "/a" {
				got = join(got, told(d))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", accept, diff)
		}
	}
}

// TestErrorsThatCanBeAccepted holds that judges' errors can be accepted, by the place in the description or by the file,
// and no others.
func TestErrorsThatCanBeAccepted(t *testing.T) {
	refused := diag.Errorf(diag.ExampleRefused, "@samples/a.yaml#0/spec/size", "refused")
	for _, tc := range []struct {
		finding diag.Diagnostic
		path    string
		want    bool
	}{
		{refused, "", true},
		{refused, "samples/a.yaml", true},
		{refused, "@samples/a.yaml#0/spec", true},
		{refused, "samples", true},
		{refused, "/samples", false},
		{refused, "samples/a", false},
		{refused, "samples/a.yaml#1", false},
		{diag.Errorf(diag.InvalidObject, "/manager/pod", "pod"), "manager", true},
		{diag.Errorf(diag.InvalidObject, "/manager/pod", "pod"), "@manager", false},
		{diag.Errorf(diag.NotEqual, "/manager", "unequal"), "", false},
		{diag.Errorf(diag.MetadataDiffers, "/version", "another"), "", false},
		{diag.Errorf(diag.BadExample, "/apis", "of no API"), "", false},
		{diag.Warnf(diag.NotEqual, "/manager", "a warning"), "", true},
	} {
		if got := accepts(schema.Waiver{Rule: string(tc.finding.Code), Path: tc.path}, tc.finding); got != tc.want {
			t.Errorf("%s at %s, accepted at %q: %v", tc.finding.Code, tc.finding.Path, tc.path, got)
		}
	}
}

// TestWaiversThatNothingNeeds holds that a whole compile tells of entries of accept that it had no use for; findings of
// other commands may need the rest.
func TestWaiversThatNothingNeeds(t *testing.T) {
	const accept = "accept: [{rule: OPC3001, reason: r}, {rule: OPC3002, reason: r}, {rule: OPC7003, reason: r}]\n"
	warning := &emit.Target{Name: "warning", Emit: func(*model.Operator) (*emit.FileSet, diag.List) {
		return nil, diag.List{diag.Warnf(diag.NotExpressible, "/name", "a warning")}
	}}
	r, err := Compile(t.Context(), described(accept), "operator.yaml", Options{Targets: []*emit.Target{warning}})
	if err != nil || r.Output == nil {
		t.Fatal(err, r.Findings)
	}
	var got []string
	for _, d := range r.Findings {
		got = append(got, fmt.Sprintf("%s %s %s", d.Severity, d.Path, d.Message))
	}
	want := []string{"warning /accept/1 the waiver of OPC3002 matches no finding"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}

func told(d diag.Diagnostic) string {
	for _, r := range d.Related {
		d.Message += " (" + r.Message + ")"
	}
	return d.Message
}

// TestWaiversNeedAReason refuses a waiver that nobody explained: one without a reason, or with the place for it as opc check
// and opc diff print it.
func TestWaiversNeedAReason(t *testing.T) {
	for reason, want := range map[string]int{`"…"`: 1, `" "`: 1, "It makes the roles of tenants.": 0} {
		text := "permissions: [{scope: cluster, rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]}]\naccept: [{rule: OPC5012, reason: " + reason + "}]"
		r, err := Compile(t.Context(), described(text), "operator.yaml", Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Findings.Count(diag.Error); got != want {
			t.Errorf("%s: %d errors: %v", reason, got, r.Findings)
		}
		if want == 1 && (len(r.Findings) == 0 || r.Findings[0].Path != "/accept/0/reason" || r.Output != nil) {
			t.Errorf("%s: %v", reason, r.Findings)
		}
	}
}
