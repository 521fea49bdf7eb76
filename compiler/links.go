package compiler

import (
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// links lets what objects say of the operator's own objects and of its namespace follow the install: a RoleBinding in a
// file names a service account as it is called at default values.
func (s *state) links() {
	own := map[string]map[string]string{} // name at default values -> kind -> name as an expression
	for _, o := range s.m.Objects {
		if name := o.Name(); model.HasExpr(name) {
			plain := s.plainName(name)
			if own[plain] == nil {
				own[plain] = map[string]string{}
			}
			own[plain][o.Kind()] = name
		}
	}
	by := kube.Follower{Words: true, Own: s.base, Skip: expressed}
	by.Name = func(is func(string) bool, name string) string {
		for _, kind := range slices.Sorted(maps.Keys(own[name])) {
			if is(kind) {
				return own[name][kind]
			}
		}
		return name
	}
	by.Namespace = func(name string) string {
		if name == s.m.Namespace {
			return model.Namespace()
		}
		return name
	}
	for _, o := range s.m.Objects {
		kube.Follow(o.Tree, by)
	}
	for _, crd := range s.m.CRDs {
		if service := model.At(crd.Tree, "spec", "conversion", "webhook", "clientConfig", "service"); service != nil && s.m.ConvertsItself(crd) {
			kube.Follow(conversionOf(crd.Tree), by)
		}
	}
}

// conversionOf is what a definition says of its conversion and of the CA for it. Its schemas name nothing.
func conversionOf(crd model.Tree) model.Tree {
	return model.Tree{
		"apiVersion": crd["apiVersion"], "kind": crd["kind"],
		"metadata": map[string]any{"annotations": model.At(crd, "metadata", "annotations")},
		"spec":     map[string]any{"conversion": model.At(crd, "spec", "conversion")},
	}
}

// expressed is how much of a text is no text of the user's: all of it where it holds an expression already, else the
// condition in front.
func expressed(text string) int {
	_, v := model.Condition(text)
	rest := kube.Text(v)
	if model.HasExpr(rest) {
		return len(text)
	}
	return len(text) - len(rest)
}
