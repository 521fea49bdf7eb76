package equal

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
)

// Rules lists what may differ, in the order in which the rules apply.
func Rules() []Rule { return slices.Clone(rules) }

var rules = slices.Concat(commonRules, helmRules, kustomizeRules, olmRules)

var commonRules = []Rule{{
	ID: "unversioned", What: "Objects without apiVersion.",
	Why: "No client accepts them, so no installer installs them. They are reported separately (OPC5003).",
	apply: func(c *Case) bool {
		used := false
		for _, m := range []map[kube.ID]*side{c.want, c.got} {
			for id, s := range m {
				if s.APIVersion() == "" {
					delete(m, id)
					used = true
				}
			}
		}
		return used
	},
}}

// mapAt returns a map of an object's tree that can be changed, or nil.
func (s *side) mapAt(path ...string) map[string]any {
	return kube.Map(model.At(s.tree, path...))
}

// made returns the same, and makes it where there is none.
func (s *side) made(path ...string) map[string]any {
	at := s.tree
	for _, name := range path {
		next, ok := at[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[name] = next
		}
		at = next
	}
	return at
}

// each calls f for every pair of objects that both sides have, in no order, and reports whether one returned true.
func (c *Case) each(f func(want, got *side) bool) bool {
	used := false
	for id, g := range c.got {
		if w := c.want[id]; w != nil && f(w, g) {
			used = true
		}
	}
	return used
}

// noNamespace takes the Namespace of the install out of what is wanted, where the installer does not make it.
func noNamespace(c *Case) bool {
	id := kube.ID{Kind: "Namespace", Name: c.Overlay.Namespace}
	if _, made := c.got[id]; made {
		return false
	}
	_, wanted := c.want[id]
	delete(c.want, id)
	return wanted
}

// lost takes what a target can't carry out of what is wanted. Services that OLM replaces are needed to compare webhooks first.
func (c *Case) lost(target *emit.Target) bool {
	used := false
	for _, o := range c.Model.Install(c.Overlay, "") {
		if _, replaced := c.Model.ReplacedByOLM(o); replaced && c.Installer == OLM {
			continue
		}
		if _, lost := target.Lost(c.Model, o, c.Overlay.Namespace); lost {
			delete(c.want, (&kube.Object{Tree: o.Tree}).ID())
			used = true
		}
	}
	return used
}

// drop takes a field out of a map where it has a value.
func drop(m map[string]any, key string, value any) bool {
	if m == nil || m[key] != value || value == "" {
		return false
	}
	delete(m, key)
	return true
}
