package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm"
	"github.com/opc-project/opc/importer"
	"github.com/opc-project/opc/internal/regular"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/publish/packed"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/chart"
	"github.com/opc-project/opc/verify/chart/sandbox"
)

// chartIn finds a chart in a folder: the folder itself, or chart/ in what opc compile wrote.
func chartIn(files fs.FS) (string, bool) {
	for _, folder := range []string{".", "chart", "dist/chart"} {
		if stat, err := fs.Stat(files, path.Join(folder, "Chart.yaml")); err == nil && stat.Mode().IsRegular() {
			return folder, true
		}
	}
	return "", false
}

// packaged reads a packaged chart.
func packaged(ctx context.Context, name, file string, opts Options) (*Side, error) {
	f, err := regular.Open(file)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrUnreadable, name, cause(err))
	}
	defer f.Close()
	r := &packed.Reader{Limits: packed.Small, Keep: func(name string) (string, bool) { // the chart's own folder is the only one
		_, rest, ok := strings.Cut(name, "/")
		return rest, ok
	}}
	if err := r.Add(bufio.NewReader(f)); err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrUnreadable, name, err)
	}
	if _, err := fs.Stat(r.FS(), "Chart.yaml"); err != nil {
		return nil, fmt.Errorf("%s %w: there is no Chart.yaml in it", name, ErrUnknown)
	}
	return charted(ctx, name, r.FS(), name+":", opts), nil
}

