package equal

import (
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

const grantKind = "permissions of the ServiceAccount"

// grants replaces the roles and bindings of the install strategy's service accounts by what they amount to: who may do
// what, and where. Roles that stand as they are on both sides are not touched.
func (c *Case) grants() bool {
	accounts := map[string]bool{}
	for id, g := range c.got {
		if g.Inner == nil || id.Group != kube.RBACGroup {
			continue
		}
		for _, who := range subjects(g.tree) {
			name := kube.Text(who["name"])
			accounts[name] = true
		}
	}
	want := c.resolve(c.want, func(id kube.ID) bool { _, both := c.got[id]; return !both }, accounts)
	got := c.resolve(c.got, func(id kube.ID) bool { return c.got[id].Inner != nil }, accounts)
	for name := range accounts {
		if want[name] == nil && got[name] == nil {
			continue
		}
		id := kube.ID{Kind: grantKind, Name: name}
		c.want[id] = synthetic(grantKind, name, want[name].tree(), want[name].like())
		c.got[id] = synthetic(grantKind, name, got[name].tree(), got[name].like())
	}
	return len(want) > 0 || len(got) > 0
}

// granted is what one service account may do.
type granted struct {
	cluster, namespace map[string]any
	from               *side
}

func (g *granted) tree() model.Tree {
	if g == nil {
		return model.Tree{"cluster": map[string]any{}, "namespace": map[string]any{}}
	}
	return model.Tree{"cluster": maps.Clone(g.cluster), "namespace": maps.Clone(g.namespace)}
}

func (g *granted) like() *side {
	if g == nil {
		return nil
	}
	return g.from
}

// resolve takes bindings, and the roles that they bind, out of a side, and returns what each account got by them.
func (c *Case) resolve(side map[kube.ID]*side, mayTake func(kube.ID) bool, accounts map[string]bool) map[string]*granted {
	out := map[string]*granted{}
	roles := map[kube.ID]bool{}
	for _, id := range slices.SortedFunc(maps.Keys(side), compareIDs) {
		if id.Group != kube.RBACGroup || id.Kind != "RoleBinding" && id.Kind != "ClusterRoleBinding" || !mayTake(id) {
			continue
		}
		binding := side[id]
		bound := subjects(binding.tree)
		if len(bound) != 1 {
			continue
		}
		who := bound[0]
		name := kube.Text(who["name"])
		role := roleID(binding.tree, id.Namespace)
		if who["kind"] != "ServiceAccount" || !accounts[name] || side[role] == nil || !mayTake(role) || c.elsewhere(id.Namespace) {
			continue
		}
		if out[name] == nil {
			out[name] = &granted{map[string]any{}, map[string]any{}, side[role]}
		}
		scope := out[name].cluster
		if id.Kind == "RoleBinding" {
			scope = out[name].namespace
		}
		rules := kube.List(side[role].tree["rules"])
		for _, r := range rules {
			scope[key(r)] = true
		}
		delete(side, id)
		roles[role] = true
	}
	for role := range roles {
		delete(side, role)
	}
	return out
}

// subjects are those of a binding.
func subjects(binding model.Tree) []model.Tree {
	list := kube.List(binding["subjects"])
	out := make([]model.Tree, len(list))
	for i, e := range list {
		out[i] = kube.Map(e)
	}
	return out
}

// elsewhere reports whether a namespace is neither the install's nor a watched one.
func (c *Case) elsewhere(namespace string) bool {
	return namespace != "" && namespace != c.Overlay.Namespace && !slices.Contains(c.Overlay.Watch, namespace)
}

func roleID(binding model.Tree, namespace string) kube.ID {
	kind := kube.Text(model.At(binding, "roleRef", "kind"))
	name := kube.Text(model.At(binding, "roleRef", "name"))
	if kind == "ClusterRole" {
		namespace = ""
	}
	return kube.ID{Group: kube.RBACGroup, Kind: kind, Namespace: namespace, Name: name}
}

// watched moves rules of the whole cluster that are for the watched namespaces to where a bundle has them.
func (c *Case) watched() bool {
	scope := c.Model.Scope(c.Overlay)
	used := false
	for _, p := range c.Model.Permissions {
		id := kube.ID{Kind: grantKind, Name: scope.String(p.Account)}
		w, g := c.want[id], c.got[id]
		if p.Scope != model.ScopeWatched || w == nil || g == nil {
			continue
		}
		for _, r := range p.Rules {
			k := key(scope.Resolve(r))
			if w.mapAt("cluster")[k] == true && g.mapAt("namespace")[k] == true {
				delete(w.mapAt("cluster"), k)
				w.mapAt("namespace")[k] = true
				used = true
			}
		}
	}
	return used
}
