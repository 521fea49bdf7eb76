package judge

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	operatorsv1 "github.com/operator-framework/api/pkg/operators/v1"
	operatorsv1alpha1 "github.com/operator-framework/api/pkg/operators/v1alpha1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextensionsv1beta1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kubescheme "k8s.io/client-go/kubernetes/scheme"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// schemes hold the Go types of Kubernetes' own APIs, and of those that extend it for operators.
var schemes = sync.OnceValue(func() []*runtime.Scheme {
	more := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		apiextensionsv1.AddToScheme, apiextensionsv1beta1.AddToScheme, operatorsv1.AddToScheme, operatorsv1alpha1.AddToScheme,
	} {
		if err := add(more); err != nil {
			panic(fmt.Sprintf("judge: a type that does not fit its scheme: %v", err))
		}
	}
	return []*runtime.Scheme{kubescheme.Scheme, more}
})

// groups are the API groups of which every kind is known, each with its versions.
var groups = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	for _, s := range schemes() {
		for _, gv := range s.PrioritizedVersionsAllGroups() {
			out[gv.Group] = append(out[gv.Group], gv.Version)
		}
	}
	return out
})

// newTyped makes an empty Go value of a kind, or nil.
func newTyped(gvk schema.GroupVersionKind) runtime.Object {
	for _, s := range schemes() {
		if out, err := s.New(gvk); err == nil {
			return out
		}
	}
	return nil
}

// decode reads an object into its Go type, strictly, and reports what does not fit. It returns nil for kinds of other
// APIs, and for objects that have not their kind's shape.
func decode(o *kube.Object, report Report) runtime.Object {
	group, version, found := strings.Cut(o.APIVersion(), "/")
	if !found {
		group, version = "", o.APIVersion()
	}
	typed := newTyped(schema.GroupVersionKind{Group: group, Version: version, Kind: o.Kind()})
	if typed == nil {
		unknownKind(o, group, version, report)
		return nil
	}
	s := shape{object: o, report: report}
	s.value(o.Tree, reflect.TypeOf(typed).Elem(), "")
	if s.broken {
		return nil
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Tree, typed); err != nil {
		report.error(o, diag.InvalidObject, "", "the object can't be decoded: %v", err)
		return nil
	}
	return typed
}

// unknownKind tells of kinds that a known group does not have. Kinds of other groups are somebody else's.
func unknownKind(o *kube.Object, group, version string, report Report) {
	versions, known := groups()[group]
	if !known {
		return
	}
	var kinds []string
	for _, v := range versions {
		if newTyped(schema.GroupVersionKind{Group: group, Version: v, Kind: o.Kind()}) != nil {
			kinds = append(kinds, v)
		}
	}
	name := o.APIVersion()
	if name == "" {
		report(finding.OfUnversioned(o))
		return
	}
	if len(kinds) > 0 {
		report(finding.Of(o, diag.RemovedAPI, diag.Error, "/apiVersion", "%s has no kind %s", name, o.Kind()).
			WithHint("it has one in %s", strings.Join(kinds, ", ")))
		return
	}
	f := finding.Of(o, diag.InvalidObject, diag.Error, "/kind", "%s has no kind %s", name, o.Kind())
	if elsewhere := homes(o.Kind()); len(elsewhere) > 0 {
		f.Pointer = "/apiVersion"
		f = f.WithHint("%s is a kind of %s", o.Kind(), strings.Join(elsewhere, ", "))
	}
	report(f)
}

// homes are the groups that have a kind, each with the version that it prefers.
func homes(kind string) []string {
	var out []string
	for _, group := range slices.Sorted(maps.Keys(groups())) {
		for _, v := range groups()[group] {
			gv := schema.GroupVersion{Group: group, Version: v}
			if typed := newTyped(gv.WithKind(kind)); typed != nil && !gone(typed) {
				out = append(out, gv.String())
				break
			}
		}
	}
	return out
}

// gone reports whether the version of an API was removed from Kubernetes.
func gone(typed runtime.Object) bool {
	l, ok := typed.(lifecycle)
	if !ok {
		return false
	}
	major, minor := l.APILifecycleRemoved()
	return major == 1 && minor <= newestKnown
}

// lifecycle is what k8s.io/api says of the types of API versions that were removed.
type lifecycle interface{ APILifecycleRemoved() (major, minor int) }

type replacement interface {
	APILifecycleReplacement() schema.GroupVersionKind
}

// newestKnown is the newest minor version of Kubernetes that k8s.io/api, as linked here, knows.
const newestKnown = 37

// removed judges the version of an object's API by what k8s.io/api says of its end.
func removed(s *Subject, ctx *Context, report Report) {
	l, ok := s.Typed.(lifecycle)
	if !ok {
		return
	}
	major, minor := l.APILifecycleRemoved()
	if major != 1 || minor > newestKnown {
		return
	}
	severity := diag.Warning
	if least, known := minorOf(ctx.MinKube); !known || minor <= least {
		severity = diag.Error
	}
	f := finding.Of(s.Object, diag.RemovedAPI, severity, "/apiVersion", "%s of %s was removed in Kubernetes %d.%d", s.APIVersion(), s.Kind(), major, minor)
	if r, ok := s.Typed.(replacement); ok {
		f = f.WithHint("write it as %s %s", r.APILifecycleReplacement().GroupVersion(), r.APILifecycleReplacement().Kind)
	}
	report(f)
}

func minorOf(version string) (minor int, known bool) {
	parts := strings.Split(version, ".")
	if len(parts) < 2 {
		return 0, false
	}
	n, err := strconv.Atoi(parts[1])
	return n, err == nil
}

// nearestName finds the field that a misspelt one was meant as.
func nearestName(name string, known map[string]reflect.Type) string {
	return diag.Nearest(name, slices.Sorted(maps.Keys(known)))
}

// kindsOf lists the kinds of a version of an API group.
func kindsOf(group, version string) []schema.GroupVersionKind {
	var out []schema.GroupVersionKind
	gv := schema.GroupVersion{Group: group, Version: version}
	for _, s := range schemes() {
		for _, kind := range slices.Sorted(maps.Keys(s.KnownTypes(gv))) {
			out = append(out, gv.WithKind(kind))
		}
	}
	return out
}
