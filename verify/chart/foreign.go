package chart

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/ignore"

	"github.com/opc-project/opc/schema/diag"
)

// Foreign is a chart that anybody made. It is rendered as helm template does it: with the charts that it depends on,
// those that its values switch off left out.
type Foreign struct {
	chart   *chart.Chart // as it is in its files
	schemas *schemas
	reuse   *reuse
}

// ErrLibrary says that a chart renders nothing: it is there for others.
var ErrLibrary = errors.New("it is a library chart, which installs nothing")

// LoadForeign parses a chart from its files, by their names in its folder. What .helmignore names is no part of it.
func LoadForeign(files map[string][]byte) (*Foreign, error) {
	var kept []*loader.BufferedFile
	rules := ignore.Empty()
	if data, ok := files[ignore.HelmIgnore]; ok {
		var err error
		if rules, err = ignore.Parse(strings.NewReader(string(data))); err != nil {
			return nil, fmt.Errorf("%s: %w", ignore.HelmIgnore, err)
		}
	}
	rules.AddDefaults()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !ignored(rules, name) {
			kept = append(kept, &loader.BufferedFile{Name: name, Data: files[name]})
		}
	}
	c, err := parseChart(kept)
	if err != nil {
		return nil, err
	}
	if c.Metadata.Type == "library" {
		return nil, ErrLibrary
	}
	return &Foreign{chart: c, schemas: compile(c), reuse: newReuse(c)}, nil
}

// Ignores reports whether a .helmignore leaves a file of a chart out.
func Ignores(helmignore []byte, name string) bool {
	rules, err := ignore.Parse(strings.NewReader(string(helmignore)))
	return err == nil && ignored(rules, name)
}

// ignored reports whether a file, or a folder that it is in, is left out.
func ignored(rules *ignore.Rules, name string) bool {
	for at := name; at != "."; at = path.Dir(at) {
		if rules.Ignore(at, entry{at, at != name}) {
			return true
		}
	}
	return false
}

func parseChart(files []*loader.BufferedFile) (*chart.Chart, error) {
	c, err := loader.LoadFiles(files)
	if err == nil {
		err = c.Validate()
	}
	if err == nil && c.Metadata == nil {
		err = errors.New("Chart.yaml is missing")
	}
	return c, err
}

// own is a copy of a chart that Helm may change for one rendering: what its values switch off is taken out of it, and the
// values of charts that it depends on are put into its own.
func own(c *chart.Chart) *chart.Chart {
	out := &chart.Chart{Raw: c.Raw, Lock: c.Lock, Templates: c.Templates, Schema: c.Schema, Files: c.Files}
	if c.Values != nil {
		out.Values = copied(c.Values)
	}
	meta := *c.Metadata
	meta.Dependencies = slices.Clone(meta.Dependencies)
	for i, d := range meta.Dependencies {
		dependency := *d
		meta.Dependencies[i] = &dependency
	}
	out.Metadata = &meta
	var subs []*chart.Chart
	for _, sub := range c.Dependencies() {
		subs = append(subs, own(sub))
	}
	out.SetDependencies(subs...)
	return out
}

// Templates returns what each file renders to, by its name in the chart's folder. CustomResourceDefinitions in crds/ are
// among them. The same values give the same texts, unless the templates ask for chance or the time.
func (f *Foreign) Templates(r Release) (out map[string]string, err error) {
	defer func() {
		if v := recover(); v != nil { // functions of templates may panic
			err = fmt.Errorf("%v", v)
		}
	}()
	c := own(f.chart) // dependencies are taken out of it
	values := r.Values
	if values == nil {
		values = map[string]any{}
	}
	if err := chartutil.ProcessDependenciesWithMerge(c, values); err != nil {
		return nil, err
	}
	caps := chartutil.DefaultCapabilities.Copy()
	if r.KubeVersion != "" {
		v, err := chartutil.ParseKubeVersion(r.KubeVersion)
		if err != nil {
			return nil, fmt.Errorf("the version of Kubernetes: %w", err)
		}
		caps.KubeVersion = *v
	}
	release := chartutil.ReleaseOptions{Name: r.Name, Namespace: r.Namespace, Revision: 1, IsInstall: !r.Upgrade, IsUpgrade: r.Upgrade}
	top, err := chartutil.ToRenderValuesWithSchemaValidation(c, values, release, caps, true)
	if err != nil {
		return nil, err
	}
	all, err := top.Table("Values")
	if err == nil {
		err = f.schemas.validate(c.Name(), all)
	}
	if err != nil {
		return nil, err
	}
	texts, err := f.reuse.render(c, top, r.settings())
	if err != nil {
		return nil, err
	}
	out = map[string]string{}
	for name, text := range texts {
		_, rest, _ := strings.Cut(name, "/") // the chart's name
		out[rest] = text
	}
	for _, crd := range c.CRDObjects() {
		_, rest, _ := strings.Cut(filepathToSlash(crd.Filename), "/")
		out[rest] = string(crd.File.Data)
	}
	return out, nil
}

// Lint lints the chart from a folder on disk that holds it.
func (f *Foreign) Lint(folder, dir string) ([]Message, error) { return Lint(folder, dir), nil }

func filepathToSlash(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// TemplateFault finds the template and the line that an error of Helm's speaks of, and shortens its message to one line.
func TemplateFault(err error) (diag.Pos, string) {
	text := strings.Join(strings.Fields(err.Error()), " ")
	var at diag.Pos
	// The innermost template is named last.
	for _, m := range templateFault.FindAllStringSubmatch(text, -1) {
		at = diag.Pos{File: m[1], Line: number(m[2]), Col: 1}
	}
	for _, re := range []*regexp.Regexp{parseFault, failFault} {
		if m := re.FindStringSubmatch(text); m != nil && !at.IsValid() {
			at = diag.Pos{File: m[1], Line: number(m[2]), Col: 1}
			text = strings.Replace(text, m[0], "", 1)
		}
	}
	return at, text
}

// failFault is how Helm tells what the functions fail and required say.
var failFault = regexp.MustCompile(`execution error at \([^/\s]+/(\S+?):(\d+)(?::\d+)?\): `)

func number(s string) int {
	n := 0
	_, _ = fmt.Sscanf(s, "%d", &n)
	return n
}
