package source

import (
	"context"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/chart"
)

// inNamespace is the namespace that charts are rendered for. It is told apart from what a chart itself says, so that it
// can stand as {namespace} in what is compared.
const inNamespace = "opc-diff-namespace"

// rendered is what a chart installs with its own values, and what can be set.
func rendered(ctx context.Context, files fstest.MapFS, opts Options) (*model.Operator, error) {
	m, err := readMetadata(files)
	if err != nil {
		return nil, err
	}
	o := m.operator()
	var chosen model.Tree
	if o.Helm.Values, o.Helm.Required, chosen, err = settings(files); err != nil {
		return nil, err
	}
	texts, err := templates(ctx, files, chart.Release{Name: m.Name, Namespace: inNamespace, Values: chosen}, opts)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(texts[0])) {
		if base := path.Base(name); strings.HasPrefix(base, "_") || base == "NOTES.txt" {
			continue
		}
		first, err := objectsIn(name, texts[0][name])
		if err != nil {
			return nil, err
		}
		second, err := objectsIn(name, texts[1][name])
		if err != nil {
			return nil, err
		}
		for i, obj := range first {
			if i < len(second) {
				obj.Tree = kube.Map(steady(obj.Tree, second[i].Tree))
			}
			install(o, obj)
		}
	}
	return o, nil
}

// objectsIn are the objects that a file renders to.
func objectsIn(name, text string) ([]*kube.Object, error) {
	// The runes between which expressions stand are no part of any manifest.
	text = strings.NewReplacer("\uE000", "\uFFFD", "\uE001", "\uFFFD").Replace(text)
	objects, faults := kube.Objects(name, []byte(text))
	if len(faults) > 0 {
		return nil, fmt.Errorf("%s renders to what is no manifest, in line %d: %s", name, faults[0].Line, faults[0].Message)
	}
	return objects, nil
}

// install adds an object to what an operator installs.
func install(o *model.Operator, obj *kube.Object) {
	meta := kube.Map(obj.Tree["metadata"])
	notes := kube.Map(meta["annotations"])
	if hook := kube.Text(notes["helm.sh/hook"]); strings.HasPrefix(hook, "test") {
		return // helm test runs it, an install does not
	}
	tree := kube.Map(neutral(obj.Tree))
	node := model.Node{From: diag.InFile(obj.At.File, obj.At.Doc)}
	if obj.Inner != nil { // a part of another object
		node.From += diag.Path(obj.Inner(""))
	}
	if obj.Kind() == "CustomResourceDefinition" {
		if strings.HasPrefix(obj.At.File, "crds/") {
			o.Helm.CRDs = "crds"
		}
		o.CRDs = append(o.CRDs, definition(node, tree))
		return
	}
	o.Objects = append(o.Objects, model.Object{Node: node, Tree: tree})
}

// definition is a CustomResourceDefinition of the model.
func definition(node model.Node, tree model.Tree) model.CRD {
	spec := kube.Map(tree["spec"])
	word := func(at ...string) string { return kube.Text(model.At(spec, at...)) }
	c := model.CRD{
		Node: node, Name: model.MetaString(tree, "name"), Group: word("group"), Kind: word("names", "kind"), Plural: word("names", "plural"),
		Scope: word("scope"), Tree: tree,
	}
	list := kube.List(spec["versions"])
	if name := word("version"); len(list) == 0 && name != "" { // apiextensions.k8s.io/v1beta1
		list = []any{map[string]any{"name": name, "served": true, "storage": true}}
	}
	for _, e := range list {
		v := kube.Map(e)
		version := model.CRDVersion{}
		version.Name = kube.Text(v["name"])
		version.Served, _ = v["served"].(bool)
		version.Storage, _ = v["storage"].(bool)
		c.Versions = append(c.Versions, version)
	}
	return c
}

// steady is a value as it was rendered, but for what came out differently the second time.
func steady(a, b any) any {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			break
		}
		out := map[string]any{}
		for k, v := range x {
			out[k] = steady(v, y[k])
		}
		return out
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			break
		}
		out := make([]any, len(x))
		for i := range x {
			out[i] = steady(x[i], y[i])
		}
		return out
	}
	if reflect.DeepEqual(a, b) {
		return a
	}
	return "(made anew by each rendering)"
}

// neutral is a tree without what differs from version to version by Helm's habits, and with a word for the namespace.
func neutral(v any) any {
	switch t := v.(type) {
	case string:
		return strings.ReplaceAll(t, inNamespace, "{namespace}")
	case []any:
		out := make([]any, len(t))
		for i, e := range t {
			out[i] = neutral(e)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, e := range t {
			if k != "helm.sh/chart" && k != "app.kubernetes.io/version" {
				out[k] = neutral(e)
			}
		}
		return out
	}
	return v
}

// settings are the values of a chart, and those that an installer must choose: its schema requires them, and it has no
// default for them. chosen are values that someone could choose for these.
func settings(files fstest.MapFS) (values model.Tree, required []string, chosen model.Tree, err error) {
	if f := files["values.yaml"]; f != nil {
		if err := kube.Decode("values.yaml", f.Data, &values); err != nil {
			return nil, nil, nil, fmt.Errorf("values.yaml: %w", err)
		}
	}
	if f := files["values.schema.json"]; f != nil {
		judge := model.Tree{}
		if err := kube.Decode("values.schema.json", f.Data, &judge); err != nil {
			return nil, nil, nil, fmt.Errorf("values.schema.json: %w", err)
		}
		chosen = model.Tree{}
		required = demanded(judge, values, chosen, "")
	}
	return values, required, chosen, nil
}

// demanded are the keys that a schema requires and the values lack. chosen gets a value for each.
func demanded(judge, values, chosen model.Tree, at string) []string {
	var out []string
	properties := kube.Map(judge["properties"])
	list := kube.List(judge["required"])
	for _, e := range list {
		if key, ok := e.(string); ok && values[key] == nil {
			inner := kube.Map(properties[key])
			out, chosen[key] = append(out, at+key), some(inner)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		inner := kube.Map(properties[key])
		if below, ok := values[key].(map[string]any); ok {
			choose := model.Tree{}
			if found := demanded(inner, below, choose, at+key+"."); len(found) > 0 {
				out, chosen[key] = append(out, found...), choose
			}
		}
	}
	slices.Sort(out)
	return out
}

// some is a value that a schema takes, as far as that is simple to tell.
func some(judge model.Tree) any {
	if list := kube.List(judge["enum"]); len(list) > 0 {
		return list[0]
	}
	switch judge["type"] {
	case "integer", "number":
		if least, ok := judge["minimum"]; ok {
			return least
		}
		return 1
	case "boolean":
		return true
	case "array":
		return []any{}
	case "object":
		inner := model.Tree{}
		demanded(judge, nil, inner, "")
		return inner
	}
	return "chosen"
}
