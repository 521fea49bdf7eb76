package compiler

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// availability warns of what only shows in a running cluster: pods that work against each other, nodes that can't be drained,
// and images that move.
func (s *state) availability() {
	s.leaderless()
	for _, o := range s.m.Objects {
		if o.Kind() == "PodDisruptionBudget" {
			s.undrainable(o)
		}
		s.floating(o)
	}
}

// leaderless finds several pods of a manager that reconciles and can't elect a leader: without the permission to write a
// lock, the program has no other way either. The pods of a StatefulSet may share the work.
func (s *state) leaderless() {
	w := &s.manager.Workload
	if s.manager.None || len(s.m.CRDs) == 0 || kindOf(w).Kind != "Deployment" || deref(w.Replicas, 1) < 2 || s.electsLeader() {
		return
	}
	account := s.managerAccount()
	locks := []any{"leases", "configmaps", "endpoints", "*"}
	for _, p := range s.m.Permissions {
		for _, r := range p.Rules {
			rule := kube.Map(r)
			resources := kube.List(rule["resources"])
			if p.Account == account && slices.ContainsFunc(resources, func(r any) bool { return slices.Contains(locks, r) }) {
				return
			}
		}
	}
	s.add(diag.Warnf(diag.Leaderless, "/manager/replicas", "%d pods of the manager run without leader election: all of them reconcile the same objects", *w.Replicas).
		WithHint("set leaderElection: true, or replicas: 1"))
}

// undrainable finds a PodDisruptionBudget that never lets a pod go.
func (s *state) undrainable(o model.Object) {
	spec := kube.Map(o.Tree["spec"])
	replicas := int64(0) // unknown: only a share of all pods is certain
	if o.Role == model.RoleDisruptionLimit {
		if !s.enabled(featureDisruption) {
			return // nobody asked for it yet
		}
		replicas = deref(s.manager.Replicas, 1)
	}
	for _, field := range []string{"minAvailable", "maxUnavailable"} {
		amount, ok := amountOf(spec[field], max(replicas, 1))
		switch {
		case !ok:
		case field == "maxUnavailable" && amount == 0, field == "minAvailable" && (replicas > 0 && amount >= replicas || spec[field] == "100%"):
			s.add(diag.Warnf(diag.Undrainable, o.Trace("/spec/"+field), "the PodDisruptionBudget %s allows no eviction: %s is %v%s", s.plainName(o.Name()), field, spec[field], ofReplicas(replicas)).
				WithHint("allow at least one eviction, for example with maxUnavailable: 1; otherwise kubectl drain never finishes"))
		}
	}
}

func ofReplicas(n int64) string {
	switch n {
	case 0:
		return ""
	case 1:
		return ", and there is 1 pod"
	}
	return fmt.Sprintf(", and there are %d pods", n)
}

// amountOf is a number of pods, or a share of all, which Kubernetes rounds up.
func amountOf(v any, all int64) (int64, bool) {
	var amount intstr.IntOrString
	switch t := v.(type) {
	case int64:
		return t, true
	case string:
		amount = intstr.FromString(t)
	default:
		return 0, false
	}
	n, err := intstr.GetScaledValueFromIntOrPercent(&amount, int(all), true)
	return int64(n), err == nil
}

// floating finds images of containers that have neither a version nor a digest, wherever they were set.
func (s *state) floating(o model.Object) {
	kind, ok := kube.PodKind(o.Kind())
	if !ok {
		return
	}
	template := kube.Map(model.At(o.Tree, kind.Template...))
	for _, field := range besideFields {
		list := kube.List(model.At(template, "spec", field))
		for i, e := range list {
			_, v := model.Condition(e)
			c := kube.Map(v)
			ref := kube.Text(c["image"])
			if reference.MatchString(ref) { // others are told of, or are no images
				at := o.Trace(string(diag.Path(kind.PodAt()).Child(field).Index(i).Child("image")))
				s.checkPinned(ref, at)
			}
		}
	}
}

// enabled reports whether a feature is on by default.
func (s *state) enabled(name string) bool {
	i := slices.IndexFunc(s.m.Features, func(f model.Feature) bool { return f.Name == name })
	return i >= 0 && s.m.Features[i].Enabled
}
