package compiler

import (
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// guards makes the NetworkPolicies and the PodDisruptionBudget of the manager.
func (s *state) guards() {
	if s.has(featureNetworkPolicy) && !s.manager.None {
		if s.m.Metrics != nil {
			s.networkPolicy("-allow-metrics-traffic", featureMetrics, "metrics", s.m.Metrics.Port)
		}
		if s.servesWebhooks("manager") {
			// A policy sees the pod's port, not the Service's.
			s.networkPolicy("-allow-webhook-traffic", featureWebhook, "webhook", s.m.Webhooks.Port)
		}
	}
	if s.unlimited(); !s.has(featureDisruption) {
		return
	}
	spec, origins := map[string]any{"maxUnavailable": int64(1)}, []model.ObjOrigin(nil)
	if d := s.manager.Disruption; d != nil && d.Spec != nil {
		spec = model.Clone(d.Spec)
		origins = []model.ObjOrigin{{Pointer: "/spec", From: "/manager/podDisruptionBudget", Whole: true}}
	}
	if _, ok := spec["selector"]; !ok {
		spec["selector"] = map[string]any{"matchLabels": s.managerSelector()}
	}
	s.addObject(model.Object{
		Node: model.Node{From: "/manager/podDisruptionBudget"}, Role: model.RoleDisruptionLimit, File: s.plainName(s.managerName()) + "-pdb", When: model.All(featureDisruption), Origins: origins,
		Tree: model.Tree{"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": s.metadata(s.managerName(), s.managerLabels()), "spec": spec},
	})
}

// networkPolicy lets only namespaces with a label reach a port, as kubebuilder's scaffold does.
func (s *state) networkPolicy(suffix, feature, label string, port int64) {
	name := s.ownName(suffix)
	s.addObject(model.Object{
		Node: model.Node{From: "/manager/networkPolicy"}, Role: model.RoleNetworkPolicy, File: s.plainName(name), When: model.All(featureNetworkPolicy, feature),
		Tree: model.Tree{
			"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": s.metadata(name, s.commonLabels()),
			"spec": map[string]any{
				"podSelector": map[string]any{"matchLabels": s.managerSelector()},
				"policyTypes": []any{"Ingress"},
				"ingress": []any{map[string]any{
					"from":  []any{map[string]any{"namespaceSelector": map[string]any{"matchLabels": map[string]any{label: "enabled"}}}},
					"ports": []any{map[string]any{"port": port, "protocol": "TCP"}},
				}},
			},
		},
	})
}

// interruptible reports whether a PodDisruptionBudget can limit how many of the manager's pods go at once. The pods of a
// DaemonSet belong to their nodes: a drain leaves them alone.
func (s *state) interruptible() bool {
	return !s.manager.None && kindOf(&s.manager.Workload).Replicas
}

// unlimited finds a PodDisruptionBudget that limits nothing.
func (s *state) unlimited() {
	if d := s.manager.Disruption; d != nil && d.On && !s.manager.None && !s.interruptible() {
		s.add(diag.Errorf(diag.Conflict, "/manager/podDisruptionBudget", "a PodDisruptionBudget can't protect the pods of a DaemonSet: a drain does not evict them").
			WithHint("remove podDisruptionBudget"))
	}
}
