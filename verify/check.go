package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/equal"
	"github.com/opc-project/opc/verify/finding"
	"github.com/opc-project/opc/verify/judge"
)

// Check judges the files that an operator compiled to. Artifacts that are not among the files are left out. A check that
// ctx stopped has an error, so that nobody takes it for a proof.
func Check(ctx context.Context, m *model.Operator, files *emit.FileSet, opts Options) diag.List {
	found := newCheck(m, files, opts).all(ctx)
	if err := ctx.Err(); err != nil {
		found = append(found, diag.Errorf(diag.Internal, "", "verification was stopped: %v", err))
	}
	return found
}

// check is one run over the files of one operator.
type check struct {
	m     *model.Operator
	files *emit.FileSet
	opts  Options
	bench *judge.Bench
	used  *ruleUse
}

func newCheck(m *model.Operator, files *emit.FileSet, opts Options) *check {
	return &check{m: m, files: files, opts: opts, bench: bench(m.MinKube, opts), used: &ruleUse{}}
}

// all runs every task: those of the targets, and those of no target.
func (c *check) all(ctx context.Context) diag.List {
	var tasks []task
	for _, j := range byTarget {
		tasks = append(tasks, j.tasks(c)...)
	}
	tasks = append(tasks, c.examples, c.unclaimed)
	return told(run(ctx, tasks...), c.place)
}

// below returns the contents of the files below a folder, by their names in it.
func (c *check) below(dir string) map[string][]byte { return contents(c.files.Sub(dir)) }

func contents(sub *emit.FileSet) map[string][]byte {
	out := make(map[string][]byte, sub.Len())
	for _, name := range sub.Names() {
		f, _ := sub.File(name)
		out[name] = f.Data
	}
	return out
}

// examples holds the description's examples against the definitions, whichever artifact shows them.
func (c *check) examples() []finding.Finding {
	if len(c.m.Examples) == 0 {
		return nil
	}
	var list []*kube.Object
	for _, e := range c.m.Examples {
		list = append(list, &kube.Object{Tree: e.Tree, From: func(pointer string) diag.Path { return e.From.Join(pointer) }})
	}
	definitions := slices.DeleteFunc(equal.Truth(c.m, c.m.DefaultOverlay(), ""), func(o *kube.Object) bool {
		return o.Kind() != "CustomResourceDefinition" // the others are judged where they are installed
	})
	return c.bench.Examples(kube.Set{Objects: definitions}, list)
}

// place points a finding at the description, and names the emitted file in the message.
func (c *check) place(f finding.Finding) diag.Diagnostic {
	at := f.Place()
	if at.File == "" {
		at = f.At
	}
	d := diag.Diagnostic{Message: f.Text(), Hint: f.Fix}
	switch {
	case f.Path != "":
		d.Path = f.Path
	case f.Object != nil && f.Object.From != nil:
		d.Path = f.Object.From(f.Pointer)
	default:
		d.Path = c.trace(at)
	}
	if at.File != "" {
		where := strings.TrimSpace(at.File + " " + at.Pointer)
		if f.Line > 0 {
			where = fmt.Sprintf("%s:%d", at.File, f.Line)
		}
		d.Message += fmt.Sprintf(" (%s)", where)
	}
	return d
}

// trace finds where a place in an emitted file was said. In a file of several documents pointers begin with the number
// of the document.
func (c *check) trace(at kube.Place) diag.Path {
	f, _ := c.files.File(at.File)
	doc := fmt.Sprintf("/%d", at.Doc)
	if slices.ContainsFunc(f.Origins, func(o emit.Origin) bool { return o.Pointer == doc }) {
		return c.files.Trace(at.File, doc+at.Pointer)
	}
	return c.files.Trace(at.File, at.Pointer)
}

// compare holds what an installer leaves against the model.
func (c *check) compare(kase equal.Case, want, got []*kube.Object) []finding.Finding {
	kase.Model = c.m
	findings, used := kase.Compare(want, got)
	c.used.add(used)
	return findings
}

// install says what people provide in an install along an overlay: the certificate of webhooks, where the description
// or the overlay leaves it to them.
func (c *check) install(ov model.Overlay, complete bool) judge.Install {
	scope := c.m.Scope(ov)
	secret := scope.String(c.m.Webhooks.Secret)
	byHand := c.m.Webhooks.Certificates == model.CertSecret || c.m.Webhooks.Certificates == model.CertOLM ||
		c.m.Webhooks.Certificates == model.CertManager && !ov.Features["certManager"]
	return judge.Install{Complete: complete, Provided: func(kind, name string) bool {
		if kind == "ServiceAccount" {
			return slices.ContainsFunc(c.m.Existing, func(own string) bool { return scope.String(own) == name })
		}
		return byHand && (kind == "CA" || kind == "Secret" && name == secret)
	}}
}
