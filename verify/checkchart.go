package verify

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/chart"
	"github.com/opc-project/opc/verify/equal"
	"github.com/opc-project/opc/verify/finding"
)

// chartDir is where the chart stands in the output tree.
const chartDir = "chart"

// chart returns the tasks that prove the chart: the comparison with the model, spread over the settings, and the other
// toggles.
func (c *check) chart() []task {
	files := c.below(chartDir)
	if len(files) == 0 {
		return nil
	}
	ch, err := chart.Load(chartDir, files)
	if err != nil {
		return []task{func() []finding.Finding { return []finding.Finding{chart.Unloaded(chartDir, err)} }}
	}
	ch.Reuse()
	p := &chartProof{check: c, chart: ch}
	settings := chartSettings(p.m)
	tasks := []task{func() []finding.Finding { return p.compare(settings[:1]) }}
	half := 1 + (len(settings)-1)/2
	return append(tasks, ch.Range, p.size, p.others, p.releases, p.values, p.schema, p.probes,
		func() []finding.Finding { return p.compare(settings[1:half]) },
		func() []finding.Finding { return p.compare(settings[half:]) })
}

// chartProof compares renderings of one chart with the model.
type chartProof struct {
	*check
	chart *chart.Chart
}

// compare renders the chart along settings, holds each rendering against the model, and judges it.
func (p *chartProof) compare(settings []setting) []finding.Finding {
	var out []finding.Finding
	for _, s := range settings {
		out = append(out, finding.Under(s.set, p.compareWith(s))...)
	}
	return out
}

// compareWith does it along one.
func (p *chartProof) compareWith(s setting) []finding.Finding {
	name, values := "the chart at default values", map[string]any(nil)
	if s.with != "" {
		name, values = "the chart with "+s.with, helm.Values(p.m, s.overlay)
	}
	got, findings, err := p.chart.Render(chart.Release{Name: p.release(), Namespace: s.overlay.Namespace, Values: values})
	if err != nil {
		return p.broken(s.with, err)
	}
	kase := equal.Case{Installer: equal.Helm, Name: name, Overlay: s.overlay, Facts: equal.Facts{
		Release: p.release(), ChartLabel: p.chart.Label(), AppVersion: chart.LabelValue(p.chart.AppVersion()),
	}}
	out := findings
	want := equal.Truth(p.m, s.overlay, "Helm")
	out = append(out, p.check.compare(kase, want, got)...)
	judged := p.bench.Set(kube.Set{Name: name, Objects: got, Namespace: s.overlay.Namespace}, p.install(s.overlay, false))
	return append(out, finding.With(s.with, sourced(want, judged))...)
}

// size holds the release against the Secret that Helm stores it in.
func (p *chartProof) size() []finding.Finding {
	return p.chart.Size(chart.Release{Name: p.release(), Namespace: p.m.Namespace})
}

// release is the name of a release whose objects have the names of a plain install.
func (p *chartProof) release() string {
	if p.m.NamePrefix == "" {
		return p.m.Name
	}
	return p.m.NamePrefix
}

// broken tells why the chart does not render: at what the description says of the value that is at fault, where Helm
// names one.
func (p *chartProof) broken(with string, err error) []finding.Finding {
	values := chartDir + "/values.yaml"
	out := unrendered(chartDir, err)
	for i, f := range chart.Faults(err) {
		if path := p.files.Trace(values, f.Value); f.Value != "" && path != p.files.Trace(values, "") {
			out[i].Path = path
		}
	}
	return finding.With(with, out)
}

// others renders the chart with the toggles that only a chart has.
func (p *chartProof) others() []finding.Finding {
	var out []finding.Finding
	want := equal.Truth(p.m, p.m.DefaultOverlay(), "Helm")
	for _, s := range p.chart.Toggles(p.chartOnly) {
		got, findings, err := p.chart.Render(chart.Release{Name: p.release(), Namespace: p.m.Namespace, Values: s.Values})
		if err != nil {
			out = append(out, finding.Under(p.toggled(s), p.broken(s.Name, err))...)
			continue
		}
		out = append(out, findings...)
		out = append(out, p.switched(s, got)...)
		out = append(out, finding.Under(p.toggled(s), finding.With(s.Name, sourced(want, unchosen(p.bench.Objects(got)))))...)
	}
	return out
}

