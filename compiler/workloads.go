package compiler

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// workloads makes the objects of the manager and of the further workloads, with their service accounts.
func (s *state) workloads() {
	if !s.manager.None {
		s.workload("manager", "/manager", &s.manager.Workload)
	}
	for _, key := range slices.Sorted(maps.Keys(s.spec.Workloads)) {
		w := s.spec.Workloads[key]
		if key == "manager" {
			s.errorf(diag.DuplicateName, diag.Path("/workloads").Child(key), "the workload called manager stands under manager:, not under workloads:")
			continue
		}
		at := diag.Path("/workloads").Child(key)
		if msgs := validation.IsDNS1123Subdomain(key); w.Name == "" && len(msgs) > 0 {
			s.add(diag.Errorf(diag.BadValue, at, "%q can't name a workload: expected lower-case letters, digits and dashes", key).
				WithHint("rename it, or set its name"))
			continue
		}
		s.workload(key, at, &w)
	}
	s.serviceAccounts()
}

// workloadSpec finds a workload by key.
func (s *state) workloadSpec(key string) (*schema.Workload, bool) {
	if key == "manager" {
		return &s.manager.Workload, !s.manager.None
	}
	w, ok := s.spec.Workloads[key]
	return &w, ok
}

// workloadName is the name of a workload's object.
func (s *state) workloadName(w *schema.Workload, key string) string {
	switch {
	case w.Name != "":
		return s.nameExpr(w.Name)
	case key == "manager":
		return s.ownName("-controller-manager")
	}
	return s.ownName("-" + key)
}

func (s *state) accountName(w *schema.Workload, key string) string {
	if w.ServiceAccount != "" {
		return s.nameExpr(w.ServiceAccount)
	}
	return s.workloadName(w, key)
}

// selector is what a workload's pods are selected by.
func (s *state) selector(w *schema.Workload, key string) map[string]any {
	if w.Selector != nil {
		return stringMap(w.Selector)
	}
	component := key
	if key == "manager" {
		component = "controller-manager"
	}
	return map[string]any{model.LabelControlPlane: component, model.LabelName: model.Ref(model.OpAppName, "")}
}

func (s *state) workload(key string, at diag.Path, w *schema.Workload) {
	s.checkKind(key, at, w)
	kind := kindOf(w)
	name, account := s.workloadName(w, key), s.accountName(w, key)
	s.m.Workloads = append(s.m.Workloads, model.Workload{
		Node: model.Node{From: at}, Key: key, Kind: kind.Kind, Name: name, Account: account, Container: containerName(w),
	})
	selector := s.selector(w, key)
	labels := s.commonLabels()
	maps.Copy(labels, selector)
	meta := s.metadata(name, labels)
	switch {
	case w.Labels == nil && !plain(w):
	case w.Labels == nil || w.Labels.Value == nil:
		delete(meta, "labels")
	default:
		meta["labels"] = w.Labels.Value
	}
	container := s.container(key, at, w)
	pod := map[string]any{"containers": []any{container}, "serviceAccountName": account}
	if !plain(w) {
		pod["terminationGracePeriodSeconds"] = int64(10)
	}
	if restricted(w) {
		pod["securityContext"] = map[string]any{"runAsNonRoot": true, "seccompProfile": map[string]any{"type": "RuntimeDefault"}}
	}
	s.certificateVolumes(key, w, pod, container)
	s.containersBeside(at, w, pod)
	if !kind.Keeps() {
		pod["restartPolicy"] = "OnFailure" // Kubernetes asks for one, and refuses its usual Always
	}
	pod = s.patch(pod, inOrder(w.Pod, container["name"]), corev1.PodSpec{}, at.Child("pod"))
	podMeta := map[string]any{"labels": maps.Clone(selector)}
	podMeta["annotations"] = map[string]any{}
	if !plain(w) {
		podMeta["annotations"] = map[string]any{"kubectl.kubernetes.io/default-container": container["name"]}
	}
	overlayStrings(podMeta, "labels", w.PodLabels)
	overlayStrings(podMeta, "annotations", w.PodAnnotations)
	tree := model.Tree{"apiVersion": kind.API, "kind": kind.Kind, "metadata": meta}
	setAt(tree, map[string]any{"metadata": podMeta, "spec": pod}, kind.Template...)
	spec := kube.Map(tree["spec"])
	if kind.Keeps() {
		spec["selector"] = map[string]any{"matchLabels": selector}
	}
	s.ofKind(w, spec)
	tree = s.patch(tree, *rawOverlays(w)[kind.Kind], kind.Object, at.Child(kind.Field))
	s.addObject(model.Object{Node: model.Node{From: at}, Role: model.RoleWorkload, File: s.plainName(name), Tree: tree, Origins: workloadOrigins(at, w, tree)})
}

