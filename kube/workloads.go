package kube

import (
	"reflect"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
)

// WorkloadKind is a kind that keeps the pods of a template running, and what sets it apart from the others. It is the one
// place that knows; whoever makes, changes or reads a workload asks here.
type WorkloadKind struct {
	Kind     string
	Field    string  // the kind as the name of a field
	Object   any     // of the type by which strategic merge patches it
	Spec     ShapeOf // its spec
	Replicas bool    // it has a number of pods; else it runs one on each node
	Rollout  string  // the field of the spec that says how pods are replaced
	Rollouts []any   // the types that it takes
	Claims   bool    // it can create volume claims for each pod, and name the Service that gives pods their names
}

// WorkloadKinds are the kinds that can run an operator, the most common first.
var WorkloadKinds = []WorkloadKind{
	{
		Kind: "Deployment", Field: "deployment", Object: appsv1.Deployment{}, Spec: shapeOf[appsv1.DeploymentSpec](), Replicas: true,
		Rollout: "strategy", Rollouts: choices[reflect.TypeFor[appsv1.DeploymentStrategyType]()],
	},
	{
		Kind: "StatefulSet", Field: "statefulSet", Object: appsv1.StatefulSet{}, Spec: shapeOf[appsv1.StatefulSetSpec](), Replicas: true, Claims: true,
		Rollout: "updateStrategy", Rollouts: choices[reflect.TypeFor[appsv1.StatefulSetUpdateStrategyType]()],
	},
	{
		Kind: "DaemonSet", Field: "daemonSet", Object: appsv1.DaemonSet{}, Spec: shapeOf[appsv1.DaemonSetSpec](),
		Rollout: "updateStrategy", Rollouts: choices[reflect.TypeFor[appsv1.DaemonSetUpdateStrategyType]()],
	},
}

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