// toggled are the parameters that a setting of the chart's values changes.
func (p *chartProof) toggled(s chart.Setting) []diag.Path {
	values := kube.Map(s.Values["parameters"])
	var out []diag.Path
	for _, at := range parameterPaths(p.m) {
		if elems := at.Elems(); values[elems[len(elems)-1]] != nil {
			out = append(out, at)
		}
	}
	return out
}

// values holds that each value of the chart has a default, and does something: those that are empty by default are marked,
// and looked for in what is rendered with every feature on, or one of them off.
func (p *chartProof) values() []finding.Finding {
	file := chartDir + "/values.yaml"
	var out []finding.Finding
	for _, path := range p.chart.Unsaid() {
		out = append(out, finding.InFile(kube.Place{File: file}, diag.MetadataDiffers, diag.Error, "the value %s of the values schema has no default", path))
	}
	made := p.m.NamePrefix != "" && slices.ContainsFunc(p.m.Objects, func(o model.Object) bool { return o.Role != model.RoleExtra && model.HasExpr(o.Name()) })
	lost := slices.DeleteFunc(p.chart.Marks(), func(m chart.Mark) bool {
		// Every chart has the overrides, whether names are made of others or not; certificates are looked at by themselves.
		override := strings.HasSuffix(m.Path[0], "Override") && !made
		return override || slices.Contains(m.Path, "certificate") || has(p.m.Helm.Values, "/"+strings.Join(m.Path, "/"))
	})
	look := func(ov model.Overlay) {
		r := chart.Release{Name: p.release(), Namespace: ov.Namespace, Values: helm.Values(p.m, ov)}
		if rest, landed, err := p.chart.Look(r, lost); err == nil {
			lost = rest
			out = append(out, p.landed(landed)...)
		}
		// Some values hide others, as a name for everything does: what is lost among all may be found alone.
		lost = slices.DeleteFunc(lost, func(m chart.Mark) bool {
			rest, landed, err := p.chart.Look(r, []chart.Mark{m})
			out = append(out, p.landed(landed)...)
			return err == nil && len(rest) == 0
		})
	}
	on := with(p.m.DefaultOverlay(), func(ov *model.Overlay) { switchAll(ov, true) })
	look(on)
	for _, f := range p.m.Features {
		if len(lost) > 0 {
			ov := with(on, func(ov *model.Overlay) { ov.Features[f.Name] = false })
			settled(p.m, ov.Features)
			look(ov)
		}
	}
	for _, m := range lost {
		at := kube.Place{File: file, Pointer: "/" + strings.Join(m.Path, "/")}
		out = append(out, finding.InFile(at, diag.ChartValues, diag.Error, "the value %s changes nothing", strings.Join(m.Path, ".")))
	}
	return out
}

// chartOnly reports whether a value is none of the features, which settings switches.
func (p *chartProof) chartOnly(path string) bool {
	name, _ := strings.CutSuffix(path, ".enabled")
	return !slices.ContainsFunc(p.m.Features, func(f model.Feature) bool { return f.Name == name })
}

// unchosen leaves out what a toggle is there to choose: who sets hostNetwork knows what a Pod Security policy says.
func unchosen(findings []finding.Finding) []finding.Finding {
	return slices.DeleteFunc(findings, func(f finding.Finding) bool { return f.Code == diag.PodSecurity })
}

// releases renders the chart for other releases: with names as long as Helm allows every object still has a valid one,
// and two releases in one namespace do not meet.
func (p *chartProof) releases() []finding.Finding {
	if p.m.NamePrefix == "" {
		return nil // names are literal: there can be one release only
	}
	if p.m.Helm.Values["fullnameOverride"] != nil {
		return nil // the description gives the objects of each release the same names
	}
	values := map[string]any{}
	if len(p.m.CRDs) > 0 && p.m.Helm.CRDs != "crds" {
		values["crds"] = map[string]any{"enabled": false}
	}
	first, second, err := pair(p.chart, longest, alsoLongest, p.m.Namespace, values)
	if err != nil {
		return p.broken("a long release name", err)
	}
	out := finding.With("a long release name", unchosen(p.bench.Objects(first)))
	literal := p.literal()
	return append(out, slices.DeleteFunc(collisions(first, second), func(f finding.Finding) bool {
		return literal[f.Object.Kind()+" "+f.Object.Name()]
	})...)
}

// literal are the objects whose names the description fixes: that two releases share them is its own choice.
func (p *chartProof) literal() map[string]bool {
	out := map[string]bool{}
	for _, o := range p.m.Objects {
		if name := o.Name(); !model.HasExpr(name) {
			out[o.Kind()+" "+name] = true
		}
	}
	return out
}
