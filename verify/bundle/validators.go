package bundle

import (
	"fmt"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/operator-framework/api/pkg/manifests"
	"github.com/operator-framework/api/pkg/operators/v1alpha1"
	"github.com/operator-framework/api/pkg/validation"
	"github.com/operator-framework/api/pkg/validation/errors"
	interfaces "github.com/operator-framework/api/pkg/validation/interfaces"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// validator is one of operator-framework's validators. AllValidators is never used: it holds one that runs docker pull.
// The CRD validator is left out, since apiextensions' own judges all that it does and more; the one for communities is
// deprecated; that for removed APIs takes events and cronjobs for removed ones.
type validator struct {
	name string
	run  interfaces.Validator
	hub  bool // asked by the catalogs only: its findings are about quality
}

var validators = []validator{
	{"ClusterServiceVersionValidator", validation.ClusterServiceVersionValidator, false},
	{"BundleValidator", validation.BundleValidator, false},
	{"ObjectValidator", validation.ObjectValidator, false},
	{"OperatorHubV2Validator", validation.OperatorHubV2Validator, true},
	{"StandardCapabilitiesValidator", validation.StandardCapabilitiesValidator, true},
	{"StandardCategoriesValidator", validation.StandardCategoriesValidator, true},
	{"GoodPracticesValidator", validation.GoodPracticesValidator, true},
}

// Validators lists the names of the validators that are run.
func Validators() []string {
	var out []string
	for _, v := range validators {
		out = append(out, v.name)
	}
	return out
}

// Validate runs operator-framework's validators. With hub set, those of the catalogs run too, and warnings are told;
// otherwise only what keeps OLM from installing is.
func (b *Bundle) Validate(hub bool) []finding.Finding {
	if b.CSV == nil {
		return nil
	}
	var out []finding.Finding
	for _, v := range validators {
		if v.hub && !hub {
			continue
		}
		for _, f := range b.run(v, hub) {
			if !slices.ContainsFunc(out, func(g finding.Finding) bool { return g.Message == f.Message && g.Pointer == f.Pointer }) {
				out = append(out, f)
			}
		}
	}
	return out
}

// run gives one validator a bundle of its own: some change what they are given, and all read it as one.
func (b *Bundle) run(v validator, hub bool) (found []finding.Finding) {
	parsed, ok := b.parsed()
	if !ok {
		return nil // told of the objects themselves
	}
	defer func() {
		if x := recover(); x != nil { // the one for catalogs counts on an icon where the list is there
			found = append(found, finding.Of(b.CSV, diag.BundleInvalid, diag.Error, "", "the %s fails for this bundle: %v", v.name, x))
		}
	}()
	for _, result := range v.run.Validate(parsed.ObjectsToValidate()...) {
		for _, e := range append(slices.Clone(result.Errors), result.Warnings...) {
			severity, code := diag.Error, diag.BundleInvalid
			if e.Level != errors.LevelError {
				severity, code = diag.Warning, diag.BundleQuality
			}
			if v.hub {
				code = diag.BundleQuality
			}
			if severity == diag.Warning && !hub || b.mistaken(e) {
				continue
			}
			found = append(found, b.finding(e, code, severity))
		}
	}
	return found
}

// mistaken are findings that are wrong: the validators take events and cronjobs for resources that were removed from
// Kubernetes, and ask for examples of a bundle that owns no API.
func (b *Bundle) mistaken(e errors.Error) bool {
	owned := kube.List(model.At(b.CSV.Tree, "spec", "customresourcedefinitions", "owned"))
	return strings.Contains(e.Detail, "APIs which were deprecated and removed") || len(owned) == 0 && strings.Contains(e.Detail, "example annotations not found")
}

// parsed builds what the validators read, afresh.
func (b *Bundle) parsed() (*manifests.Bundle, bool) {
	csv := &v1alpha1.ClusterServiceVersion{}
	if convert(b.CSV.Tree, csv) != nil {
		return nil, false
	}
	out := &manifests.Bundle{
		Name: csv.Name, CSV: csv, Package: b.Package, Channels: slices.Clone(b.Channels), DefaultChannel: b.Default,
		Size: b.Size, CompressedSize: b.Gzip,
	}
	for _, o := range b.Objects() {
		out.Objects = append(out.Objects, &unstructured.Unstructured{Object: model.Clone(o.Tree)})
		if o.APIVersion() != "apiextensions.k8s.io/v1" || o.Kind() != "CustomResourceDefinition" {
			continue
		}
		crd := &apiextensionsv1.CustomResourceDefinition{}
		if convert(o.Tree, crd) != nil {
			return nil, false
		}
		out.V1CRDs = append(out.V1CRDs, crd)
	}
	return out, true
}

// Readable reports whether OLM's own type can hold the ClusterServiceVersion; where it can't, the object's faults say why.
func (b *Bundle) Readable() bool {
	return b.CSV != nil && convert(b.CSV.Tree, &v1alpha1.ClusterServiceVersion{}) == nil
}

func convert(tree model.Tree, into any) error {
	return runtime.DefaultUnstructuredConverter.FromUnstructured(tree, into)
}

func (b *Bundle) finding(e errors.Error, code diag.Code, severity diag.Severity) finding.Finding {
	text := strings.TrimSpace(e.Detail)
	if e.Field != "" {
		text = e.Field + ": " + text
	} else if gvk, ok := e.BadValue.(fmt.Stringer); ok && !strings.Contains(text, gvk.String()) {
		text = fmt.Sprintf("%s: %s", text, gvk)
	}
	if pointer := b.annotated(e.Detail); pointer != "" {
		at := kube.Place{File: path.Join(b.Dir, annotationsFile), Pointer: pointer}
		return finding.InFile(at, code, severity, "%s", "olm: "+text)
	}
	if o, pointer := b.manifestOf(e.Detail); o != nil {
		return finding.Of(o, code, severity, pointer, "%s", "olm: "+text)
	}
	return finding.Of(b.CSV, code, severity, b.pointer(e), "%s", "olm: "+text)
}

var account = regexp.MustCompile(`^invalid service account found in bundle\. This service account (\S+)`)

// manifestOf finds the manifest that a message is about, and the place in it.
func (b *Bundle) manifestOf(text string) (*kube.Object, string) {
	first := func(kind, pointer string, is func(kube.Tree) bool) (*kube.Object, string) {
		i := slices.IndexFunc(b.Manifests, func(o *kube.Object) bool { return strings.HasSuffix(o.Kind(), kind) && is(o.Tree) })
		if i < 0 {
			return nil, ""
		}
		return b.Manifests[i], pointer
	}
	value := func(pointer string, values ...string) func(kube.Tree) bool {
		return func(t kube.Tree) bool { return slices.Contains(values, fmt.Sprint(kube.Get(t, pointer))) }
	}
	if m := account.FindStringSubmatch(text); m != nil {
		return first("ServiceAccount", "/metadata/name", value("/metadata/name", m[1]))
	}
	switch {
	case strings.HasPrefix(text, "maxUnavailable field"):
		return first("PodDisruptionBudget", "/spec/maxUnavailable", value("/spec/maxUnavailable", "0", "0%"))
	case strings.HasPrefix(text, "minAvailable field"):
		return first("PodDisruptionBudget", "/spec/minAvailable", value("/spec/minAvailable", "100%"))
	case strings.HasPrefix(text, "globalDefault field"):
		return first("PriorityClass", "/globalDefault", value("/globalDefault", "true"))
	case strings.HasPrefix(text, "RBAC includes permission"):
		for _, resource := range []string{"poddisruptionbudgets", "securitycontextconstraints"} {
			if strings.Contains(text, resource) {
				return first("Role", "/rules", func(t kube.Tree) bool { return strings.Contains(fmt.Sprint(t["rules"]), resource) })
			}
		}
	}
	return nil, ""
}

// annotated is where an annotation of the bundle stands that a message of the validators speaks of, or "".
func (b *Bundle) annotated(text string) string {
	if strings.HasPrefix(text, "channel(s) ") && b.Annotations[model.BundleChannels] != "" {
		return "/annotations/" + diag.Escape(model.BundleChannels)
	}
	return ""
}

var (
	inDetail = regexp.MustCompile(`\bcsv\.((?:[A-Za-z]+)(?:\.[A-Za-z]+)*)`)
	indexes  = regexp.MustCompile(`\[(\d+)\]`)
	ownedAPI = regexp.MustCompile(`^owned CRD "([^/]*)/([^,]*), Kind=([^"]*)"`)
	unparsed = regexp.MustCompile(`^couldn't parse plural\.group from crd name: (.*)$`)
	someCRD  = regexp.MustCompile(`^(owned|required) CRD "([^"/]*)"`)
	unasked  = regexp.MustCompile(`resource requests for the container: \(([^)]*)\)`)
	words    = []struct{ in, pointer string }{
		{"not defined in CSV", "/spec/customresourcedefinitions/owned"}, {"install modes", "/spec/installModes"}, {"InstallMode", "/spec/installModes"},
		{") annotations not found", "/metadata"}, {"`olm.examples`", "/metadata/annotations/olm.examples"}, {"decoding example", "/metadata/annotations/alm-examples"},
		{"example must", "/metadata/annotations/alm-examples"}, {"invalid example", "/metadata/annotations/alm-examples"},
		{"example annotation", "/metadata/annotations"}, {"MinKubeVersion", "/spec/minKubeVersion"}, {"minKubeVersion", "/spec/minKubeVersion"},
		{"spec.replaces", "/spec/replaces"}, {"metadata.name", "/metadata/name"}, {"metadata.Name", "/metadata/name"},
		{"permissions to create CRD", "/spec/install/spec/clusterPermissions"},
		{"olm.properties annotation", "/metadata/annotations/olm.properties"},
	}
)

// pointer finds the place of a finding, of which the validators say little: a JSON path, a path of Go names, a path in the
// value, a path in the text, or words that stand for one.
func (b *Bundle) pointer(e errors.Error) string {
	if pointer := b.named(e.Detail); pointer != "" {
		return pointer
	}
	for _, candidate := range []string{e.Field, pathLike(e.BadValue), firstMatch(e.Detail)} {
		if candidate == "" || candidate == "struct" || candidate == "field" {
			continue
		}
		return jsonPointer(reflect.TypeFor[v1alpha1.ClusterServiceVersion](), strings.Split(indexes.ReplaceAllString(candidate, ".$1"), "."))
	}
	if m := ownedAPI.FindStringSubmatch(e.Detail); m != nil {
		return b.owned(schema.GroupVersionKind{Group: m[1], Version: m[2], Kind: m[3]})
	}
	if gvk, ok := e.BadValue.(schema.GroupVersionKind); ok && !strings.Contains(e.Detail, "example must") {
		return b.owned(gvk)
	}
	for _, w := range words {
		if strings.Contains(e.Detail, w.in) {
			return w.pointer
		}
	}
	return ""
}

// named finds what a message names: an annotation, an owned definition, a container.
func (b *Bundle) named(text string) string {
	switch {
	case strings.Contains(text, "valid capabilities level"):
		return "/metadata/annotations/capabilities"
	case strings.Contains(text, "standard categories"):
		return "/metadata/annotations/categories"
	}
	if m := someCRD.FindStringSubmatch(text); m != nil {
		return b.entry("/spec/customresourcedefinitions/"+m[1], func(e model.Tree) bool { return e["name"] == m[2] })
	}
	if m := unparsed.FindStringSubmatch(text); m != nil {
		return b.entry("/spec/customresourcedefinitions/owned", func(e model.Tree) bool { return e["name"] == m[1] })
	}
	if m := unasked.FindStringSubmatch(text); m != nil {
		return b.container(m[1])
	}
	return ""
}

// entry finds an entry of a list of the ClusterServiceVersion; the list where there is none.
func (b *Bundle) entry(list string, is func(model.Tree) bool) string {
	entries := kube.List(model.At(b.CSV.Tree, diag.Path(list).Elems()...))
	i := slices.IndexFunc(entries, func(e any) bool { entry := kube.Map(e); return is(entry) })
	if i < 0 {
		return list
	}
	return fmt.Sprintf("%s/%d", list, i)
}

// container finds a container of the install strategy that asks for no resources.
func (b *Bundle) container(name string) string {
	j := csvJudge{bundle: b}
	for i, d := range j.list("spec", "install", "spec", "deployments") {
		containers := kube.List(model.At(d, "spec", "template", "spec", "containers"))
		for k, e := range containers {
			if c := kube.Map(e); c["name"] == name && model.At(c, "resources", "requests") == nil {
				return fmt.Sprintf("%s/deployments/%d/spec/template/spec/containers/%d", strategy, i, k)
			}
		}
	}
	return strategy + "/deployments"
}

// owned finds the entry of an owned API.
func (b *Bundle) owned(gvk schema.GroupVersionKind) string {
	return b.entry("/spec/customresourcedefinitions/owned", func(e model.Tree) bool {
		name := kube.Text(e["name"])
		return strings.HasSuffix(name, "."+gvk.Group) && e["version"] == gvk.Version && e["kind"] == gvk.Kind
	})
}

func pathLike(v any) string {
	s := kube.Text(v)
	if strings.HasPrefix(s, "spec.") || strings.HasPrefix(s, "metadata.") {
		return s
	}
	return ""
}

func firstMatch(text string) string {
	if m := inDetail.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// jsonPointer rewrites Go names (Spec.DisplayName) to JSON names (/spec/displayName), as far as they are known.
func jsonPointer(t reflect.Type, elems []string) string {
	var b strings.Builder
	for _, elem := range elems {
		for t != nil && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice) {
			t = t.Elem()
		}
		name := elem
		var next reflect.Type
		if t != nil && t.Kind() == reflect.Struct {
			for f := range t.Fields() {
				tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if strings.EqualFold(f.Name, elem) || strings.EqualFold(tag, elem) && tag != "" {
					name, next = tag, f.Type
					break
				}
			}
		}
		b.WriteString("/" + diag.Escape(name))
		t = next
	}
	return b.String()
}
