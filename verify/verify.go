// Package verify proves what opc emits, with the libraries of those who will take it: Helm's engine and linter,
// kustomize, OLM's validators, operator-registry, and Kubernetes' own types and validation. Nothing touches a network.
//
// Check judges what one description compiled to, and compares what each installer leaves with what the model says.
// Tree judges any folder with a chart, kustomize folders, a bundle, a catalog or manifests in it. Both only read; what
// they find goes by the description's paths in the one case, and by the files' own lines in the other.
//
// The judges stand below: finding (what they say), judge (Kubernetes), equal (the comparison and what may
// differ), chart, overlay, bundle and fbc (one for each artifact).
package verify

import (
	"cmp"
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/chart"
	"github.com/opc-project/opc/verify/finding"
	"github.com/opc-project/opc/verify/judge"
)

// Profile is what a bundle or its pods are meant for, beyond what any install asks.
type Profile string

// The profiles.
const (
	OLMv0      Profile = "olm-v0"     // what the catalogs of OLM v0 expect of a bundle
	OLMv1      Profile = "olm-v1"     // what OLM v1 can install
	Community  Profile = "community"  // what the community's catalogs ask
	RedHat     Profile = "redhat"     // what Red Hat's certification requires
	Restricted Profile = "restricted" // Pod Security's strictest level
)

// Profiles lists the profiles with one sentence each.
func Profiles() [][2]string {
	return [][2]string{
		{string(OLMv0), "Also reports the warnings of OLM's validators, not only their errors."},
		{string(OLMv1), "Requires a bundle that OLM v1 can install: it can watch all namespaces, and needs no dependency resolution."},
		{string(Community), "Applies the requirements of the community-operators catalogs, with OperatorHub's validators."},
		{string(RedHat), "Also applies the requirements of Red Hat's certification."},
		{string(Restricted), "Requires pods that meet the Pod Security Standard restricted, and no permission to read all Secrets."},
	}
}

// Scratch writes files to a folder that is removed by the function it returns. Helm's linter reads nothing else; whoever
// may touch the disk provides it.
type Scratch func(files fs.FS) (dir string, remove func(), err error)

// Options are what verification needs beside its input.
type Options struct {
	Profiles []Profile
	Scratch  Scratch // nil leaves Helm's linter out
	// Own are the folders of the description's own targets, whose files need not hold objects.
	Own []string
	// Engine starts what renders a chart that nobody vouches for, until the function that it returns ends it; nil renders
	// it here. Those that opc makes are rendered here.
	Engine func(files map[string][]byte) (engine chart.Engine, end func(), err error)
}

func (o Options) has(p Profile) bool { return slices.Contains(o.Profiles, p) }

// hub reports whether the catalogs' validators run, and warnings of OLM's are told.
func (o Options) hub() bool { return o.has(OLMv0) || o.has(Community) || o.has(RedHat) }

// task is one part of the work; tasks run side by side, each with findings of its own.
type task func() []finding.Finding

// run runs tasks side by side and joins what they found, in their order; none begins once ctx is done. A panic of one is
// the caller's to catch: in a goroutine of its own it would end the program.
func run(ctx context.Context, tasks ...task) []finding.Finding {
	found, broken := make([][]finding.Finding, len(tasks)), make([]any, len(tasks))
	var wg sync.WaitGroup
	for i, t := range tasks {
		wg.Go(func() {
			defer func() { broken[i] = recover() }()
			if ctx.Err() == nil {
				found[i] = t()
			}
		})
	}
	wg.Wait()
	for _, x := range broken {
		if x != nil {
			panic(x)
		}
	}
	return slices.Concat(found...)
}

// bench makes the judges of objects.
func bench(minKube string, opts Options) *judge.Bench {
	return judge.NewBench(judge.Context{MinKube: minKube, Restricted: opts.has(Restricted)})
}

// place says where a finding is, for those who asked.
type place func(finding.Finding) diag.Diagnostic

// told turns findings into diagnostics. The same thing found twice, by two judges, in two artifacts, under two settings or
// in two installs by one installer, is told once, with the severity of the gravest.
func told(findings []finding.Finding, at place) diag.List {
	type key struct {
		code    diag.Code
		path    diag.Path
		pos     diag.Pos
		message string
	}
	seen := map[key]int{}
	var out diag.List
	for _, f := range unlinted(findings) {
		d := at(f)
		d.Set = f.Set
		d.Code, d.Severity, d.Hint = f.Code, f.Severity, cmp.Or(d.Hint, f.Hint)
		if f.With != "" {
			d.Message = "with " + f.With + ": " + d.Message
		}
		kind := ""
		if f.Object != nil {
			kind = f.Object.Kind() // its name and namespace follow the release and the overlay
		}
		k := key{d.Code, d.Path, d.Pos, kind + f.Via + f.Message}
		if i, twice := seen[k]; twice {
			out[i].Severity = min(out[i].Severity, d.Severity)
			if len(f.Set) < len(out[i].Set) {
				out[i].Set = f.Set // fewer are enough for it
			}
			continue
		}
		seen[k] = len(out)
		out = append(out, d)
	}
	return out
}

// unlinted leaves out what Helm's linter says of a file of which a judge says the same: that it can't be rendered or read,
// or that a name in it is wrong.
func unlinted(findings []finding.Finding) []finding.Finding {
	told := map[string]bool{}
	for _, f := range findings {
		at := f.Place()
		switch {
		case f.Code == diag.NotRendered:
			told["chart "+path.Dir(at.File)] = true
		case f.Code == diag.ChartValues, f.Code == diag.BadManifest:
			told["text "+at.File] = true
		case f.Code == diag.InvalidObject && strings.HasSuffix(f.Pointer, "/metadata/name"):
			told["name "+at.File] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(findings), func(f finding.Finding) bool {
		if f.Code != diag.ChartLint {
			return false
		}
		file := f.At.File
		if path.Base(file) == "values.schema.json" {
			file = path.Join(path.Dir(file), "values.yaml")
		}
		for dir := path.Dir(file); !told["chart "+dir]; dir = path.Dir(dir) {
			if dir == "." || dir == "/" {
				return told["text "+file] || told["name "+file] && strings.Contains(f.Message, "object name does not conform")
			}
		}
		return true
	})
}
