package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// DefaultOverlay is a plain install: every feature and parameter at its default, in the operator's namespace.
func (o *Operator) DefaultOverlay() Overlay {
	features := map[string]bool{}
	for _, f := range o.Features {
		features[f.Name] = f.Enabled
	}
	return Overlay{Name: "default", Namespace: o.Namespace, CreateNamespace: true, Features: features}
}

// Scope is what an install along an overlay knows. ManagedBy is left to the installer.
func (o *Operator) Scope(ov Overlay) Scope {
	s := Scope{
		Name: o.NamePrefix, AppName: o.Name, Namespace: ov.Namespace, Image: o.Image.Ref(),
		Related: map[string]string{}, Parameters: map[string]string{}, Types: map[string]ParameterType{}, Watch: ov.Watch, On: maps.Clone(ov.Features),
	}
	if ov.Image != nil {
		s.Image = ov.Image.Ref()
	}
	for _, r := range o.Related {
		s.Related[r.Name] = r.Ref
	}
	for _, p := range o.Parameters {
		s.Parameters[p.Name], s.Types[p.Name] = p.Default, p.Type
	}
	maps.Copy(s.Parameters, ov.Parameters)
	if len(s.Watch) == 0 && o.Watch.Own {
		s.Watch = []string{ov.Namespace}
	}
	if s.On == nil {
		s.On = map[string]bool{}
	}
	for _, p := range o.Parameters {
		s.On[AtomGiven(p.Name)] = p.Type.Given(s.Parameters[p.Name])
	}
	s.On[AtomWatchSome] = len(s.Watch) > 0
	return s
}

// Install returns all objects of an install along an overlay, plain, in the order in which they can be applied: what
// every installer must leave in a cluster. Raw kustomize patches of the overlay are not applied.
func (o *Operator) Install(ov Overlay, managedBy string) []Object {
	scope := o.Scope(ov)
	scope.ManagedBy = managedBy
	var out []Object
	if ov.CreateNamespace {
		out = append(out, o.NamespaceObject(ov, scope))
	}
	for _, c := range o.CRDs {
		tree := kube.Map(scope.Resolve(c.Tree))
		out = append(out, c.Object(tree))
	}
	objects := scope.Objects(o.Objects)
	for i := range objects {
		o.settle(&objects[i], ov, scope)
	}
	out = append(out, objects...)
	for i := range out {
		out[i].Tree = Marked(out[i].Tree, ov.Labels, ov.Annotations)
	}
	return out
}

// Marked returns an object with further labels and annotations. The pods that it makes get the annotations too, as with
// kustomize's commonAnnotations. The object is not changed.
func Marked(t Tree, labels, annotations map[string]string) Tree {
	if len(labels)+len(annotations) == 0 {
		return t
	}
	t = Clone(t)
	mark(t, "labels", labels)
	mark(t, "annotations", annotations)
	kind := kube.Text(t["kind"])
	switch kind {
	case "DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet":
		markAt(t, annotations, "spec", "template")
	case "CronJob":
		markAt(t, annotations, "spec", "jobTemplate")
		markAt(t, annotations, "spec", "jobTemplate", "spec", "template")
	}
	return t
}

func markAt(t Tree, annotations map[string]string, path ...string) {
	if below, ok := At(t, path...).(map[string]any); ok {
		mark(below, "annotations", annotations)
	}
}

// mark adds to a field of an object's metadata.
func mark(t Tree, field string, add map[string]string) {
	if len(add) == 0 {
		return
	}
	md := kube.Map(t["metadata"])
	if md == nil {
		md = map[string]any{}
		t["metadata"] = md
	}
	m := kube.Map(md[field])
	if m == nil {
		m = map[string]any{}
		md[field] = m
	}
	for k, v := range add {
		m[k] = v
	}
}

// settle applies what an overlay says of the manager.
func (o *Operator) settle(obj *Object, ov Overlay, scope Scope) {
	if w := o.Manager(); w == nil || !w.at(scope).Is(*obj) {
		return
	}
	spec := kube.Map(obj.Tree["spec"])
	if ov.Replicas != nil {
		spec["replicas"] = *ov.Replicas
		obj.say("/spec/replicas", ov.From.Child("replicas"))
	}
	if ov.Resources == nil {
		return
	}
	i := o.Workloads[0].main(obj.Tree)
	if c := Container(obj.Tree, i); c != nil {
		c["resources"] = Clone(ov.Resources)
		obj.say(fmt.Sprintf("/spec/template/spec/containers/%d/resources", i), ov.From.Child("resources"))
	}
}

// say notes that a part of the object is said elsewhere than the description of the object says.
func (obj *Object) say(pointer string, from diag.Path) {
	obj.Origins = append(slices.DeleteFunc(slices.Clone(obj.Origins), func(o ObjOrigin) bool {
		return o.Pointer == pointer || strings.HasPrefix(o.Pointer, pointer+"/")
	}), ObjOrigin{Pointer: pointer, From: from})
}

// Main returns the container that the workload's short forms speak of, in the workload's object: beside it there may
// be others, also in front. Where a raw overlay has taken it away, it is the first.
func (w Workload) Main(object Tree) Tree {
	list := kube.List(w.Pod(object)["containers"])
	if i := w.main(object); i < len(list) {
		return kube.Map(list[i])
	}
	return nil
}

func (w Workload) main(object Tree) int {
	list := kube.List(w.Pod(object)["containers"])
	return max(0, slices.IndexFunc(list, func(e any) bool {
		c := kube.Map(e)
		return c["name"] == w.Container
	}))
}

// Container returns a container of a workload's pod by index, or nil.
func Container(object Tree, index int) Tree {
	list := kube.List(At(object, "spec", "template", "spec", "containers"))
	if index >= len(list) {
		return nil
	}
	return kube.Map(list[index])
}

// ImageName is what the image of a container is called in lists of images. owner is the name at default values of the
// object that makes the pod. Main containers are called manager by default, so that one of another workload goes by the
// workload's own name.
func (o *Operator) ImageName(owner, container string) string {
	scope := o.Scope(o.DefaultOverlay())
	for _, w := range o.Workloads {
		if w.Key != "manager" && w.Container == "manager" && container == w.Container && scope.String(w.Name) == owner {
			return w.Key
		}
	}
	return container
}