// charted reads a chart as what it installs by default, and what can be set. label stands in front of the names of its
// files.
func charted(ctx context.Context, name string, files fs.FS, label string, opts Options) *Side {
	s := &Side{Name: name, Chart: true, YAML: true}
	read, faults := importer.ChartFiles(files)
	if faults.HasErrors() {
		s.Findings = diag.List{diag.Errorf(diag.ImportSource, "", "can't read the chart %s: %s", name, faults[0].Message)}
		return s
	}
	all := fstest.MapFS{}
	for file, data := range read {
		all[file] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	var err error
	if s.Operator, err = rendered(ctx, all, opts); err != nil {
		s.Findings = diag.List{diag.Errorf(diag.ImportSource, "", "can't read the chart %s: %v", name, err)}
		return s
	}
	s.Index = inChart(all, label, "Chart.yaml")
	return s
}

// asChart is what the chart of a description installs, with the places of the description. A published chart names the
// operator's image by the digest that was pushed; the description, which has none, is taken to name the same.
func asChart(ctx context.Context, s, like *Side, opts Options) *Side {
	o := *s.Operator
	if pushed := kube.Text(model.At(like.Operator.Helm.Values, "image", "digest")); o.Image.Digest == "" {
		o.Image.Digest = pushed
	}
	set, findings := helm.Target.Emit(&o)
	out := &Side{Name: s.Name, Chart: true, YAML: s.YAML, Accept: s.Accept, Index: s.Index, Findings: slices.Concat(s.Findings, findings.Place(s.Index)), dir: s.dir}
	if findings.HasErrors() {
		return out
	}
	files, err := fs.Sub(set.FS(), "chart")
	if err == nil {
		c := charted(ctx, s.Name, files, "", opts)
		out.Operator, out.Findings = c.Operator, slices.Concat(out.Findings, c.Findings)
	}
	if out.Operator != nil {
		said(out.Operator, &o)
	}
	return out
}

// said gives the things of a rendered chart the places of the description that the chart was made from.
func said(c, o *model.Operator) {
	scope := o.Scope(o.DefaultOverlay())
	for i := range c.Objects {
		for _, obj := range o.Objects {
			if c.Objects[i].From = ""; obj.Kind() == c.Objects[i].Kind() && scope.String(obj.Name()) == c.Objects[i].Name() {
				c.Objects[i].From, c.Objects[i].Origins = obj.From, obj.Origins
				break
			}
		}
	}
	for i := range c.CRDs {
		for _, crd := range o.CRDs {
			if crd.Name == c.CRDs[i].Name {
				c.CRDs[i].From = crd.From
			}
		}
	}
}

// templates renders a chart: in a process of its own if there is a program for that, since a template can take any time
// and memory.
func templates(ctx context.Context, files fstest.MapFS, r chart.Release, opts Options) ([2]map[string]string, error) {
	var out [2]map[string]string
	raw := map[string][]byte{}
	for name, f := range files {
		raw[name] = f.Data
	}
	var renderer interface {
		Templates(chart.Release) (map[string]string, error)
	}
	if len(opts.Renderer) > 0 {
		c, err := sandbox.Start(ctx, opts.Renderer, raw, sandbox.Standard)
		if err != nil {
			return out, err
		}
		defer c.Close()
		renderer = c
	} else {
		f, err := chart.LoadForeign(raw)
		if err != nil {
			return out, err
		}
		renderer = f
	}
	var err error
	for i := range out { // twice: what differs is made by chance
		if out[i], err = renderer.Templates(r); err != nil {
			return out, err
		}
	}
	return out, nil
}

// metadata is what is compared of Chart.yaml.
type metadata struct {
	Name, Version, Description, Home, KubeVersion string
	Keywords                                      []string
	Annotations                                   map[string]string
	Maintainers                                   []struct{ Name, Email, URL string }
	Dependencies                                  []any
}

// operator is an operator of which only what Chart.yaml and values.yaml say is known.
func (m metadata) operator() *model.Operator {
	o := &model.Operator{
		Name: m.Name, Version: strings.TrimPrefix(m.Version, "v"), Summary: m.Description, Homepage: m.Home, Kubernetes: m.KubeVersion,
		Keywords: m.Keywords, License: m.Annotations["artifacthub.io/license"], Overlays: []model.Overlay{{Name: "default", CreateNamespace: true}},
	}
	for _, p := range m.Maintainers {
		o.Maintainers = append(o.Maintainers, model.Maintainer{Name: p.Name, Email: p.Email, URL: p.URL})
	}
	if len(m.Dependencies) > 0 {
		o.Helm.Chart = model.Tree{"dependencies": m.Dependencies}
	}
	return o
}

// readMetadata reads Chart.yaml.
func readMetadata(files fstest.MapFS) (m metadata, err error) {
	f := files["Chart.yaml"]
	if f == nil {
		return m, errors.New("there is no Chart.yaml")
	}
	if err := kube.Decode("Chart.yaml", f.Data, &m); err != nil {
		return m, fmt.Errorf("Chart.yaml: %w", err)
	}
	if m.Name == "" {
		return m, errors.New("Chart.yaml says no name")
	}
	return m, nil
}

// chartPlaces places what is known of a chart in its files.
type chartPlaces struct {
	diag.Locator
	whole string // the file that stands for all that has no place
}

// inChart is the locator of a chart's files: they are found as the files of a description are.
func inChart(files fstest.MapFS, label, whole string) diag.Locator {
	const stand = "operator.yaml"
	with := fstest.MapFS{stand: {Data: []byte("name: chart\n"), Mode: 0o644}}
	for name, f := range files {
		if name != stand {
			with[name] = f
		}
	}
	doc, _ := schema.Load(with, stand, schema.Options{})
	return chartPlaces{shown{doc.Index, func(file string) string { return label + file }}, whole}
}

// Locate implements diag.Locator.
func (c chartPlaces) Locate(p diag.Path) (diag.Pos, bool) {
	values, isValue := strings.CutPrefix(string(p), "/helm/values")
	switch {
	case isValue:
		p = diag.InFile("values.yaml", 0) + diag.Path(values)
	case strings.HasPrefix(string(p), "/helm/required"):
		p = diag.InFile("values.schema.json", 0)
	case !strings.HasPrefix(string(p), "@"):
		p = diag.InFile(c.whole, 0)
	}
	return c.Locator.Locate(p)
}
