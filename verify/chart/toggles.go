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
	Path   []string // of the value, where the setting switches one
}

// Toggles makes settings that switch the boolean values of the chart: each alone, all on, all off, and pairs, so that
// every two meet in every way. keep chooses the values by their path, such as crds.enabled.
func (c *Chart) Toggles(keep func(path string) bool) []Setting {
	type toggle struct {
		path []string
		on   bool
	}
	var toggles []toggle
	booleans(c.chart.Values, nil, func(path []string, on bool) {
		if keep(dotted(path)) {
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
				names = append(names, fmt.Sprintf("%s=%v", dotted(t.path), v))
				set(s.Values, t.path, v)
				s.Path = t.path
			}
		}
		if len(names) > 1 {
			s.Path = nil
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
func booleans(values map[string]any, path []string, f func(path []string, on bool)) {
	for _, k := range slices.Sorted(maps.Keys(values)) {
		at := append(slices.Clone(path), k)
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

// dotted is the path of a value as helm's --set takes it: a dot in a name is escaped.
func dotted(path []string) string {
	names := make([]string, len(path))
	for i, name := range path {
		names[i] = strings.ReplaceAll(name, ".", `\.`)
	}
	return strings.Join(names, ".")
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

// Covering returns rows of n switches in which every two switches take all four states, the first row all on, the second
// all off. Each switch is on in a different half of the rows other than the second, the first always among them; as few
// rows as that takes (Kleitman and Spencer, Families of k-independent sets, 1973).
func Covering(n int) [][]bool {
	if n == 0 {
		return nil
	}
	half, rows := 1, 2
	var halves [][]int
	for {
		if halves = subsets(rows-1, half-1); len(halves) >= n {
			break
		}
		rows++
		half = rows / 2
	}
	out := make([][]bool, rows+1)
	for r := range out {
		out[r] = make([]bool, n)
	}
	for i := range n {
		out[0][i] = true
		for _, r := range halves[i] {
			out[r+2][i] = true
		}
	}
	return out
}

// subsets lists the subsets of a size of the numbers below n, in order.
func subsets(n, size int) [][]int {
	if size == 0 {
		return [][]int{nil}
	}
	var out [][]int
	for last := size - 1; last < n; last++ {
		for _, s := range subsets(last, size-1) {
			out = append(out, append(slices.Clone(s), last))
		}
	}
	return out
}

var (
	templateFault = regexp.MustCompile(`template: [^/\s]+/(\S+?):(\d+)(?::\d+)?: `)
	parseFault    = regexp.MustCompile(`parse error at \([^/]+/(\S+?):(\d+)\): `)
)

// LabelValue is a version as it stands in a label, where "+" is not allowed.
func LabelValue(version string) string { return strings.ReplaceAll(version, "+", "_") }
