package verify

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/chart"
	"github.com/opc-project/opc/verify/finding"
)

// schema holds that the values schema refuses what the chart, or the operator, can't do with, and nothing else: what the
// kind of each value says, and what the description says of parameters and of watched namespaces.
func (p *chartProof) schema() []finding.Finding {
	found := p.chart.Lax()
	for _, q := range p.m.Parameters {
		found = append(found, p.chart.Try(parameterSample(q))...)
	}
	if p.m.Watch.Env != "" {
		found = append(found, p.chart.Try(watchSample(p.m.Watch))...)
	}
	var out []finding.Finding
	for _, l := range found {
		at, value := kube.Place{File: chartDir + "/values.yaml"}, "the values"
		if len(l.Path) > 0 {
			at.Pointer, value = "/"+strings.Join(l.Path, "/"), "the value "+strings.Join(l.Path, ".")
		}
		out = append(out, finding.InFile(at, diag.ChartUnchecked, diag.Error, "values.schema.json: %s: it %s", value, l.What))
	}
	return out
}

// landed holds that a list or a map among the values becomes the field that it is called after, and that the values schema
// refuses what the chart says beside it: a key would stand there twice.
func (p *chartProof) landed(landings []chart.Landing) []finding.Finding {
	var out []finding.Finding
	for _, l := range landings {
		name := strings.Join(l.Mark.Path, ".")
		at := kube.Place{File: chartDir + "/values.yaml", Pointer: "/" + strings.Join(l.Mark.Path, "/")}
		if !p.meant(l) {
			out = append(out, finding.InFile(at, diag.ChartValues, diag.Error, "the value %s ends up in the field %q of %s", name, l.Field, l.File))
		}
		for _, key := range l.Beside {
			if p.chart.Takes(l.Mark.Path, map[string]any{key: "x"}) {
				out = append(out, finding.InFile(at, diag.ChartUnchecked, diag.Error,
					"values.schema.json: the value %s: it takes the key %s, which the chart sets itself in %s", name, key, l.File))
			}
		}
	}
	return out
}

// meant reports whether a list or a map among the values lands where it should: in the field of its name, or in one that
// the parameter sets.
func (p *chartProof) meant(l chart.Landing) bool {
	own := l.Mark.Path[len(l.Mark.Path)-1]
	switch {
	case l.Mark.Path[0] == "parameters" && len(l.Mark.Path) > 2:
		return l.Field == own // a part of what the parameter sets
	case l.Mark.Path[0] == "parameters":
		i := slices.IndexFunc(p.m.Parameters, func(q model.Parameter) bool { return q.Name == own })
		return i >= 0 && slices.ContainsFunc(p.m.Parameters[i].Sets, func(s model.Set) bool {
			return strings.HasSuffix(strings.TrimSuffix(s.Path, "]"), l.Field)
		})
	}
	return l.Field != "" && strings.HasSuffix(strings.ToLower(own), strings.ToLower(l.Field))
}

// watchSample is what the values schema must take and refuse of namespaces to watch.
func watchSample(w model.Watch) chart.Sample {
	s := chart.Sample{
		Path: []string{"watchNamespaces"}, Takes: []any{[]any{}, []any{"team-a"}},
		Refuses: []any{[]any{"Not a name"}, []any{"team-a", "team-a"}},
	}
	if two := []any{"team-a", "team-b"}; w.Supports(kube.MultiNamespace) {
		s.Takes = append(s.Takes, two)
	} else {
		s.Refuses = append(s.Refuses, two)
	}
	return s
}

// parameterSample is what the values schema must take and refuse of a parameter: what is of its type and what is not,
// and what stands at the edge of its range and beyond.
func parameterSample(q model.Parameter) chart.Sample {
	s := chart.Sample{Path: []string{"parameters", q.Name}, Takes: []any{literal(q, q.Default)}}
	for _, v := range q.Enum {
		s.Takes = append(s.Takes, literal(q, v))
	}
	switch q.Type {
	case model.TypeBoolean:
		s.Takes = append(s.Takes, true, false)
		s.Refuses = append(s.Refuses, "true", 1)
	case model.TypeInteger, model.TypeNumber:
		s.Refuses = append(s.Refuses, q.Default, true)
		if q.Type == model.TypeInteger {
			s.Refuses = append(s.Refuses, 0.5)
		}
		edge(&s, q.Minimum, -1)
		edge(&s, q.Maximum, 1)
	case model.TypeList, model.TypeMap:
		s.Refuses = append(s.Refuses, true, "x")
	default:
		s.Refuses = append(s.Refuses, true, 0.5)
	}
	if len(q.Enum) > 0 {
		s.Refuses = append(s.Refuses, literal(q, strings.Join(q.Enum, "")+"0"))
	}
	if re, err := regexp.Compile(q.Pattern); err == nil {
		for _, text := range []string{"", "\n", "no such value!"} {
			if !re.MatchString(text) {
				s.Refuses = append(s.Refuses, text)
			}
		}
	}
	return s
}

// edge is the end of a parameter's range, and what is beyond it.
func edge(s *chart.Sample, end string, beyond int64) {
	limit, ok := new(big.Rat).SetString(end)
	if !ok {
		return
	}
	s.Takes = append(s.Takes, json.Number(end))
	s.Refuses = append(s.Refuses, json.Number(limit.Add(limit, big.NewRat(beyond, 1)).RatString()))
}

// literal is a parameter's value, which the model keeps as text, as values.yaml writes it.
func literal(q model.Parameter, text string) any {
	switch q.Type {
	case model.TypeBoolean:
		return text == "true"
	case model.TypeInteger, model.TypeNumber:
		return json.Number(text)
	}
	return q.Type.Value(text)
}
