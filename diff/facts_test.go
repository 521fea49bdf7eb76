package diff

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

type operator = model.Operator

// notCompared are the fields of the model in which two versions may differ without a change, and why.
var notCompared = map[string]string{
	"Permission":                            "the roles and bindings that are made of it stand among the objects",
	"Workload":                              "the Deployment stands among the objects; the key is the description's own word",
	"CRD.Group":                             "part of the name, and of the tree",
	"CRD.Plural":                            "part of the name, and of the tree",
	"CRD.File":                              "the name of an emitted file",
	"CRD.Conversion":                        "what the description's file has; the tree has what is installed",
	"CRDVersion.Description":                "part of the schema in the tree",
	"Operator.Existing":                     "an account that pods run as and that no object is, is compared as what the install needs",
	"Object.Role":                           "what the object is for follows from what it is",
	"Object.File":                           "the name of an emitted file",
	"Object.Cluster":                        "follows from the kind",
	"Object.Verbatim":                       "labels that Helm adds",
	"Object.Calls":                          "follows from what it calls",
	"Object.Each":                           "copies in watched namespaces follow the one that is compared",
	"OLM.BundleScalars":                     "how values of annotations are written: the texts are compared",
	"Object.Origins":                        "places in the description",
	"NamespaceMeta.Origins":                 "places in the description",
	"Feature.Builtin":                       "who made the feature is no one's concern",
	"Webhook.ContainerPort":                 "the port of the Service as OLM v0 makes it, which follows the port",
	"Watch.Own":                             "follows from the modes",
	"Catalog.Existing":                      "versions that were released before",
	"Operator.Overlays.Image.Platforms":     "an overlay chooses among images, and builds none",
	"Operator.Release.Catalog":              "not of a version: compared by channels, see the script diff_catalog",
	"Operator.Release.Deprecations.Version": "at most one of channel and version is said",
	"Icon.LineLength":                       "how long the lines are in which the same picture is written",
	"Image.Budget":                          "how great the image may be is asked when it is built",
	"Operator.Image.Tag":                    "the digest wins, where there is one",
	"Operator.Overlays.Image.Tag":           "the digest wins, where there is one",
}

// TestEveryFieldIsCompared changes each field of a model that says something of everything, and looks for a change.
func TestEveryFieldIsCompared(t *testing.T) {
	base := richOperator(t)
	base = clone(t, base)
	used, said := map[string]bool{}, map[string]bool{}
	eachField(reflect.ValueOf(base).Elem(), "Operator", "Operator", func(path, name string, parts bool) {
		if parts {
			said[name] = true
			return
		}
		var copied int
		if n, _ := fmt.Sscanf(path, "Operator.Objects.%d.", &copied); n == 1 && (base.Objects[copied].Each || base.Objects[copied].Role == model.RoleWebhook) {
			return // see Object.Each; webhooks are compared as the model has them
		}
		for reason := range notCompared {
			plain := strings.Join(slices.DeleteFunc(strings.Split(path, "."), func(e string) bool { return strings.Trim(e, "0123456789") == "" }), ".")
			if name == reason || strings.HasPrefix(name, reason+".") || plain == reason {
				used[reason] = true
				return
			}
		}
		changed := clone(t, base)
		said[name] = mutate(reflect.ValueOf(changed).Elem(), strings.Split(path, ".")[1:]) || said[name]
		if reflect.DeepEqual(base, changed) {
			return
		}
		if !classified(t, base, changed) {
			t.Errorf("%s (%s) can change without a word: compare it, or say why not", name, path)
		}
	})
	for name, ok := range said {
		if !ok {
			t.Errorf("the rich description says nothing of %s", name)
		}
	}
	for reason := range notCompared {
		if !used[reason] {
			t.Errorf("there is a reason for %s, which no field needs", reason)
		}
	}
}

// classified checks that a rule knows every change, in both directions, and reports whether there is one.
func classified(t *testing.T, old, new *operator) bool {
	t.Helper()
	found := false
	for _, way := range [][2]*operator{{old, new}, {new, old}} {
		j := &judge{old: way[0], new: way[1], changes: Compare(way[0], way[1])}
		j.claimed = make([]bool, len(j.changes))
		j.rules()
		for i, claimed := range j.claimed {
			found = true
			if !claimed {
				t.Errorf("no rule knows: %s was %s", j.changes[i].Path, j.changes[i].Kind)
			}
		}
	}
	return found
}

