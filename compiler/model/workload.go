package model

import (
	"slices"

	"github.com/opc-project/opc/kube"
)

// Workload names an object among the Objects that runs pods: a Deployment, StatefulSet, DaemonSet, Job or CronJob.
type Workload struct {
	Node
	Key       string // the manager's is "manager"
	Kind      string
	Name      string // with expressions
	Account   string // service account name, with expressions
	Container string // name of the container that the description's short forms speak of
}

// Is reports whether an object is the workload's.
func (w Workload) Is(o Object) bool {
	return o.Role == RoleWorkload && o.Kind() == w.Kind && o.Name() == w.Name
}

// Template returns the template of the pods in the workload's object, or nil.
func (w Workload) Template(object Tree) Tree {
	kind, _ := kube.PodKind(w.Kind)
	return kube.Map(At(object, kind.Template...))
}

// Pod returns the spec of the pods in the workload's object, or nil.
func (w Workload) Pod(object Tree) Tree {
	return kube.Map(w.Template(object)["spec"])
}

// at is the workload as it is called in an install.
func (w Workload) at(s Scope) Workload {
	w.Name = s.String(w.Name)
	return w
}

// Manager returns the workload that runs the operator, or nil.
func (o *Operator) Manager() *Workload {
	i := slices.IndexFunc(o.Workloads, func(w Workload) bool { return w.Key == "manager" })
	if i < 0 {
		return nil
	}
	return &o.Workloads[i]
}

// ObjectOf returns the object of a workload, or nil.
func (o *Operator) ObjectOf(w Workload) *Object {
	i := slices.IndexFunc(o.Objects, w.Is)
	if i < 0 {
		return nil
	}
	return &o.Objects[i]
}
