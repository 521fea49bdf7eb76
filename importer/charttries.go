package importer

import (
	"reflect"
	"slices"
	"strings"
)

// tries are what a value can be changed to, in the order in which it is.
func (p *prober) tries(k *knob) []any {
	var out []any
	if s := schemaAt(p.schema, k.path); s != nil {
		for _, e := range list(s["enum"]) {
			if e != nil && e != "" && !reflect.DeepEqual(e, k.value) {
				out = append(out, e)
			}
		}
	}
	fit := fitting(k.path[len(k.path)-1])
	maps := []any{tree{probed: "1"}, tree{"type": "Recreate"}}
	switch v := k.value.(type) {
	case bool:
		out = append(out, !v)
	case int64:
		out = append(out, v+1, v-1)
	case float64:
		out = append(out, v+1, v-1)
	case string:
		out = append(out, otherText(v)...)
	case []any:
		if len(v) > 0 {
			return append(out, longer(v, fit)...)
		}
		out = append(append(out, fit...), entries...)
	case tree: // {} stands for lists too, where templates only print it
		isList := func(v any) bool { return kindOf(v) == "list" }
		lists := slices.DeleteFunc(slices.Clone(fit), func(v any) bool { return !isList(v) })
		out = append(append(out, slices.DeleteFunc(fit, isList)...), maps...)
		out = append(append(out, lists...), entries...)
	default: // null: nobody says what it may be
		out = append(append(append(append(out, fit...), probed), maps...), append(slices.Clone(entries), true, int64(7))...)
	}
	return out
}

// entries are lists of whatever an element may be.
var entries = []any{[]any{tree{"name": probed}}, []any{probed}, []any{tree{"key": probed, "operator": "Exists"}}}

// longer are lists with one element more: one that fits a field of Kubernetes, or one like the first.
func longer(v []any, fit []any) []any {
	var out []any
	for _, f := range fit {
		if l, ok := f.([]any); ok && reflect.TypeOf(l[0]) == reflect.TypeOf(v[0]) {
			out = append(out, append(slices.Clone(v), l...))
		}
	}
	if _, ok := v[0].(string); ok {
		return append(out, append(slices.Clone(v), probed))
	}
	return append(out, append(slices.Clone(v), tree{"name": probed}))
}

// refine changes a value again, to what the field of Kubernetes takes that it was found to end in: a chart with a schema
// for its values refuses all else. What does nothing then stays as it was.
func (p *prober) refine(k *knob, base map[string]tree, under tree) {
	var field string
	for _, name := range k.effect[0].path {
		if name != probed && !index.MatchString(name) {
			field = name
		}
	}
	tries := fitting(field)
	if v, ok := k.value.([]any); ok && len(v) > 0 {
		tries = longer(v, tries)
	}
	for _, v := range tries {
		if kindOf(v) != kindOf(k.tried) || reflect.DeepEqual(v, k.tried) {
			continue
		}
		if effect := p.effect(base, under, k.path, v); len(effect) > 0 {
			k.tried, k.effect = v, effect
			return
		}
	}
}

// fitting are values that fit the field of Kubernetes with a name, or whose name a value's ends with: one with a key that the
// field does not have changes nothing, and one without what it needs is refused.
func fitting(name string) []any {
	name = strings.ToLower(name)
	for _, f := range fields {
		if strings.HasSuffix(name, f.name) {
			return []any{f.value}
		}
	}
	return nil
}

// fields are values that fit fields of Kubernetes. A longer name stands before one that it ends with.
var fields = []struct {
	name  string
	value any
}{
	{"affinity", tree{"podAntiAffinity": tree{"preferredDuringSchedulingIgnoredDuringExecution": []any{
		tree{"weight": int64(1), "podAffinityTerm": tree{"topologyKey": probed}}}}}},
	{"podsecuritycontext", tree{"fsGroup": int64(7)}},
	{"securitycontext", tree{"runAsUser": int64(7)}},
	{"resources", tree{"limits": tree{"cpu": "7"}}},
	{"dnsconfig", tree{"nameservers": []any{"192.0.2.7"}}},
	{"probe", tree{"periodSeconds": int64(7)}},
	{"lifecycle", tree{"preStop": tree{"sleep": tree{"seconds": int64(7)}}}},
	{"nodeselector", tree{probed: "1"}},
	{"selector", tree{"matchLabels": tree{probed: "1"}}},
	{"tolerations", []any{tree{"key": probed, "operator": "Exists"}}},
	{"topologyspreadconstraints", []any{tree{"maxSkew": int64(7), "topologyKey": probed, "whenUnsatisfiable": "ScheduleAnyway",
		"labelSelector": tree{"matchLabels": tree{probed: "1"}}}}},
	{"hostaliases", []any{tree{"ip": "192.0.2.7", "hostnames": []any{probed}}}},
	{"volumemounts", []any{tree{"name": probed, "mountPath": "/" + probed}}},
	{"volumes", []any{tree{"name": probed, "emptyDir": tree{}}}},
	{"envfrom", []any{tree{"secretRef": tree{"name": probed}}}},
	{"env", []any{tree{"name": "OPC_PROBE", "value": "1"}}},
	{"containers", []any{tree{"name": probed, "image": probed}}},
	{"pullsecrets", []any{tree{"name": probed}}},
	{"objects", []any{tree{"apiVersion": "v1", "kind": "ConfigMap", "metadata": tree{"name": probed}}}},
	{"relabelings", []any{tree{"targetLabel": probed, "replacement": probed}}},
	{"rules", []any{tree{"apiGroups": []any{probed}, "resources": []any{probed}, "verbs": []any{"get"}}}},
}
