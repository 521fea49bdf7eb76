package kube

// Selector is a field that selects pods, or Services, by labels that are all wanted.
type Selector struct {
	Kind     string // of the object that has it
	Path     []string
	Services bool // it selects Services
}

// Selectors are the selectors of kinds that operators ship, to pods and Services of the same install.
var Selectors = []Selector{
	{"Deployment", []string{"spec", "selector", "matchLabels"}, false},
	{"StatefulSet", []string{"spec", "selector", "matchLabels"}, false},
	{"DaemonSet", []string{"spec", "selector", "matchLabels"}, false},
	{"ReplicaSet", []string{"spec", "selector", "matchLabels"}, false},
	{"Service", []string{"spec", "selector"}, false},
	{"PodDisruptionBudget", []string{"spec", "selector", "matchLabels"}, false},
	{"NetworkPolicy", []string{"spec", "podSelector", "matchLabels"}, false},
	{"PodMonitor", []string{"spec", "selector", "matchLabels"}, false},
	{"ServiceMonitor", []string{"spec", "selector", "matchLabels"}, true},
}

// SelectsItsPods reports whether a kind makes pods from a template and finds them again by a selector of its own. A Job
// makes its selector itself.
func SelectsItsPods(kind string) bool {
	_, workload := Workload(kind)
	return workload || kind == "ReplicaSet"
}
