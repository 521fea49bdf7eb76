package chart

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Setting is a choice of values, with a name for people.
type Setting struct {
	Name   string
	Values map[string]any
}

// Toggles makes settings that switch the boolean values of the chart: each alone, all on, all off, and pairs, so that
// every two meet in every way. keep chooses the values by their path, such as crds.enabled.
func (c *Chart) Toggles(keep func(path string) bool) []Setting {
	type toggle struct {
		path string
		on   bool
	}
	var toggles []toggle
	booleans(c.chart.Values, "", func(path string, on bool) {
		if keep(path) {
			toggles = append(toggles, toggle{path, on})
		}
	})
	var out []Setting
	seen := map[string]bool{}
	add := func(on func(i int) bool) {
		s := Setting{Values: map[string]any{}}
		var names []string
		for i, t := range toggles {
			if v := on(i); v != t.on {
				names = append(names, fmt.Sprintf("%s=%v", t.path, v))
				set(s.Values, strings.Split(t.path, "."), v)
			}
		}
		if s.Name = strings.Join(names, ","); s.Name != "" && !seen[s.Name] {
			seen[s.Name] = true
			out = append(out, s)
		}
	}
	for i := range toggles {
		add(func(j int) bool { return toggles[j].on != (i == j) })
	}
	for _, row := range Covering(len(toggles)) {
		add(func(i int) bool { return row[i] })
	}
	return out
}

// booleans calls f for every boolean of a tree of values, in order.
func booleans(values map[string]any, path string, f func(path string, on bool)) {
	for _, k := range slices.Sorted(maps.Keys(values)) {
		at := strings.TrimPrefix(path+"."+k, ".")
		switch v := values[k].(type) {
		case bool:
			f(at, v)
		case map[string]any:
			// Fields of Kubernetes' own are passed on as they are: no template asks for them.
			if !strings.HasSuffix(strings.ToLower(k), "securitycontext") {
				booleans(v, at, f)
			}
		}
	}
}

func set(values map[string]any, path []string, v any) {
	for _, name := range path[:len(path)-1] {
		below, ok := values[name].(map[string]any)
		if !ok {
			below = map[string]any{}
			values[name] = below
		}
		values = below
	}
	values[path[len(path)-1]] = v
}

// Covering returns rows of n switches in which every two switches take all four states, the first all on, the second
// all off. For each switch the bits of its number are a row and its opposite, so the rows grow with the logarithm of n.
func Covering(n int) [][]bool {
	row := func(on func(i int) bool) []bool {
		out := make([]bool, n)
		for i := range out {
			out[i] = on(i)
		}
		return out
	}
	if n == 0 {
		return nil
	}
	rows := [][]bool{row(func(int) bool { return true }), row(func(int) bool { return false })}
	for bit := 0; 1<<bit < n; bit++ {
		rows = append(rows, row(func(i int) bool { return i>>bit&1 == 1 }), row(func(i int) bool { return i>>bit&1 == 0 }))
	}
	return rows
}

var (
	templateFault = regexp.MustCompile(`template: [^/\s]+/(\S+?):(\d+)(?::\d+)?: `)
	parseFault    = regexp.MustCompile(`parse error at \([^/]+/(\S+?):(\d+)\): `)
)

// Fault finds the template that an error of Helm's speaks of, and shortens its message to one line.
func Fault(err error) (file, message string) {
	text := strings.Join(strings.Fields(err.Error()), " ")
	for _, re := range []*regexp.Regexp{templateFault, parseFault} {
		if m := re.FindStringSubmatch(text); m != nil {
			return m[1], text
		}
	}
	if strings.Contains(text, "values don't meet the specifications") {
		return "values.schema.json", text
	}
	return "", text
}

// LabelValue is a version as it stands in a label, where "+" is not allowed.
func LabelValue(version string) string { return strings.ReplaceAll(version, "+", "_") }