// patch lays a raw overlay over a tree by strategic merge, as kubectl does.
func (s *state) patch(tree, overlay map[string]any, shape any, at diag.Path) map[string]any {
	if len(overlay) == 0 {
		return tree
	}
	out, err := strategicpatch.StrategicMergeMapPatch(tree, model.Clone(overlay), shape)
	if err != nil {
		s.add(diag.Errorf(diag.BadOverlay, at, "the overlay can't be merged: %v", err).WithHint("write it in Kubernetes' own words; null removes a default"))
		return tree
	}
	return out
}

// inOrder lets an overlay on a pod say where the workload's own container stands among others: if it lists it, the order
// is the overlay's.
func inOrder(pod map[string]any, own any) map[string]any {
	list := kube.List(pod["containers"])
	var order []any
	listed := false
	for _, e := range list {
		c := kube.Map(e)
		listed = listed || c["name"] == own
		order = append(order, map[string]any{"name": c["name"]})
	}
	if !listed || len(order) < 2 {
		return pod
	}
	out := maps.Clone(pod)
	out["$setElementOrder/containers"] = order
	return out
}

func overlayStrings(meta map[string]any, field string, over map[string]*string) {
	m := kube.Map(meta[field])
	for k, v := range over {
		if v == nil {
			delete(m, k)
		} else {
			m[k] = *v
		}
	}
	if len(m) == 0 {
		delete(meta, field)
	}
}

// serviceAccounts makes the service accounts of the workloads and those said by themselves.
func (s *state) serviceAccounts() {
	seen := map[string]bool{}
	for _, w := range s.m.Workloads {
		if w.Account == "" || w.Account == "default" || seen[w.Account] {
			continue
		}
		seen[w.Account] = true
		s.addObject(s.serviceAccount(w.Account, w.From, s.metadata(w.Account, s.commonLabels())))
	}
	for _, name := range slices.Sorted(maps.Keys(s.spec.Accounts)) {
		a, at, expr := s.spec.Accounts[name], diag.Path("/serviceAccounts").Child(name), s.nameExpr(name)
		if a == nil {
			s.m.Existing = append(s.m.Existing, expr)
			s.m.Objects = slices.DeleteFunc(s.m.Objects, func(o model.Object) bool { return o.Role == model.RoleServiceAccount && o.Name() == expr })
			continue
		}
		labels := s.commonLabels()
		maps.Copy(labels, stringMap(a.Labels))
		meta := s.metadata(expr, labels)
		if len(a.Annotations) > 0 {
			meta["annotations"] = stringMap(a.Annotations)
		}
		if seen[expr] {
			s.m.Objects = slices.DeleteFunc(s.m.Objects, func(o model.Object) bool { return o.Role == model.RoleServiceAccount && o.Name() == expr })
		}
		seen[expr] = true
		s.addObject(s.serviceAccount(expr, at, meta))
	}
}

func (s *state) serviceAccount(name string, at diag.Path, meta map[string]any) model.Object {
	return model.Object{
		Node: model.Node{From: at}, Role: model.RoleServiceAccount, File: fmt.Sprintf("%s-serviceaccount", s.plainName(name)),
		Tree: model.Tree{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta},
	}
}
