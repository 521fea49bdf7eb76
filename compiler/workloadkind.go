package compiler

import (
	"cmp"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// kindOf is the kind of a workload.
func kindOf(w *schema.Workload) kube.WorkloadKind {
	kind, _ := kube.PodKind(cmp.Or(w.Kind, "Deployment")) // the language has no other
	return kind
}

// rawOverlays are the overlays on the workload's object, by the kind that they are for.
func rawOverlays(w *schema.Workload) map[string]*map[string]any {
	return map[string]*map[string]any{
		"Deployment": &w.Deployment, "StatefulSet": &w.StatefulSet, "DaemonSet": &w.DaemonSet, "Job": &w.Job, "CronJob": &w.CronJob,
	}
}

// ofKind adds to the spec of a workload's object what depends on its kind.
func (s *state) ofKind(w *schema.Workload, spec map[string]any) {
	kind := kindOf(w)
	if kind.Replicas {
		spec["replicas"] = deref(w.Replicas, 1)
	}
	if w.UpdateStrategy != nil {
		spec[kind.Rollout] = model.Clone(w.UpdateStrategy)
	}
	if w.Schedule != "" {
		spec["schedule"] = w.Schedule
	}
	if w.ServiceName != "" {
		spec["serviceName"] = w.ServiceName
	}
	if len(w.Claims) > 0 {
		spec["volumeClaimTemplates"] = model.Clone(model.Tree{"list": w.Claims})["list"]
	}
}

// checkKind finds what a workload of its kind can't have.
func (s *state) checkKind(key string, at diag.Path, w *schema.Workload) {
	kind := kindOf(w)
	refuse := func(said bool, field, why, hint string) {
		if said {
			s.add(diag.Errorf(diag.Conflict, at.Child(field), "%s", why).WithHint("%s", hint))
		}
	}
	s.checkTask(key, at, w)
	refuse(w.Replicas != nil && !kind.Replicas && kind.Keeps(), "replicas", "a DaemonSet has no number of replicas: it runs one pod on each node",
		"remove replicas, and choose the nodes with pod: {nodeSelector: …}, or set kind to Deployment")
	refuse(w.UpdateStrategy != nil && kind.Rollout == "strategy", "updateStrategy", "a "+kind.Kind+" has no updateStrategy",
		"write "+kind.Field+": {spec: {"+kind.Rollout+": …}}")
	for _, f := range []struct {
		name string
		said bool
	}{{"volumeClaimTemplates", w.Claims != nil}, {"serviceName", w.ServiceName != ""}} {
		refuse(f.said && !kind.Claims, f.name, "a "+kind.Kind+" has no "+f.name, "set kind: \"StatefulSet\", or remove "+f.name)
	}
	overlays := rawOverlays(w)
	for _, other := range kube.PodKinds {
		raw := *overlays[other.Kind]
		if other.Kind != kind.Kind {
			refuse(raw != nil, other.Field, other.Field+" is an overlay on a "+other.Kind+", and this workload is a "+kind.Kind,
				"rename it to "+kind.Field+", or set kind: \""+other.Kind+"\"")
			continue
		}
		refuse(raw["kind"] != nil && raw["kind"] != kind.Kind, other.Field, "the overlay changes the kind of the workload from "+kind.Kind, "remove kind from the overlay, and set the field kind of the workload")
	}
}
