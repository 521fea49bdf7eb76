package chart

import (
	"encoding/json"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

// reuse renders a template again only where a value has changed that it reads. A chart is proven under many settings, and
// each changes little: most of Helm's time would go into what it rendered before.
//
// What a template reads is found in its text, and in that of the named templates that it includes. Where that can't be
// known, the template reads everything. It is for charts of opc's own making, whose templates change no values.
type reuse struct {
	reads map[string]*reads            // by the name of the file in the chart
	known map[string]map[string]string // what was rendered, by file and what was read
}

// reads are the values at the top that a template reads.
type reads struct {
	all  bool
	keys []string
}

// Reuse makes the chart keep what it rendered.
func (c *Chart) Reuse() {
	named := map[string]*source{}
	for _, t := range c.chart.Templates {
		for name, text := range definitions(string(t.Data)) {
			if !strings.HasPrefix(path.Base(t.Name), "_") || named[name] != nil {
				return // which one counts depends on what is rendered with it
			}
			named[name] = read(text)
		}
	}
	if len(c.chart.Dependencies()) > 0 {
		return
	}
	c.reuse = &reuse{reads: map[string]*reads{}, known: map[string]map[string]string{}}
	for _, t := range c.chart.Templates {
		if strings.HasPrefix(path.Base(t.Name), "_") {
			continue
		}
		r := &reads{}
		read(string(t.Data)).into(r, named, map[string]bool{})
		slices.Sort(r.keys)
		r.keys = slices.Compact(r.keys)
		c.reuse.reads[t.Name] = r
		c.reuse.known[t.Name] = map[string]string{}
	}
}

// source is what a text says of the values it reads.
type source struct {
	all      bool
	keys     []string
	includes []string
}

var (
	definition = regexp.MustCompile(`\{\{-?\s*define\s+"([^"]+)"`)
	valueRead  = regexp.MustCompile(`\.Values\b(?:\.([A-Za-z_][A-Za-z0-9_]*))?`)
	included   = regexp.MustCompile(`\b(?:include|template)\s+("[^"]+")?`)
	anything   = regexp.MustCompile(`\btpl\b|\b(?:toYaml|toJson|toString|values|keys|pick|omit|merge)\s+\$[\s)}]`)
)

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

// Named is the text of a named template, or "".
func (c *Chart) Named(name string) string {
	for _, t := range c.chart.Templates {
		if text, ok := definitions(string(t.Data))[name]; ok {
			return text
		}
	}
	return ""
}

// actions are the parts of a text that Helm's engine acts upon; most of a definition, say, is none.
func actions(text string) string {
	var b strings.Builder
	for {
		_, rest, ok := strings.Cut(text, "{{")
		if !ok {
			return b.String()
		}
		inner, after, _ := strings.Cut(rest, "}}")
		b.WriteString(inner + "}}\n")
		text = after
	}
}

func read(text string) *source {
	text = actions(text)
	s := &source{all: anything.MatchString(text)}
	for _, m := range valueRead.FindAllStringSubmatch(text, -1) {
		s.keys = append(s.keys, m[1])
		s.all = s.all || m[1] == ""
	}
	for _, m := range included.FindAllStringSubmatch(text, -1) {
		s.includes = append(s.includes, strings.Trim(m[1], `"`))
		s.all = s.all || m[1] == ""
	}
	return s
}

// into adds what a text reads, and what it includes.
func (s *source) into(r *reads, named map[string]*source, seen map[string]bool) {
	r.all = r.all || s.all
	r.keys = append(r.keys, s.keys...)
	for _, name := range s.includes {
		if seen[name] {
			continue
		}
		seen[name] = true
		if named[name] == nil {
			r.all = true
			continue
		}
		named[name].into(r, named, seen)
	}
}

// render renders the templates whose values have changed, and takes the others from before.
// release is all else that they can read.
func (c *Chart) render(top chartutil.Values, release string, values map[string]any) (map[string]string, error) {
	if c.reuse == nil {
		return engine.Render(c.chart, top)
	}
	said := make(map[string]string, len(values))
	for k, v := range values {
		text, _ := json.Marshal(v) // values are JSON
		said[k] = string(text)
	}
	out, keys, fresh := map[string]string{}, map[string]string{}, false
	var missing []*chart.File
	c.mu.Lock()
	for _, t := range c.chart.Templates {
		r := c.reuse.reads[t.Name]
		if r == nil {
			missing = append(missing, t)
			continue
		}
		keys[t.Name] = release + r.key(said)
		if text, ok := c.reuse.known[t.Name][keys[t.Name]]; ok {
			out[path.Join(c.Name(), t.Name)] = text
			continue
		}
		missing, fresh = append(missing, t), true
	}
	c.mu.Unlock()
	if !fresh {
		return out, nil // nothing is left but named templates
	}
	some := &chart.Chart{Metadata: c.chart.Metadata, Values: c.chart.Values, Files: c.chart.Files, Templates: missing}
	texts, err := engine.Render(some, top)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range missing {
		if known := c.reuse.known[t.Name]; known != nil {
			known[keys[t.Name]] = texts[path.Join(c.Name(), t.Name)]
		}
	}
	maps.Copy(out, texts)
	return out, nil
}

// key is the text of the values that are read.
func (r *reads) key(values map[string]string) string {
	keys := r.keys
	if r.all {
		keys = slices.Sorted(maps.Keys(values))
	}
	var b strings.Builder
	for _, k := range keys {
		b.WriteString("\x00" + k + "\x00" + values[k])
	}
	return b.String()
}
