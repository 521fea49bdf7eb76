package chart

import (
	"encoding/json"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

// reuse renders a template again only where a value has changed that it reads: a chart is rendered under many settings, and
// each changes little. What a template reads is found in its text, and in that of all that it includes.
type reuse struct {
	reads  map[string]*reads // by the name of the template
	chancy bool              // templates or values ask for chance or the time
	named  map[string]bool   // files that define templates
	mu     sync.Mutex
	tpl    []string                     // paths of values of the base that hold templates
	base   map[string]any               // values that others are told by, as what differs
	known  map[string]map[string]string // what was rendered, by template and what it reads
	off    bool                         // a template changes values that others read
	last   map[string]string            // what each template rendered to last
}

// newReuse looks into the templates of a chart. It is nil where it can't be known what they do.
func newReuse(c *chart.Chart) *reuse {
	all, ok := parseAll(c)
	if !ok {
		return nil
	}
	u := &reuse{reads: map[string]*reads{}, named: all.named, chancy: all.volatile || valuesAskForChance(c), known: map[string]map[string]string{}, last: map[string]string{}}
	for _, f := range all.files {
		if !strings.HasPrefix(path.Base(f.name), "_") {
			u.reads[f.name], u.known[f.name] = all.readsOf(f), map[string]string{}
		}
	}
	return u
}

// valuesAskForChance reports whether values of a chart are templates that ask for chance or the time.
func valuesAskForChance(c *chart.Chart) bool {
	data, err := json.Marshal(c.Values)
	return err != nil || asksForChance(string(data)) || slices.ContainsFunc(c.Dependencies(), valuesAskForChance)
}

// templatesIn are the paths of values that hold templates.
func templatesIn(v any, at string) []string {
	if m, ok := mapOf(v); ok {
		var out []string
		for _, k := range slices.Sorted(maps.Keys(m)) {
			out = append(out, templatesIn(m[k], below(at, k))...)
		}
		return out
	}
	if isTemplate(text(v, true)) {
		return []string{at}
	}
	return nil
}

// render renders the templates whose values have changed, and takes the others from before. release is all else that they
// can read.
func (u *reuse) render(c *chart.Chart, top chartutil.Values, release string) (map[string]string, error) {
	values, err := top.Table("Values")
	if u == nil || err != nil {
		return engine.Render(c, top)
	}
	u.mu.Lock()
	if u.base == nil {
		u.base = copied(values)
		u.tpl = templatesIn(u.base, "")
	}
	off, changed := u.off, changedValues(u.base, values)
	u.mu.Unlock()
	if off {
		return engine.Render(c, top)
	}
	out, keys := map[string]string{}, map[string]string{}
	needed, all := map[string]bool{}, false
	u.mu.Lock()
	for _, name := range templateNames(c) {
		r := u.reads[name]
		if r == nil {
			continue // named templates alone
		}
		tpl := u.renders(r, changed)
		keys[name] = release + r.key(changed, tpl)
		if text, ok := u.known[name][keys[name]]; ok && !r.volatile && !(tpl && u.chancy) {
			out[name] = text
			delete(keys, name)
			continue
		}
		needed[name], all = true, all || r.any || tpl
		maps.Copy(needed, r.files)
	}
	u.mu.Unlock()
	if len(keys) == 0 {
		return out, nil
	}
	before := copied(values)
	if all {
		maps.Copy(needed, u.named)
	}
	texts, err := engine.Render(partOf(c, needed), top)
	if err != nil && (strings.Contains(err.Error(), "no template") || strings.Contains(err.Error(), "not defined")) {
		return engine.Render(c, withValues(top, before)) // it misses what only values name
	}
	if err != nil {
		return nil, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.off = u.off || !reflect.DeepEqual(before, copied(values)); u.off {
		u.known = nil
		return engine.Render(c, withValues(top, before))
	}
	for name, key := range keys {
		text := texts[name]
		if text == u.last[name] {
			text = u.last[name] // one copy is enough
		}
		out[name], u.last[name] = text, text
		if !u.reads[name].volatile {
			u.known[name][key] = text
		}
	}
	return out, nil
}

// withValues is what templates read, with other values.
func withValues(top chartutil.Values, values map[string]any) chartutil.Values {
	out := maps.Clone(top)
	out["Values"] = chartutil.Values(values)
	return out
}

// copied are values that nothing changes.
func copied(values map[string]any) map[string]any {
	out := make(map[string]any, len(values))
	for k, v := range values {
		switch t := v.(type) {
		case map[string]any:
			v = copied(t)
		case chartutil.Values:
			v = copied(t)
		case []any:
			v = copiedList(t)
		}
		out[k] = v
	}
	return out
}

func copiedList(l []any) []any {
	out := slices.Clone(l)
	for i, v := range out {
		switch t := v.(type) {
		case map[string]any:
			out[i] = copied(t)
		case []any:
			out[i] = copiedList(t)
		}
	}
	return out
}

// templateNames are the names of the templates of a chart and its subcharts.
func templateNames(c *chart.Chart) []string {
	var out []string
	for _, t := range c.Templates {
		out = append(out, path.Join(c.ChartFullPath(), t.Name))
	}
	for _, sub := range c.Dependencies() {
		out = append(out, templateNames(sub)...)
	}
	return out
}

// partOf is a chart with some of its templates.
func partOf(c *chart.Chart, needed map[string]bool) *chart.Chart {
	out := &chart.Chart{Metadata: c.Metadata, Values: c.Values, Files: c.Files}
	for _, t := range c.Templates {
		if needed[path.Join(c.ChartFullPath(), t.Name)] {
			out.Templates = append(out.Templates, t)
		}
	}
	var subs []*chart.Chart
	for _, sub := range c.Dependencies() {
		subs = append(subs, partOf(sub, needed))
	}
	out.SetDependencies(subs...)
	return out
}

// value is a value that differs from those of the base.
type value struct{ path, text string }

// changedValues are the values that differ, in the order of their names.
func changedValues(base, now map[string]any) []value {
	var out []value
	var walk func(a, b map[string]any, at string)
	walk = func(a, b map[string]any, at string) {
		names := maps.Clone(b)
		for k := range a {
			names[k] = nil
		}
		for _, k := range slices.Sorted(maps.Keys(names)) {
			was, had := a[k]
			is, has := b[k]
			x, isMap := mapOf(was)
			y, alsoMap := mapOf(is)
			switch {
			case isMap && alsoMap:
				walk(x, y, below(at, k))
			case had != has || !reflect.DeepEqual(was, is):
				out = append(out, value{below(at, k), text(is, has)})
			}
		}
	}
	walk(base, now, "")
	return out
}

func mapOf(v any) (map[string]any, bool) {
	switch t := v.(type) {
	case map[string]any:
		return t, true
	case chartutil.Values:
		return t, true
	}
	return nil, false
}

func text(v any, there bool) string {
	if !there {
		return "\x00"
	}
	data, _ := json.Marshal(v) // values are JSON
	return string(data)
}

// renders reports whether a template renders values that are templates themselves: those may read anything.
func (u *reuse) renders(r *reads, changed []value) bool {
	return r.tpl && (slices.ContainsFunc(u.tpl, r.on) || slices.ContainsFunc(changed, func(v value) bool { return isTemplate(v.text) && r.on(v.path) }))
}

// key is the text of the changed values that a template reads, or of all.
func (r *reads) key(changed []value, all bool) string {
	var b strings.Builder
	for _, v := range changed {
		if all || r.on(v.path) {
			b.WriteString("\x06" + v.path + "\x07" + v.text)
		}
	}
	return b.String()
}

var definition = regexp.MustCompile(`\{\{-?\s*define\s+"([^"]+)"`)

// definitions are the named templates of a file, each with its text up to the next.
func definitions(text string) map[string]string {
	out := map[string]string{}
	at := definition.FindAllStringSubmatchIndex(text, -1)
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		out[text[m[2]:m[3]]] = text[m[0]:end]
	}
	return out
}

// Reuse makes the chart keep what it rendered.
func (c *Chart) Reuse() { c.reuse = newReuse(c.chart) }

// Named is the text of a named template, or "".
func (c *Chart) Named(name string) string {
	for _, t := range c.chart.Templates {
		if text, ok := definitions(string(t.Data))[name]; ok {
			return text
		}
	}
	return ""
}