func clone(t testing.TB, o *operator) *operator {
	t.Helper()
	data, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	out := &operator{}
	if err := json.Unmarshal(data, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// eachField calls f for every field of a value: its path, its name as Type.Field, and whether it has fields itself.
func eachField(v reflect.Value, path, name string, f func(path, name string, parts bool)) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			f(path, name, false)
			return
		}
		f(path, name, true)
		eachField(v.Elem(), path, name, f)
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if field.Type == reflect.TypeFor[model.Node]() {
				continue
			}
			eachField(v.Field(i), path+"."+field.Name, v.Type().Name()+"."+field.Name, f)
		}
	case reflect.Slice:
		if e := v.Type().Elem(); e.Kind() == reflect.Struct && v.Len() > 0 {
			f(path, name, true)
			for i := range v.Len() {
				eachField(v.Index(i), fmt.Sprintf("%s.%d", path, i), name, f)
			}
			return
		}
		f(path, name, false)
	default:
		f(path, name, false)
	}
}

// mutate changes the value at a path; it returns false for one that says nothing to change.
func mutate(v reflect.Value, path []string) bool {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if len(path) > 0 {
		if v.Kind() == reflect.Slice {
			var i int
			fmt.Sscan(path[0], &i)
			return mutate(v.Index(i), path[1:])
		}
		return mutate(v.FieldByName(path[0]), path[1:])
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Pointer:
		return false
	case reflect.Slice:
		switch v.Type().Elem().Kind() {
		case reflect.Struct:
			return false
		case reflect.String:
			v.Set(reflect.Append(v, reflect.ValueOf("x").Convert(v.Type().Elem())))
		default:
			v.Set(reflect.Append(v, reflect.ValueOf(map[string]any{"type": "x", "value": "y"})))
		}
	case reflect.Map:
		if v.Type() == reflect.TypeFor[model.Tree]() {
			return !v.IsNil() // trees have a test of their own
		}
		return !v.IsNil() && mutateMap(v)
	case reflect.Interface:
		v.Set(reflect.ValueOf(any("x")))
	default:
		panic("no way to change a " + v.Kind().String())
	}
	return true
}

// mutateMap changes one entry of a map.
func mutateMap(v reflect.Value) bool {
	key := reflect.ValueOf("x")
	switch v.Type().Elem().Kind() {
	case reflect.String:
		v.SetMapIndex(key, reflect.ValueOf("y"))
	case reflect.Bool:
		key = v.MapKeys()[0]
		v.SetMapIndex(key, reflect.ValueOf(!v.MapIndex(key).Bool()))
	case reflect.Pointer:
		y := "y"
		v.SetMapIndex(key, reflect.ValueOf(&y))
	default:
		return false
	}
	return true
}

// quiet are the parts of trees that can change without a word, by the kind of the object or the name of the field, and
// why.
var quiet = []struct{ kind, pointer, why string }{
	{"Role|ClusterRole", "/metadata", "how roles that someone is bound to are called and labelled is no one's concern"},
	{"RoleBinding|ClusterRoleBinding", "/metadata", "nor how bindings are"},
	{"*", "/kind", "another kind is another object"},
	{"CustomResourceDefinition", "/apiVersion", "both versions of the API say the same"},
	{"Role|ClusterRole|RoleBinding|ClusterRoleBinding|ValidatingWebhookConfiguration|MutatingWebhookConfiguration", "/apiVersion", "grants and webhooks are compared by what they say"},
	{"RoleBinding|ClusterRoleBinding", "/roleRef/apiGroup", "there is one group"},
	{"RoleBinding|ClusterRoleBinding", "/subjects/apiGroup", "follows from the kind"},
	{"ValidatingWebhookConfiguration|MutatingWebhookConfiguration", "/metadata", "webhooks are known by their own names"},
	{"ValidatingWebhookConfiguration|MutatingWebhookConfiguration", "/webhooks/clientConfig/caBundle", "made anew at each install"},
	{"CustomResourceDefinition", "/metadata/name", "follows from group and plural"},
	{"CustomResourceDefinition", "/spec/group", "part of the name"},
	{"CustomResourceDefinition", "/spec/names/plural", "part of the name"},
	{"CustomResourceDefinition", "/spec/names/kind", "compared as the model has it"},
	{"CustomResourceDefinition", "/spec/scope", "compared as the model has it"},
	{"CustomResourceDefinition", "/spec/versions/name", "compared as the model has it"},
	{"CustomResourceDefinition", "/spec/versions/served", "compared as the model has it"},
	{"CustomResourceDefinition", "/spec/versions/storage", "compared as the model has it"},
}

