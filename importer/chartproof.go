package importer

import (
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube/equal"
	"github.com/opc-project/opc/verify/chart"
)

// renewed is a chart that opc wrote: it needs no bounds.
type renewed struct {
	*rendering
	values *document // its values.yaml
	schema tree      // its values.schema.json
}

// renew emits the chart of a model.
func (h *helm) renew(m *model.Operator) (*renewed, error) {
	s, faults := h.emit(m)
	if faults.HasErrors() {
		return nil, errorOf(faults)
	}
	r := &reader{fsys: s.files}
	c, err := chart.Load("", r.chartFiles())
	if err != nil {
		return nil, err
	}
	c.Reuse()
	n := &renewed{rendering: newRendering(s.files, c, h.old.release, text(s.chart["appVersion"])), values: r.only("values.yaml")}
	if d := r.only("values.schema.json"); d != nil {
		n.schema = d.tree
	}
	n.cluster = h.old.cluster
	n.labels.kept, n.labels.called = h.old.labels.kept, h.old.labels.called
	return n, nil
}

// unequal lists the fields in which the chart that the description compiles to differs from the source, both rendered
// with their default values.
func (h *helm) unequal(d *draft, out *Result) []string {
	m, faults := compile(out.Name, out.Text, out.Files, d.base)
	if faults.HasErrors() {
		return []string{"the description does not compile: " + errorOf(faults).Error()}
	}
	n, err := h.renew(m)
	if err != nil {
		return []string{"the new chart can't be read: " + err.Error()}
	}
	got, err := n.parts(nil, h.view)
	if err != nil {
		return []string{"the new chart does not render: " + err.Error()}
	}
	want := map[string]tree{}
	for _, o := range d.src.objects {
		want[o.place()] = canonical(h.view(o.tree))
	}
	var lines []string
	for _, p := range sortedKeys(union(want, got)) {
		for _, x := range equal.Trees(orNothing(want[p]), orNothing(got[p])) {
			lines = append(lines, "the new chart's "+p+": "+strings.Join(x.Path, ".")+" is "+short(x.Want)+", and comes back as "+short(x.Got))
		}
	}
	return lines
}

// orNothing is a tree, or a nil that is no map.
func orNothing(t tree) any {
	if t == nil {
		return nil
	}
	return t
}

func union(a, b map[string]tree) map[string]bool {
	out := map[string]bool{}
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}
