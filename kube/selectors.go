package kube

import (
	"maps"
	"reflect"
	"slices"
)

// selector is a field that selects pods, or Services, by labels that are all wanted.
type selector struct {
	kind     string   // of the object that has it
	path     []string // * is each element of a list
	services bool     // it selects Services
}

// selectors are the selectors of kinds that operators ship, to pods and Services of the same install.
var selectors = []selector{
	{"Deployment", []string{"spec", "selector", "matchLabels"}, false},
	{"StatefulSet", []string{"spec", "selector", "matchLabels"}, false},
	{"DaemonSet", []string{"spec", "selector", "matchLabels"}, false},
	{"ReplicaSet", []string{"spec", "selector", "matchLabels"}, false},
	{"Service", []string{"spec", "selector"}, false},
	{"PodDisruptionBudget", []string{"spec", "selector", "matchLabels"}, false},
	{"NetworkPolicy", []string{"spec", "podSelector", "matchLabels"}, false},
	{"NetworkPolicy", []string{"spec", "ingress", "*", "from", "*", "podSelector", "matchLabels"}, false},
	{"NetworkPolicy", []string{"spec", "egress", "*", "to", "*", "podSelector", "matchLabels"}, false},
	{"PodMonitor", []string{"spec", "selector", "matchLabels"}, false},
	{"ServiceMonitor", []string{"spec", "selector", "matchLabels"}, true},
}

// Selection is a selector in an object.
type Selection struct {
	Services bool // it selects Services, and else pods
	// Explicit is one that may select what is not of this install: in other namespaces, of a custom resource, or in rules for
	// scheduling. Only one that names the release itself means the pods and Services of that release alone.
	Explicit bool
	Labels   map[string]any
	in       map[string]any
	field    string
}

// Replace puts other labels in the selection's place, in whatever form the object's tree has.
func (s Selection) Replace(labels any) { s.in[s.field] = labels }

// Selections finds the selectors of an object that select by labels. Those with no labels select all, and the schema of a
// CustomResourceDefinition has none.
func Selections(o map[string]any) []Selection {
	var out []Selection
	for _, s := range selectors {
		if o["kind"] == s.kind {
			out = append(out, selections(o, s.path, s.services)...)
		}
	}
	if o["kind"] == "CustomResourceDefinition" {
		return out
	}
	known := slices.Clone(out)
	return append(out, explicit(o, func(s Selection) bool {
		return !slices.ContainsFunc(known, func(k Selection) bool { return k.is(s) })
	})...)
}

func selections(v any, path []string, services bool) []Selection {
	if list, ok := v.([]any); ok && path[0] == "*" {
		var out []Selection
		for _, e := range list {
			out = append(out, selections(e, path[1:], services)...)
		}
		return out
	}
	m, ok := v.(map[string]any)
	if _, elsewhere := m["namespaceSelector"]; !ok || elsewhere && path[0] == "podSelector" {
		return nil
	}
	if len(path) > 1 {
		return selections(m[path[0]], path[1:], services)
	}
	labels := Map(m[path[0]])
	if len(labels) == 0 {
		return nil
	}
	return []Selection{{Services: services, Labels: labels, in: m, field: path[0]}}
}

// explicit finds all maps that are called as selectors are, in the order of their fields.
func explicit(v any, wanted func(Selection) bool) []Selection {
	var out []Selection
	switch t := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(t)) {
			labels := Map(t[k])
			s := Selection{Explicit: true, Labels: labels, in: t, field: k}
			if (k == "matchLabels" || k == "selector") && areLabels(labels) {
				if wanted(s) {
					out = append(out, s)
				}
				continue
			}
			out = append(out, explicit(t[k], wanted)...)
		}
	case []any:
		for _, e := range t {
			out = append(out, explicit(e, wanted)...)
		}
	}
	return out
}

// is reports whether two selections stand in the same place.
func (s Selection) is(other Selection) bool {
	return s.field == other.field && reflect.ValueOf(s.in).Pointer() == reflect.ValueOf(other.in).Pointer()
}

// areLabels reports whether a map has the form of labels.
func areLabels(m map[string]any) bool {
	for k, v := range m {
		if _, text := v.(string); !text || k == "matchLabels" || k == "matchExpressions" {
			return false
		}
	}
	return len(m) > 0
}

// SelectsItsPods reports whether a kind makes pods from a template and finds them again by a selector of its own. A Job
// makes its selector itself.
func SelectsItsPods(kind string) bool {
	_, workload := Workload(kind)
	return workload || kind == "ReplicaSet"
}
