package importer

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/kube/equal"
	"github.com/opc-project/opc/schema/diag"
)

// project is what a folder tells of the operator that is developed in it, as kubebuilder and operator-sdk lay it out.
type project struct {
	*reader
	name    string // of the file PROJECT
	install string // folder of the kustomization that installs the operator
	csv     *document
	version string
	samples []*document
	assumed []string // in place of what the base of the bundles leaves open
}

// installs are the folders of the kustomization that kubebuilder's make deploy applies, and of older layouts.
var installs = []string{"config/default", "deploy/default", "config/deploy"}

// Project imports a project of kubebuilder or operator-sdk: what its kustomization config/default installs, with what the
// project knows of the release besides. The findings are as for Bundle.
func Project(fsys fs.FS, opts Options) (*Result, diag.List) {
	p := readProject(fsys)
	docs := p.kustomized(p.install)
	if p.faults.HasErrors() {
		return nil, p.faults
	}
	p.checkSamples(docs)
	facts := p.facts()
	src := p.installed(docs, facts)
	src.built, src.assumed = p.dockerfile(), append(src.assumed, p.assumed...)
	return p.imported(installedForm(facts), src, opts)
}

// InPlace describes a project of kubebuilder or operator-sdk as Project does, but names the project's files where they
// stand instead of copying what they say.
func InPlace(fsys fs.FS, opts Options) (*Result, diag.List) {
	p := readProject(fsys)
	docs := p.kustomized(p.install)
	if p.faults.HasErrors() {
		return nil, p.faults
	}
	p.checkSamples(docs)
	facts := p.facts()
	src := p.installed(docs, facts)
	src.built, src.assumed = p.dockerfile(), append(src.assumed, p.assumed...)
	src.place = &inPlace{fsys: fsys, docs: map[string][]*document{}, copied: map[*document]bool{}}
	for _, d := range append(p.built, p.samples...) {
		src.place.docs[d.file] = append(src.place.docs[d.file], d)
	}
	return p.imported(installedForm(facts), src, opts)
}

// readProject looks at a project. What is not readable goes to the faults.
func readProject(fsys fs.FS) *project {
	p := &project{reader: &reader{fsys: fsys}, install: installs[0]}
	for _, dir := range slices.Backward(installs) { // the first one wins
		if kustomizationIn(fsys, dir) != "" {
			p.install = dir
		}
	}
	if p.has("PROJECT") {
		if d := p.only("PROJECT"); d != nil {
			p.name = text(d.tree["projectName"])
		}
	}
	p.findCSV()
	p.findSamples()
	p.version = p.findVersion()
	return p
}

func (p *project) has(name string) bool {
	_, err := fs.Stat(p.fsys, name)
	return err == nil
}

// findCSV reads what the project tells OperatorHub: the base of its bundles, or else its last bundle.
func (p *project) findCSV() {
	for _, dir := range []string{"config/manifests/bases", "bundle/manifests"} {
		for _, name := range p.list(dir) {
			if !kube.IsManifest(name) || p.csv != nil {
				continue
			}
			data, err := fs.ReadFile(p.fsys, name)
			if err != nil || !strings.Contains(string(data), equal.ClusterServiceVersion) {
				continue
			}
			for _, d := range p.objects(name) {
				if d.kind() != equal.ClusterServiceVersion {
					continue
				}
				if !p.knownVersion(d) {
					continue
				}
				d.tree["apiVersion"] = csvVersion // operator-sdk reads the base of any version as this one
				p.withoutPlaceholders(d)
				if _, ok := p.typed(d); !ok {
					continue
				}
				for _, u := range equal.UnknownFields(d.tree) {
					u.Correct(d.tree) // typed reports them
				}
				p.csv = d
			}
		}
	}
}

// makeVersion is the line of operator-sdk's Makefile that says the version.
var makeVersion = regexp.MustCompile(`(?m)^VERSION\s*\??:?=\s*v?([0-9]+\.[0-9]+\.[0-9]+\S*)\s*$`)

// findVersion finds the version of the project, or "" where nobody says it but the image.
func (p *project) findVersion() string {
	if data, err := fs.ReadFile(p.fsys, "Makefile"); err == nil && len(data) < MaxFile {
		if m := makeVersion.FindSubmatch(data); m != nil && version.Match(m[1]) {
			return string(m[1])
		}
	}
	return ""
}

// facts are what the project says beside its objects.
func (p *project) facts() Facts {
	f := Facts{Name: p.name, Version: p.version, ManagedBy: "kustomize", CSV: tree{}}
	if p.csv != nil {
		f.CSV = object(equal.Pruned(object(equal.WithoutNulls(p.csv.tree))))
		if v := text(get(f.CSV, "spec", "version")); f.Version == "" && version.MatchString(v) {
			f.Version = v
		}
	}
	if len(p.samples) == 0 {
		return f
	}
	var examples []any
	for _, s := range p.samples {
		examples = append(examples, s.tree)
	}
	if data, err := json.Marshal(examples); err == nil {
		put(f.CSV, string(data), "metadata", "annotations", "alm-examples")
	}
	return f
}
