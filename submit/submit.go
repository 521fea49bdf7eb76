// Package submit plans the submission of a version to a catalog of operators: what goes into a checkout of a repository
// such as community-operators, and what the static checks of its pipeline would say. It reads the checkout and writes
// nothing. docs/submit.md lists the checks with their source. Read Plan first.
package submit

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/opc-project/opc"
	"github.com/opc-project/opc/schema/diag"
)

// Options are what a submission needs besides the operator.
type Options struct {
	Reviewers   []string // names on GitHub, added to ci.yaml
	Catalogs    []string // of a new operator with a file-based catalog, such as v4.18; none for one without
	CertProject string   // of certified and marketplace operators
	Force       bool     // replace a version that is in the checkout with other content
	Label       string   // how findings name the checkout
}

// Submission is what goes into a checkout.
type Submission struct {
	Operator, Version string
	Folder            string            // of the version
	Files             map[string][]byte // by their names in the checkout: those that are new or changed
	Delete            []string          // files of the version that are not part of it any more
	Branch, Title     string
}

// Names lists the files to write, sorted.
func (s *Submission) Names() []string { return slices.Sorted(maps.Keys(s.Files)) }

// Plan makes the submission of an operator that was compiled. Findings about the description have a path, those about the
// checkout a position.
func Plan(checkout fs.FS, out *opc.Output, opts Options) (*Submission, diag.List) {
	m := out.Operator()
	bundle := out.Files("olm").Sub("bundle")
	if bundle.Len() == 0 {
		return nil, diag.List{diag.Errorf(diag.Submission, m.OLM.From, "the description compiles to no OLM bundle, which is what is submitted")}
	}
	p := &plan{opts: opts, m: m, operator: path.Join("operators", m.OLM.Package)}
	if !p.read(checkout) {
		return nil, p.diags
	}
	p.out = &Submission{
		Operator: m.OLM.Package, Version: m.Version, Folder: path.Join(p.operator, m.Version), Files: map[string][]byte{},
		Branch: m.OLM.Package + "-" + m.Version, Title: fmt.Sprintf("operator %s (%s)", m.OLM.Package, m.Version),
	}
	files := map[string][]byte{}
	for _, name := range bundle.Names() {
		files[path.Join(p.out.Folder, name)] = bundle.Data(name)
	}
	ci, changed := p.mergeCI()
	if p.diags.HasErrors() {
		return nil, p.diags
	}
	if changed {
		p.out.Files[p.ciName()] = ci
	}
	if config := p.releaseConfig(); config != nil {
		files[path.Join(p.out.Folder, "release-config.yaml")] = config
	}
	p.version(checkout, files)
	p.check(bundle)
	return p.out, p.diags
}

// version compares the version's files with those that are there.
func (p *plan) version(checkout fs.FS, files map[string][]byte) {
	differ := false
	for name, data := range files {
		old, err := fs.ReadFile(checkout, name)
		if err == nil && string(old) == string(data) {
			continue
		}
		p.out.Files[name] = data
		differ = true
	}
	_ = fs.WalkDir(checkout, p.out.Folder, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && files[name] == nil {
			p.out.Delete = append(p.out.Delete, name)
		}
		return nil // a folder that is not there has no files
	})
	slices.Sort(p.out.Delete)
	if _, err := fs.Stat(checkout, p.out.Folder); err == nil && (differ || len(p.out.Delete) > 0) && !p.opts.Force {
		d := diag.Errorf(diag.Checkout, "/version", "version %s is in the checkout already, with other content", p.m.Version).
			WithHint("submit another version; with --force, opc replaces it, if it was not published yet")
		p.diags = append(p.diags, d)
	}
}
