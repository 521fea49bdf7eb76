package judge

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextensionsv1beta1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// converting is the scheme that turns CustomResourceDefinitions into the form that apiextensions validates.
var converting = sync.OnceValue(func() *runtime.Scheme {
	s := runtime.NewScheme()
	install.Install(s)
	return s
})

// internalCRD returns a definition in the form that apiextensions validates, or nil where the object is none. The
// object's own value is not changed.
func internalCRD(s *Subject) (*apiextensions.CustomResourceDefinition, error) {
	out := &apiextensions.CustomResourceDefinition{}
	switch crd := s.Typed.(type) {
	case *apiextensionsv1.CustomResourceDefinition:
		crd = crd.DeepCopy()
		apiextensionsv1.SetObjectDefaults_CustomResourceDefinition(crd)
		return out, converting().Convert(crd, out, nil)
	case *apiextensionsv1beta1.CustomResourceDefinition:
		crd = crd.DeepCopy()
		apiextensionsv1beta1.SetObjectDefaults_CustomResourceDefinition(crd)
		return out, converting().Convert(crd, out, nil)
	}
	return nil, nil
}

// definitions lets apiextensions validate a CustomResourceDefinition as the API server does when it is applied.
func definitions(s *Subject, ctx *Context, report Report) {
	if _, ok := s.Typed.(*apiextensionsv1.CustomResourceDefinition); !ok {
		return // of v1beta1, which is told to be gone, other rules held
	}
	for _, e := range ctx.definitions.of(s) {
		if strings.HasPrefix(e.Field, "status") || strings.HasPrefix(e.Field, "metadata.") && !strings.Contains(e.Detail, "spec.names.plural") {
			continue // of our making, or told of all objects
		}
		e.Field = hoisted(s.Tree, e.Field)
		report.fromField(s.Object, diag.CRDRefused, e)
	}
}

// remembered keeps what was found of a definition's spec: each artifact has the same one, and compiling its CEL rules
// takes time.
type remembered struct {
	mu    sync.Mutex
	specs map[string]field.ErrorList
}

func (r *remembered) of(s *Subject) []*field.Error {
	key, err := json.Marshal([]any{s.Name(), s.APIVersion(), s.Tree["spec"]})
	if err != nil {
		return fewer(validated(s))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	found, ok := r.specs[string(key)]
	if !ok {
		if r.specs == nil {
			r.specs = map[string]field.ErrorList{}
		}
		found = validated(s)
		r.specs[string(key)] = found
	}
	return fewer(found)
}

// fewer copies faults, less those that follow from others: where one CEL rule costs too much, so do all together.
func fewer(faults field.ErrorList) []*field.Error {
	costly := slices.ContainsFunc(faults, func(e *field.Error) bool { return strings.Contains(e.Detail, "rule cost exceeds budget") })
	var out []*field.Error
	for _, e := range faults {
		if costly && strings.Contains(e.Detail, "rule cost total") {
			continue
		}
		c := *e
		out = append(out, &c)
	}
	return out
}

func validated(s *Subject) field.ErrorList {
	crd, err := internalCRD(s)
	if err != nil {
		return field.ErrorList{field.Invalid(field.NewPath("spec"), "", err.Error())}
	}
	// The API server fills in the status before it validates.
	crd.Status = apiextensions.CustomResourceDefinitionStatus{}
	for _, v := range crd.Spec.Versions {
		if v.Storage {
			crd.Status.StoredVersions = []string{v.Name}
		}
	}
	return validation.ValidateCustomResourceDefinition(context.Background(), crd)
}

// hoisted undoes what the conversion does to a definition whose versions are alike: their schema then stands once.
func hoisted(tree model.Tree, path string) string {
	for _, name := range []string{"validation", "subresources", "additionalPrinterColumns", "selectableFields"} {
		rest, ok := strings.CutPrefix(path, "spec."+name)
		if !ok || model.At(tree, "spec", name) != nil {
			continue
		}
		if name == "validation" {
			name = "schema"
		}
		return fmt.Sprintf("spec.versions[0].%s%s", name, rest)
	}
	return path
}

// owns reports whether the set has a definition of an API group.
func (s *set) owns(group string) bool { return s.ownResources()[group] != nil }

// definitionsOf returns the valid definitions of a set, by group and kind.
func (s *set) definitionsOf() map[string]*definition {
	out := map[string]*definition{}
	for _, sub := range s.subjects {
		if d := newDefinition(sub); d != nil {
			out[d.crd.Spec.Group+" "+d.crd.Spec.Names.Kind] = d
		}
	}
	return out
}

// customObjects holds the objects of a set against the definitions of the same set.
func customObjects(s *set, _ *Context, report Report) {
	if !slices.ContainsFunc(s.Objects, func(o *kube.Object) bool { return builtinResources()[o.Group()] == nil && s.owns(o.Group()) }) {
		return
	}
	known := s.definitionsOf()
	for _, o := range s.Objects {
		if d := known[o.Group()+" "+o.Kind()]; d != nil {
			d.judge(o, diag.InvalidObject, report)
		}
	}
}

// Examples holds objects that people are shown against the definitions of a set.
func (b *Bench) Examples(s kube.Set, examples []*kube.Object) []finding.Finding {
	known := newSet(s, func(o *kube.Object) *Subject { return b.verdict(o).subject }).definitionsOf()
	var out []finding.Finding
	report := Report(func(f finding.Finding) { out = append(out, f) })
	for _, o := range examples {
		d := known[o.Group()+" "+o.Kind()]
		if d == nil {
			report.error(o, diag.ExampleRefused, "/kind", "the example is of an API that the operator does not define")
			continue
		}
		d.judge(o, diag.ExampleRefused, report)
	}
	return out
}
