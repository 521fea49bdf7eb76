package kube

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
	Labels   map[string]any
	in       map[string]any
	field    string
}

// Replace puts other labels in the selection's place, in whatever form the object's tree has.
func (s Selection) Replace(labels any) { s.in[s.field] = labels }

// Selections finds the selectors of an object that may select pods or Services of the same install. Those with no labels
// select all; a peer of a NetworkPolicy with a namespaceSelector selects in other namespaces.
func Selections(o map[string]any) []Selection {
	var out []Selection
	for _, s := range selectors {
		if o["kind"] == s.kind {
			out = append(out, selections(o, s.path, s.services)...)
		}
	}
	return out
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
	labels, _ := m[path[0]].(map[string]any)
	if len(labels) == 0 {
		return nil
	}
	return []Selection{{services, labels, m, path[0]}}
}

// SelectsItsPods reports whether a kind makes pods from a template and finds them again by a selector of its own. A Job
// makes its selector itself.
func SelectsItsPods(kind string) bool {
	_, workload := Workload(kind)
	return workload || kind == "ReplicaSet"
}
