package helm

import (
	"cmp"
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/kube"
)

// labelChart is Helm's own label (https://helm.sh/docs/chart_best_practices/labels/).
const labelChart = "helm.sh/chart"

// standardLabels are what the template "labels" writes, besides those of the value commonLabels.
func (c *chart) standardLabels() []struct {
	key  string
	expr tree.Expr
} {
	return []struct {
		key  string
		expr tree.Expr
	}{
		{labelChart, c.include("chart")},
		{model.LabelName, c.include("name")},
		{model.LabelInstance, tree.Builtin("Release", "Name")},
		{model.LabelVersion, tree.Builtin("Chart", "AppVersion").To("replace", tree.Text("+"), tree.Text("_"))},
		{model.LabelManagedBy, tree.Builtin("Release", "Service")},
	}
}

// labels gives an object the labels that all objects of the chart have; others of its own stand below, and those of a
// value, if any.
func (c *chart) labels(object model.Tree, more *tree.Expr) {
	meta := kube.Map(object["metadata"])
	own := kube.Map(meta["labels"])
	rest := c.ownLabels(own)
	fields := c.labelFields(rest)
	all := c.include("labels")
	switch {
	case more != nil:
		// The value may say a label that commonLabels says too: it must not stand there twice.
		meta["labels"] = tree.Block{Expr: tree.Call("toYaml", tree.Call("merge", c.dict(rest), *more, all.To("fromYaml")))}
	case rest[model.LabelName] == nil && rest[model.LabelVersion] == nil:
		meta["labels"] = append(tree.Map{{Value: tree.Splice{Expr: all}}}, fields...)
	default: // a file of the user's says one of the standard labels otherwise
		var out tree.Map
		for _, l := range c.standardLabels() {
			if rest[l.key] == nil {
				out = append(out, tree.Field{Key: l.key, Value: tree.Scalar{Expr: l.expr.To("quote")}})
			}
		}
		meta["labels"] = append(append(out, fields...), commonLabels())
	}
}

// commonLabels are the labels of the value commonLabels, which says none that an object of the chart has.
func commonLabels() tree.Field {
	common := tree.Value("commonLabels")
	return tree.Field{When: tree.If(common), Value: tree.Splice{Expr: tree.Call("toYaml", common)}}
}

// dict makes labels a value of the template's.
func (c *chart) dict(labels map[string]any) tree.Expr {
	var args []tree.Expr
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		text := kube.Text(labels[k])
		v := tree.Text(text)
		if model.HasExpr(text) {
			v = c.text(text)
		}
		args = append(args, tree.Text(k), v)
	}
	return tree.Call("dict", args...)
}

// standardKeys are the names of the standard labels.
func (c *chart) standardKeys() []string {
	var out []string
	for _, l := range c.standardLabels() {
		out = append(out, l.key)
	}
	return out
}

// ownLabels is what remains when the template "labels" has written its part. Whose an object is, Helm says.
func (c *chart) ownLabels(own map[string]any) map[string]any {
	rest := maps.Clone(own)
	delete(rest, model.LabelManagedBy)
	delete(rest, model.LabelInstance)
	delete(rest, labelChart)
	if c.isName(rest[model.LabelName]) {
		delete(rest, model.LabelName)
	}
	return rest
}

// isName reports whether a label's value is the operator's name, as an expression or as a file says it.
func (c *chart) isName(v any) bool {
	return v == model.Ref(model.OpAppName, "") || v == c.m.Name
}

func (c *chart) labelFields(labels map[string]any) tree.Map {
	for k := range labels {
		c.reserved[k] = true
	}
	out, _ := c.fields(labels, []string{"labels"})
	return out
}

// selector makes a selector tell releases in one namespace apart.
func (c *chart) selector(labels map[string]any) tree.Map {
	rest := maps.Clone(labels)
	delete(rest, model.LabelInstance)
	out := tree.Map{{Key: model.LabelInstance, Value: tree.Scalar{Expr: tree.Builtin("Release", "Name").To("quote")}}}
	if c.isName(rest[model.LabelName]) {
		out = tree.Map{{Value: tree.Splice{Expr: c.include("selectorLabels")}}}
		delete(rest, model.LabelName)
	}
	fields, _ := c.fields(rest, []string{"matchLabels"})
	return append(out, fields...)
}

// selectors rewrites the selectors of an object that find pods of the chart, or its Services, and labels
// the pods of workloads that the description brings as they are: those of workloads are labelled with their knobs.
func (c *chart) selectors(o model.Tree, role model.Role) {
	kind := kube.Text(o["kind"])
	for _, s := range kube.Selections(o) {
		if !c.finds(s) {
			continue
		}
		if meta := kube.Map(model.At(o, "spec", "template", "metadata")); !s.Explicit && kube.SelectsItsPods(kind) && role != model.RoleWorkload && meta != nil {
			pod := kube.Map(meta["labels"])
			meta["labels"] = c.selector(pod)
		}
		s.Replace(c.selector(s.Labels))
	}
}

// ownSelectors lets rules for scheduling that name the release follow its name. They are values, so the name is a
// template in a text, which the template of the pod evaluates.
func (c *chart) ownSelectors(pod map[string]any) {
	for _, field := range evaluated {
		for _, s := range kube.Selections(map[string]any{field: pod[field]}) {
			if c.finds(s) {
				labels := maps.Clone(s.Labels)
				labels[model.LabelInstance] = action(tree.Builtin("Release", "Name"))
				if c.isName(labels[model.LabelName]) {
					labels[model.LabelName] = action(c.include("name"))
				}
				s.Replace(labels)
			}
		}
	}
}

// evaluated are the fields of a pod whose value can hold templates.
var evaluated = []string{"affinity", "topologySpreadConstraints"}

// selectsOwn reports whether a value has a selector that follows the name of the release.
func (c *chart) selectsOwn(v any) bool {
	return slices.ContainsFunc(kube.Selections(map[string]any{"": v}), func(s kube.Selection) bool {
		return s.Labels[model.LabelInstance] == action(tree.Builtin("Release", "Name"))
	})
}

// action is an expression as a template in a text.
func action(e tree.Expr) string { return "{{ " + e.String() + " }}" }

// finds reports whether a selector names the release, or finds a pod of the chart, or one of its Services, at default
// values. Others' pods, such as those of a Job, have no label of the release.
func (c *chart) finds(s kube.Selection) bool {
	if s.Labels[model.LabelInstance] == cmp.Or(c.m.NamePrefix, c.m.Name) {
		return true
	}
	if s.Explicit && s.Labels[model.LabelInstance] == nil {
		return false
	}
	scope := c.m.Scope(c.m.DefaultOverlay())
	want := kube.Map(scope.Resolve(s.Labels))
	return slices.ContainsFunc(c.m.Objects, func(o model.Object) bool {
		path := []string{"spec", "template", "metadata", "labels"}
		switch {
		case kube.SelectsItsPods(o.Kind()) && (s.Explicit || !s.Services):
		case o.Kind() == "Service" && (s.Explicit || s.Services):
			path = []string{"metadata", "labels"}
		default:
			return false
		}
		have := kube.Map(scope.Resolve(model.At(o.Tree, path...)))
		for k, v := range want {
			if have[k] != v {
				return false
			}
		}
		return have != nil
	})
}
