package judge

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// set is all that an installer leaves, ready to be searched.
type set struct {
	kube.Set
	subjects []*Subject
	pods     []madePod
	services []madeService
	partly   bool // some object that makes pods could not be read, which is told of the object
}

// madePod is a pod that an object of the set makes.
type madePod struct {
	*podTemplate
	by        *Subject
	namespace string
}

// madeService is a Service of the set.
type madeService struct {
	*corev1.Service
	by        *Subject
	namespace string
}

func newSet(s kube.Set, subject func(*kube.Object) *Subject) *set {
	out := &set{Set: s}
	for _, o := range s.Objects {
		sub := subject(o)
		out.subjects = append(out.subjects, sub)
		if sub.Typed == nil && slices.Contains(workloads, o.Kind()) {
			out.partly = true
		}
		if pod := podOf(sub.Typed); pod != nil {
			out.pods = append(out.pods, madePod{podTemplate: pod, by: sub, namespace: s.Home(o)})
		}
		if svc, ok := sub.Typed.(*corev1.Service); ok {
			out.services = append(out.services, madeService{Service: svc, by: sub, namespace: s.Home(o)})
		}
	}
	return out
}

// selected returns the pods that have some labels.
func (s *set) selected(namespace string, selector labels.Selector) []madePod {
	var out []madePod
	for _, p := range s.pods {
		if kube.SameNamespace(p.namespace, namespace) && selector.Matches(labels.Set(p.Meta.Labels)) {
			out = append(out, p)
		}
	}
	return out
}

// service finds a Service by namespace and name, or nil.
func (s *set) service(namespace, name string) *madeService {
	for i := range s.services {
		if svc := &s.services[i]; svc.Name == name && kube.SameNamespace(svc.namespace, namespace) {
			return svc
		}
	}
	return nil
}

// behind returns the pods that a Service leads to.
func (s *set) behind(svc *madeService) []madePod {
	if len(svc.Spec.Selector) == 0 {
		return nil
	}
	return s.selected(svc.namespace, labels.SelectorFromSet(svc.Spec.Selector))
}

// duplicates finds objects that would overwrite each other.
func duplicates(s *set, _ *Context, report Report) {
	first := map[kube.ID]*kube.Object{}
	for _, o := range s.Objects {
		id := o.ID()
		if id.Name == "" {
			continue
		}
		if other, twice := first[id]; twice {
			if at := other.Place(""); at.File != s.Name {
				report.error(o, diag.ObjectTwice, "/metadata/name", "a second object of this kind and name stands in %s", at.File)
			} else { // built, from files that the builder does not name
				report.error(o, diag.ObjectTwice, "/metadata/name", "there is a second object of this kind and name")
			}
			continue
		}
		first[id] = o
	}
}

// stringsAt reads a map of texts of a tree.
func stringsAt(t model.Tree, path ...string) map[string]string {
	return maps.Collect(func(yield func(string, string) bool) {
		m := kube.Map(model.At(t, path...))
		for k, v := range m {
			if text, ok := v.(string); ok && !yield(k, text) {
				return
			}
		}
	})
}
