package judge

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// metadata judges names, labels and annotations by apimachinery's own validation.
func metadata(s *Subject, _ *Context, report Report) {
	md, ok := s.Tree["metadata"].(map[string]any)
	if !ok {
		report.error(s.Object, diag.BadManifest, "", "the %s has no metadata", s.Kind())
		return
	}
	meta, ok := s.Typed.(metav1.ObjectMetaAccessor)
	if !ok {
		meta = plainMeta(md)
	}
	namespaced := meta.GetObjectMeta().GetNamespace() != ""
	for _, err := range validation.ValidateObjectMetaAccessor(meta.GetObjectMeta(), namespaced, nameRule(s.Kind(), s.Group()), field.NewPath("metadata")) {
		report.fromField(s.Object, diag.InvalidObject, err)
	}
}

// plainMeta reads the metadata of an object without a Go type. What does not fit is left out: the object's own API
// tells of it.
func plainMeta(md map[string]any) metav1.ObjectMetaAccessor {
	out := &metav1.ObjectMeta{Labels: texts(md["labels"]), Annotations: texts(md["annotations"])}
	out.Name = kube.Text(md["name"])
	out.GenerateName = kube.Text(md["generateName"])
	out.Namespace = kube.Text(md["namespace"])
	return out
}

func texts(v any) map[string]string {
	m := kube.Map(v)
	out := map[string]string{}
	for k, e := range m {
		if text, ok := e.(string); ok {
			out[k] = text
		}
	}
	return out
}

// nameRule is the rule for names of a kind, as the API server's validation has it.
func nameRule(kind, group string) validation.ValidateNameFunc {
	switch {
	case kind == "Service" && group == "":
		return validation.NameIsDNS1035Label
	case kind == "Namespace" && group == "":
		return validation.ValidateNamespaceName
	case kind == "ServiceAccount" && group == "":
		return validation.ValidateServiceAccountName
	case group == "rbac.authorization.k8s.io":
		return func(name string, _ bool) []string { return content.IsPathSegmentName(name) }
	}
	return validation.NameIsDNSSubdomain
}

// fromField reports what Kubernetes' validation found.
func (r Report) fromField(o *kube.Object, code diag.Code, err *field.Error) {
	e := *err
	switch e.BadValue.(type) {
	case string, bool, int, int32, int64, float64, nil:
	default:
		e.BadValue = field.OmitValueType{} // a Go value says nothing to people
	}
	body, _, _ := strings.Cut(e.ErrorBody(), "\n") // CEL draws an arrow below
	r.error(o, code, pointerOf(o.Tree, e.Field), "%s: %s", e.Field, body)
}

// pointerOf turns a path of Kubernetes' messages, such as spec.versions[0].name or metadata.labels[a.b/c], into a
// pointer. Names with dots are told apart by what the tree has.
func pointerOf(tree model.Tree, path string) string {
	var out strings.Builder
	var at any = tree
	for path != "" {
		elem, rest := nextElem(at, path)
		out.WriteString("/" + diag.Escape(elem))
		at = step(at, elem)
		path = rest
	}
	return out.String()
}

// nextElem splits off the first element of a path.
func nextElem(at any, path string) (elem, rest string) {
	if inner, ok := strings.CutPrefix(path, "["); ok {
		elem, rest, _ = strings.Cut(inner, "]")
		return strings.Trim(elem, `"`), strings.TrimPrefix(rest, ".")
	}
	if m, ok := at.(map[string]any); ok {
		best := ""
		for k := range m {
			if strings.HasPrefix(path, k) && len(k) > len(best) && (len(path) == len(k) || path[len(k)] == '.' || path[len(k)] == '[') {
				best = k
			}
		}
		if best != "" {
			return best, strings.TrimPrefix(path[len(best):], ".")
		}
	}
	i := strings.IndexAny(path, ".[")
	if i < 0 {
		return path, ""
	}
	return path[:i], strings.TrimPrefix(path[i:], ".")
}

func step(at any, elem string) any {
	switch t := at.(type) {
	case map[string]any:
		return t[elem]
	case []any:
		if i, ok := index(elem); ok && i < len(t) {
			return t[i]
		}
	}
	return nil
}

func index(elem string) (int, bool) {
	n := 0
	for _, r := range elem {
		if r < '0' || r > '9' || n > 1<<20 {
			return 0, false
		}
		n = n*10 + int(r-'0')
	}
	return n, elem != ""
}
