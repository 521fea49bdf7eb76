package helm

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// featureValues makes a switch for each feature.
func (c *chart) featureValues() {
	for _, f := range Switches(c.m) {
		if !f.Builtin && standsForOther(f.Name) {
			c.diags = append(c.diags, diag.
				Errorf(diag.DuplicateName, f.From, "the feature %s would be the chart's own value %s", f.Name, f.Name).
				WithHint("give the feature another name, such as %sFeature", f.Name))
			continue
		}
		doc := f.Doc
		if doc == "" {
			doc = "Enable " + f.Name + "."
		}
		if len(f.Requires) > 0 {
			doc += " Requires " + strings.Join(f.Requires, ".enabled and ") + ".enabled."
		}
		c.values.group("", f.Name).add(value{def: f.Enabled, from: f.From, schema: ofType("boolean"), doc: doc}, "enabled")
	}
}

// standsForOther reports whether a feature of the operator's own can't have a name, since the chart has such a value.
func standsForOther(name string) bool {
	topic, _ := place(name)
	return topic != featureTopic || name == "enabled"
}

// Switches are the features that a chart has: the operator's own, and of opc's those that switch something in it.
func Switches(m *model.Operator) []model.Feature {
	used := map[string]bool{}
	use := func(cond model.Cond) {
		on, off := cond.Split()
		for _, name := range append(on, off...) {
			used[name] = true
		}
	}
	for _, o := range m.Objects {
		use(o.When)
		conditions(o.Tree, use)
	}
	for _, crd := range m.CRDs {
		conditions(crd.Tree, use)
	}
	for i := len(m.Features) - 1; i >= 0; i-- { // what is required stands in front, as a rule
		if f := m.Features[i]; used[f.Name] || !f.Builtin {
			for _, need := range f.Requires {
				used[need] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(m.Features), func(f model.Feature) bool { return f.Builtin && !used[f.Name] })
}

// conditions finds the conditions in a tree.
func conditions(v any, found func(model.Cond)) {
	cond, v := model.Condition(v)
	found(cond)
	switch t := v.(type) {
	case map[string]any:
		for _, e := range t {
			conditions(e, found)
		}
	case []any:
		for _, e := range t {
			conditions(e, found)
		}
	}
}
