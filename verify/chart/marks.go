package chart

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/kube"
)

// Mark is a value that is empty by default, with one in its place that is found again in what is rendered.
type Mark struct {
	Path  []string
	Sign  string
	value any
}

// Marks are all values that are empty by default: what they do can't be seen in any rendering that leaves them so.
func (c *Chart) Marks() []Mark {
	var schema map[string]any
	_ = json.Unmarshal(c.chart.Schema, &schema) // one that can't be read is told when the chart is rendered
	var out []Mark
	add := func(path []string, put func(sign string) any) {
		sign := fmt.Sprintf("opc-mark-%d-x", len(out)) // a name that is cut loses a dash at its end
		out = append(out, Mark{slices.Clone(path), sign, put(sign)})
	}
	var walk func(values, schema map[string]any, path []string)
	walk = func(values, schema map[string]any, path []string) {
		properties := kube.Map(schema["properties"])
		for _, k := range slices.Sorted(maps.Keys(values)) {
			below := kube.Map(properties[k])
			at := append(slices.Clone(path), k)
			switch v := values[k].(type) {
			case map[string]any:
				if len(v) > 0 {
					walk(v, below, at)
				} else {
					add(at, func(sign string) any { return map[string]any{sign + "k": sign} })
				}
			case []any:
				items := kube.Map(below["items"])
				switch {
				case len(v) > 0:
				case items["type"] == "string":
					add(at, func(sign string) any { return []any{sign} })
				default:
					add(at, func(sign string) any { return []any{map[string]any{"name": sign}} })
				}
			case nil:
				if ofType(below, "string") {
					add(at, func(sign string) any { return sign })
				} else if ofType(below, "integer") {
					number := 734000000 + len(out)
					out = append(out, Mark{slices.Clone(at), strconv.Itoa(number), number})
				}
			case string:
				if digest := kube.Text(values["digest"]); v == "" && (k != "tag" || digest == "") { // a digest wins over the tag
					add(at, func(sign string) any { return sign })
				}
			}
		}
	}
	walk(c.chart.Values, schema, nil)
	return out
}

// ofType reports whether a schema asks for a type in so many words: a template may make a number of what it reads.
func ofType(schema map[string]any, name string) bool {
	types := kube.List(schema["type"])
	choices := kube.List(schema["anyOf"])
	return schema["type"] == name || slices.Contains(types, any(name)) || slices.ContainsFunc(choices, func(e any) bool {
		choice := kube.Map(e)
		return ofType(choice, name)
	})
}

// Look renders the chart with marks set, on top of a release's values, and returns those that are not found again, and
// where lists and maps land. The pods of helm test do not count as finds, nor does what the values schema says of such
// values.
func (c *Chart) Look(r Release, marks []Mark) (lost []Mark, landed []Landing, err error) {
	values := clone(r.Values)
	for _, m := range marks {
		set(values, m.Path, m.value)
	}
	r.Values, r.anyValues = values, true
	texts, err := c.texts(r)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range marks {
		found := false
		for _, name := range slices.Sorted(maps.Keys(texts)) {
			if strings.Contains(texts[name], m.Sign) {
				found = found || !strings.Contains(name, "/tests/")
				landed = append(landed, m.landings(name, texts[name])...)
			}
		}
		if !found {
			lost = append(lost, m)
		}
	}
	return lost, landed, nil
}

// clone copies the maps of values.
func clone(values map[string]any) map[string]any {
	out := make(map[string]any, len(values))
	for k, v := range values {
		if m, ok := v.(map[string]any); ok {
			v = clone(m)
		}
		out[k] = v
	}
	return out
}

// Unsaid lists the fields of the values schema that values.yaml has no default of, by their path.
func (c *Chart) Unsaid() []string {
	var schema map[string]any
	_ = json.Unmarshal(c.chart.Schema, &schema)
	var out []string
	var walk func(values, schema map[string]any, path string)
	walk = func(values, schema map[string]any, path string) {
		if schema["additionalProperties"] != false {
			return // names are people's: those that are listed are refused, as a rule
		}
		properties := kube.Map(schema["properties"])
		for _, k := range slices.Sorted(maps.Keys(properties)) {
			v, said := values[k]
			if path == "" && (k == "global" || k == "enabled") {
				continue // said by a chart that has this one below it
			}
			if !said {
				out = append(out, path+"/"+k)
				continue
			}
			below := kube.Map(properties[k])
			if m, ok := v.(map[string]any); ok && len(m) > 0 {
				walk(m, below, path+"/"+k)
			}
		}
	}
	walk(c.chart.Values, schema, "")
	return out
}
