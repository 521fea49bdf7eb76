package compiler

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// watch fills in which namespaces the operator can watch.
func (s *state) watch() {
	w := model.Watch{Node: model.Node{From: "/watch"}, Modes: []string{kube.AllNamespaces}}
	var env *string
	if sp := s.spec.Watch; sp != nil {
		env = sp.Env
		if len(sp.Modes) > 0 {
			w.Modes = nil
			for _, mode := range kube.InstallModes {
				if slices.Contains(sp.Modes, mode) {
					w.Modes = append(w.Modes, mode)
				}
			}
		}
	}
	w.Own = !w.Supports(kube.AllNamespaces)
	standard := ""
	if len(w.Modes) > 1 || w.Own {
		standard = "WATCH_NAMESPACE"
	}
	w.Env = deref(env, standard)
	s.m.Watch = w
	if len(s.conversionCRDs()) > 0 && (len(w.Modes) > 1 || w.Own) {
		s.add(diag.Errorf(diag.Conflict, "/watch/modes", "an operator with a conversion webhook must watch all namespaces and only that").
			WithRelated("/webhooks", "the conversion webhook").
			WithHint("leave watch.modes out: a CustomResourceDefinition has one conversion webhook for the whole cluster"))
	}
}
