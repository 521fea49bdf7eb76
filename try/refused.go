package try

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// refused tells what the API server said of an object, one finding for each cause. An error that is no answer of the API
// server is returned.
func (r *run) refused(way string, o *kube.Object, tree kube.Tree, code diag.Code, what string, err error) error {
	if meta.IsNoMatchError(err) {
		r.say(way, finding.Of(o, code, diag.Error, "/apiVersion", "%s: it has no kind %s in %s", what, o.Kind(), o.APIVersion()).
			WithHint("name a version of the API that this Kubernetes serves"))
		return nil
	}
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return err
	}
	for _, c := range causes(tree, status) {
		r.say(way, finding.Of(o, code, diag.Error, c.pointer, "%s: %s", what, c.message))
	}
	return nil
}

// cause is one thing that the API server does not like.
type cause struct {
	pointer string // as far as the object goes
	field   string // all of it
	message string
}

// undeclared is what server-side apply says of a field that is not in the schema.
var undeclared = regexp.MustCompile(`(?m)\.(\S+): field not declared in schema`)

func causes(tree kube.Tree, err apierrors.APIStatus) []cause {
	s := err.Status()
	var out []cause
	if s.Details != nil {
		for _, c := range s.Details.Causes {
			if c.Field != "" && !unchecked(c.Field) {
				out = append(out, cause{pointer(tree, c.Field), named(c.Field), c.Field + ": " + c.Message})
			}
		}
	}
	for _, m := range undeclared.FindAllStringSubmatch(s.Message, -1) {
		out = append(out, cause{pointer(tree, m[1]), named(m[1]), "there is no field " + m[1]})
	}
	if len(out) == 0 {
		out = append(out, cause{"", "", strings.ReplaceAll(s.Message, "\n", " ")})
	}
	slices.SortStableFunc(out, func(a, b cause) int { return strings.Compare(a.pointer, b.pointer) })
	return slices.Compact(out)
}

// unchecked is the field of a cause that only says that there may be more of them.
func unchecked(field string) bool { return field == "<nil>" }

// part is one step of a field's path as the API server writes it: a name, or in brackets an index, a key, or the fields
// that tell an element of a list from others.
var part = regexp.MustCompile(`[^.\[\]]+|\[[^\]]*\]`)

// named are the names in a field's path, as a pointer.
func named(field string) string {
	var out strings.Builder
	for _, p := range part.FindAllString(field, -1) {
		out.WriteString("/" + diag.Escape(strings.Trim(p, "[]")))
	}
	return out.String()
}

// pointer finds the place in an object that the API server means, as far as the object goes.
func pointer(tree kube.Tree, field string) string {
	if strings.HasPrefix(field, "status.storedVersions") {
		field = "spec.versions" // which lacks one of them
	}
	var at any = map[string]any(tree)
	var out strings.Builder
	for _, p := range part.FindAllString(field, -1) {
		key := strings.Trim(p, "[]")
		switch v := at.(type) {
		case map[string]any:
			key = strings.Trim(key, `"`)
			next, ok := v[key]
			if !ok {
				return out.String()
			}
			at = next
		case []any:
			i := element(v, key)
			if i < 0 {
				return out.String()
			}
			key, at = strconv.Itoa(i), v[i]
		default:
			return out.String()
		}
		out.WriteString("/" + diag.Escape(key))
	}
	return out.String()
}

// element finds an element by its index, or by fields such as name="manager"; -1 where there is none.
func element(list []any, key string) int {
	if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(list) {
		return i
	}
	return slices.IndexFunc(list, func(e any) bool {
		m, ok := e.(map[string]any)
		for pair := range strings.SplitSeq(key, ",") {
			name, value, cut := strings.Cut(pair, "=")
			ok = ok && cut && text(m[name]) == strings.Trim(value, `"`)
		}
		return ok
	})
}
