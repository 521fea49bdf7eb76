package compiler

import (
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
		for kind, expr := range own[name] {
			if is(kind) {
				return expr // the same of each kind
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
}

// expressed is how much of a text is no text of the user's: all of it where it holds an expression already, else the
// condition in front.
func expressed(text string) int {
	_, v := model.Condition(text)
	rest, _ := v.(string)
	if model.HasExpr(rest) {
		return len(text)
	}
	return len(text) - len(rest)
}
