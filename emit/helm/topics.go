package helm

import (
	"cmp"
	"slices"
)

// A topic is a part of values.yaml and of the README's table.
type topic struct {
	title string
	names []string
}

// topics are the chart's values in their order. Features of the operator's own stand with those that opc knows.
var topics = []topic{
	{"Names and labels", []string{"nameOverride", "fullnameOverride", "namespaceOverride", "commonLabels", "commonAnnotations"}},
	{"Images", []string{"image", "imagePullSecrets", "relatedImages"}},
	{"Operator", []string{"replicaCount", "schedule", "suspend", "backoffLimit", "ttlSecondsAfterFinished", "parameters", "watchNamespaces", "extraArgs", "extraEnv", "extraEnvFrom"}},
	{"Features", []string{"webhook", "certManager", "metrics", "serviceMonitor", "networkPolicy", "podDisruptionBudget"}},
	{"Permissions", []string{"serviceAccount", "rbac"}},
	{"CustomResourceDefinitions", []string{"crds"}},
	{"Pod", []string{
		"resources", "podAnnotations", "podLabels", "podSecurityContext", "securityContext", "nodeSelector", "tolerations", "affinity",
		"topologySpreadConstraints", "priorityClassName", "hostNetwork", "dnsPolicy", "dnsConfig", "hostAliases", "runtimeClassName", "terminationGracePeriodSeconds", "strategy", "updateStrategy",
		"revisionHistoryLimit", "deploymentAnnotations", "statefulSetAnnotations", "daemonSetAnnotations", "jobAnnotations", "cronJobAnnotations", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "volumeClaimTemplates", "extraVolumes", "extraVolumeMounts", "extraInitContainers", "extraContainers",
	}},
	{"Other containers", []string{"initContainers", "containers"}},
	{"Other workloads", []string{"workloads"}},
	{"Additional objects", []string{"extraObjects"}},
	{"Tests", []string{"test"}},
	{"Other charts", []string{"global"}},
}

const featureTopic = 3

// place finds the topic of a value and its place in it.
func place(name string) (int, int) {
	for i, t := range topics {
		if j := slices.Index(t.names, name); j >= 0 {
			return i, j
		}
	}
	return featureTopic, len(topics[featureTopic].names)
}

// part is a topic with the values that a chart has of it.
type part struct {
	title  string
	values []*value
}

// arrange sorts the values into topics.
func (c *chart) arrange() []part {
	inOrder(c.values)
	if w := c.values.at("workloads"); w != nil {
		for _, v := range w.fields {
			inOrder(v)
		}
	}
	var out []part
	for _, v := range c.values.fields {
		t, _ := place(v.name())
		if n := len(out); n == 0 || out[n-1].title != topics[t].title {
			out = append(out, part{title: topics[t].title})
		}
		last := &out[len(out)-1]
		last.values = append(last.values, v)
	}
	return out
}

func inOrder(v *value) {
	slices.SortStableFunc(v.fields, func(a, b *value) int {
		at, ai := place(a.name())
		bt, bi := place(b.name())
		return cmp.Or(cmp.Compare(at, bt), cmp.Compare(ai, bi))
	})
}
