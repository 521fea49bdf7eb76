// Package chart renders and lints charts with Helm's own libraries, in memory but for the linter, which reads a folder.
// A chart is parsed once and rendered many times; what renders to the same text is the same objects, so that judges see
// it once.
package chart

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// Chart is a parsed chart.
type Chart struct {
	Dir     string // where its files stand in the tree, such as "chart"
	chart   *chart.Chart
	schemas *schemas

	engine Engine // nil renders here

	mu    sync.Mutex
	known map[string]*rendered // file and text -> objects
	reuse *reuse               // nil renders everything each time
}

type rendered struct {
	objects []*kube.Object
	faults  []kube.Fault
}

// Engine renders and lints one chart out of this process, within bounds: a template can loop for ever or ask for any amount
// of memory. An error is Helm's own, or tells which bound was broken.
type Engine interface {
	// Templates returns what each file renders to, by its name in the chart's folder.
	Templates(Release) (map[string]string, error)
	// Lint does what the function of this package does.
	Lint(folder, dir string) ([]Message, error)
}

// Elsewhere lets an engine do what templates can do harm in.
func (c *Chart) Elsewhere(e Engine) { c.engine = e }

// Lint lints the chart from a folder on disk that holds it.
func (c *Chart) Lint(folder string) ([]Message, error) {
	if c.engine == nil {
		return Lint(folder, c.Dir), nil
	}
	return c.engine.Lint(folder, c.Dir)
}

// Load parses a chart from its files, by their names below dir.
func Load(dir string, files map[string][]byte) (*Chart, error) {
	var buffered []*loader.BufferedFile
	for _, name := range slices.Sorted(maps.Keys(files)) {
		buffered = append(buffered, &loader.BufferedFile{Name: name, Data: files[name]})
	}
	parsed, err := loader.LoadFiles(buffered)
	if err == nil {
		err = parsed.Validate()
	}
	if err != nil {
		return nil, err
	}
	return &Chart{Dir: dir, chart: parsed, schemas: compile(parsed), known: map[string]*rendered{}}, nil
}

// Release says how a chart is rendered.
type Release struct {
	Name, Namespace string
	Values          map[string]any
	KubeVersion     string // such as 1.30.0; "" for Helm's default
	Upgrade         bool

	anyValues bool // whatever the values schema says
}

// settings tell releases apart, but for their values.
func (r Release) settings() string {
	return strings.Join([]string{r.Name, r.Namespace, r.KubeVersion, strconv.FormatBool(r.Upgrade)}, "\x00") + "\x00"
}

// Name is the chart's name.
func (c *Chart) Name() string { return c.chart.Name() }

// Label is the value of helm.sh/chart: the chart's name and version.
func (c *Chart) Label() string {
	return strings.ReplaceAll(c.chart.Name()+"-"+c.chart.Metadata.Version, "+", "_")
}

// AppVersion is the version of what the chart installs.
func (c *Chart) AppVersion() string { return c.chart.AppVersion() }

// Values are the chart's own values.
func (c *Chart) Values() map[string]any { return c.chart.Values }

// Value is one of the chart's own values, or nil.
func (c *Chart) Value(path ...string) any { return model.At(c.chart.Values, path...) }

// Metadata is Chart.yaml.
func (c *Chart) Metadata() *chart.Metadata { return c.chart.Metadata }

// Writes reports whether a template of the chart can write a field.
func (c *Chart) Writes(field string) bool {
	return slices.ContainsFunc(c.chart.Templates, func(f *chart.File) bool { return strings.Contains(string(f.Data), field) })
}

// Render renders the chart as helm install does, values schema included. Objects that stand in crds/ come first. An
// error is Helm's own.
func (c *Chart) Render(r Release) ([]*kube.Object, []finding.Finding, error) {
	texts, err := c.texts(r)
	if err != nil {
		return nil, nil, err
	}
	var objects []*kube.Object
	var findings []finding.Finding
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		text := texts[name]
		base := path.Base(name)
		if strings.HasPrefix(base, "_") || base == "NOTES.txt" || strings.TrimSpace(text) == "" {
			continue
		}
		part := c.parse(name, text)
		objects = append(objects, part.objects...)
		for _, f := range part.faults {
			findings = append(findings, finding.InFile(f.At, diag.BadManifest, diag.Error, "the rendered template: line %d: %s", f.Line, f.Message))
		}
	}
	return objects, findings, nil
}

// Templates returns what each file renders to, by its name in the tree. CustomResourceDefinitions in crds/ are among
// them.
func (c *Chart) Templates(r Release) (map[string]string, error) { return c.texts(r) }

// texts returns what each file renders to, by its name in the tree.
func (c *Chart) texts(r Release) (map[string]string, error) {
	if c.engine != nil {
		texts, err := c.engine.Templates(r)
		out := make(map[string]string, len(texts))
		for name, text := range texts {
			out[path.Join(c.Dir, name)] = text
		}
		return out, err
	}
	caps := chartutil.DefaultCapabilities.Copy()
	if r.KubeVersion != "" {
		v, err := chartutil.ParseKubeVersion(r.KubeVersion)
		if err != nil {
			return nil, fmt.Errorf("the version of Kubernetes: %w", err)
		}
		caps.KubeVersion = *v
	}
	values := r.Values
	if values == nil {
		values = map[string]any{}
	}
	release := chartutil.ReleaseOptions{Name: r.Name, Namespace: r.Namespace, Revision: 1, IsInstall: !r.Upgrade, IsUpgrade: r.Upgrade}
	top, err := chartutil.ToRenderValuesWithSchemaValidation(c.chart, values, release, caps, true)
	if err != nil {
		return nil, err
	}
	all, err := top.Table("Values")
	if err == nil && !r.anyValues {
		err = c.schemas.validate(c.Name(), all)
	}
	if err != nil {
		return nil, err
	}
	texts, err := c.reuse.render(c.chart, top, r.settings())
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(texts))
	for name, text := range texts {
		_, rest, _ := strings.Cut(name, "/") // the chart's name
		out[path.Join(c.Dir, rest)] = text
	}
	for _, crd := range c.chart.CRDObjects() {
		out[path.Join(c.Dir, crd.Name)] = string(crd.File.Data)
	}
	return out, nil
}

// parse reads what a file rendered to, or remembers it.
func (c *Chart) parse(name, text string) *rendered {
	key := name + "\x00" + text
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.known[key]; r != nil {
		return r
	}
	r := &rendered{}
	if !InCRDs(strings.TrimPrefix(name, c.Dir+"/")) {
		text = Stored(text)
	}
	r.objects, r.faults = kube.Objects(name, []byte(text))
	c.known[key] = r
	return r
}
