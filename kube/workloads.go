package kube

import (
	"reflect"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
)

// WorkloadKind is a kind that runs the pods of a template, and what sets it apart from the others. It is the one place that
// knows; whoever makes, changes or reads a workload asks here.
type WorkloadKind struct {
	Kind     string
	API      string   // group and version
	Template []string // the path to the template of its pods
	Field    string   // the kind as the name of a field
	Object   any      // of the type by which strategic merge patches it
	Spec     ShapeOf  // its spec
	Replicas bool     // it has a number of pods; else it runs one on each node
	Rollout  string   // the field of the spec that says how pods are replaced
	Rollouts []any    // the types that it takes
	Claims   bool     // it can create volume claims for each pod, and name the Service that gives pods their names
}

const appsAPI, batchAPI = "apps/v1", "batch/v1"

var template = []string{"spec", "template"}

// WorkloadKinds are the kinds that can run an operator, since they keep its pods running; the most common first.
var WorkloadKinds = []WorkloadKind{
	{
		Kind: "Deployment", API: appsAPI, Template: template, Field: "deployment", Object: appsv1.Deployment{}, Spec: shapeOf[appsv1.DeploymentSpec](), Replicas: true,
		Rollout: "strategy", Rollouts: choices[reflect.TypeFor[appsv1.DeploymentStrategyType]()],
	},
	{
		Kind: "StatefulSet", API: appsAPI, Template: template, Field: "statefulSet", Object: appsv1.StatefulSet{}, Spec: shapeOf[appsv1.StatefulSetSpec](), Replicas: true, Claims: true,
		Rollout: "updateStrategy", Rollouts: choices[reflect.TypeFor[appsv1.StatefulSetUpdateStrategyType]()],
	},
	{
		Kind: "DaemonSet", API: appsAPI, Template: template, Field: "daemonSet", Object: appsv1.DaemonSet{}, Spec: shapeOf[appsv1.DaemonSetSpec](),
		Rollout: "updateStrategy", Rollouts: choices[reflect.TypeFor[appsv1.DaemonSetUpdateStrategyType]()],
	},
}

// TaskKinds are the kinds whose pods do something and end.
var TaskKinds = []WorkloadKind{
	{Kind: "Job", API: batchAPI, Template: template, Field: "job", Object: batchv1.Job{}, Spec: shapeOf[batchv1.JobSpec]()},
	{
		Kind: "CronJob", API: batchAPI, Template: []string{"spec", "jobTemplate", "spec", "template"}, Field: "cronJob", Object: batchv1.CronJob{},
		Spec: shapeOf[batchv1.CronJobSpec](),
	},
}

// PodKinds are the kinds that run pods: workloads, and tasks.
var PodKinds = slices.Concat(WorkloadKinds, TaskKinds)

// PodKind returns what is known of a kind that runs pods.
func PodKind(kind string) (w WorkloadKind, ok bool) {
	i := slices.IndexFunc(PodKinds, func(w WorkloadKind) bool { return w.Kind == kind })
	if i < 0 {
		return w, false
	}
	return PodKinds[i], true
}

// Keeps reports whether a kind keeps its pods running.
func (w WorkloadKind) Keeps() bool { return w.API == appsAPI }

// PodAt is the JSON pointer to the spec of the pods.
func (w WorkloadKind) PodAt() string { return "/" + strings.Join(w.Template, "/") + "/spec" }

// Workload returns what is known of a kind; ok is false for one that is no workload.
func Workload(kind string) (w WorkloadKind, ok bool) {
	i := slices.IndexFunc(WorkloadKinds, func(w WorkloadKind) bool { return w.Kind == kind })
	if i < 0 {
		return w, false
	}
	return WorkloadKinds[i], true
}

// IsWorkload reports whether an object of a group and kind is a workload.
func IsWorkload(group, kind string) bool {
	_, ok := Workload(kind)
	return ok && group == "apps"
}