// leftOut are values that mean the same when they are left out.
var leftOut = []string{
	"/metadata/namespace", "/subjects/namespace", "/clientConfig/service/namespace", "/roleRef/kind", "/spec/replicas", "/names/singular", "/names/listKind",
	"/env/value", "/uniqueItems",
}

// TestEveryPartOfATreeIsCompared removes and changes each value in every object and CRD of a model that says something
// of everything: there is a change, and a rule knows it, in both directions.
func TestEveryPartOfATreeIsCompared(t *testing.T) {
	base := clone(t, richOperator(t))
	trees := func(o *operator) []model.Tree {
		var out []model.Tree
		for _, c := range o.CRDs {
			out = append(out, c.Tree)
		}
		for _, obj := range o.Objects {
			if obj.Role != model.RoleWebhook && !obj.Each {
				out = append(out, obj.Tree)
			}
		}
		for _, h := range o.Webhooks.Hooks {
			out = append(out, h.Tree)
		}
		return append(out, o.OLM.CSV, o.Helm.Values, o.Helm.Chart, o.Kustomize.Kustomization)
	}
	count := 0
	for i, tree := range trees(base) {
		kind, _ := tree["kind"].(string)
		for _, at := range leaves(tree, nil) {
			pointer := pointerOf(at)
			if isQuiet(kind, pointer) {
				continue
			}
			changes := []func(any) (any, bool){other}
			if !slices.ContainsFunc(leftOut, func(end string) bool { return strings.HasSuffix(pointer, end) }) {
				changes = append(changes, func(any) (any, bool) { return nil, false })
			}
			for _, change := range changes {
				changed := clone(t, base)
				edit(trees(changed)[i], at, change)
				count++
				if !classified(t, base, changed) {
					t.Errorf("%s %s: %v can change without a word", kind, model.MetaString(tree, "name"), at)
				}
			}
		}
	}
	t.Logf("%d changes", count)
}

// pointerOf is a path without the numbers of list elements.
func pointerOf(at []string) string {
	pointer := ""
	for _, e := range at {
		if strings.Trim(e, "0123456789") != "" {
			pointer += "/" + diag.Escape(e)
		}
	}
	return pointer
}

func isQuiet(kind, pointer string) bool {
	for _, q := range quiet {
		if (q.kind == "*" || slices.Contains(strings.Split(q.kind, "|"), kind)) && (pointer == q.pointer || strings.HasPrefix(pointer, q.pointer+"/")) {
			return true
		}
	}
	return strings.Contains(pointer, "\uE000") // a condition
}

func leaves(v any, at []string) [][]string {
	switch t := v.(type) {
	case map[string]any:
		var out [][]string
		for k, e := range t {
			out = append(out, leaves(e, append(slices.Clip(at), k))...)
		}
		return out
	case []any:
		var out [][]string
		for i, e := range t {
			out = append(out, leaves(e, append(slices.Clip(at), fmt.Sprint(i)))...)
		}
		return out
	}
	return [][]string{at}
}

// other is another value of the same type.
func other(v any) (any, bool) {
	switch t := v.(type) {
	case bool:
		return !t, true
	case float64:
		return t + 1, true
	case string:
		return t + "x", true
	}
	return "x", true
}

// edit changes or removes the value at a path of field names and numbers.
func edit(v any, at []string, change func(any) (any, bool)) any {
	switch t := v.(type) {
	case map[string]any:
		var next any
		keep := true
		if len(at) == 1 {
			next, keep = change(t[at[0]])
		} else {
			next = edit(t[at[0]], at[1:], change)
		}
		if keep {
			t[at[0]] = next
		} else {
			delete(t, at[0])
		}
	case []any:
		var i int
		fmt.Sscan(at[0], &i)
		if len(at) > 1 {
			t[i] = edit(t[i], at[1:], change)
			return t
		}
		next, keep := change(t[i])
		if !keep {
			return slices.Delete(slices.Clone(t), i, i+1)
		}
		t[i] = next
	}
	return v
}
