package diff

import (
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// Scopes of grants.
const (
	clusterWide  = "cluster"
	ownNamespace = "namespace"
	inRole       = "role" // of a role that nobody is bound to: people bind it
)

// Words in grants for what has no name of its own.
const (
	coreGroup = "core"
	urlGroup  = "url" // in place of the API group of a nonResourceURL
	anyName   = "*"
)

// grants collects roles and bindings, and tells what each account may do: how rules are grouped into roles, and what
// the roles are called, is no one's concern.
type grants struct {
	view     view
	roles    map[string]role
	bindings []model.Object
}

type role struct {
	model.Object
	bound bool
}

func (g *grants) key(kind, namespace, name string) string {
	if kind == "ClusterRole" {
		namespace = ""
	}
	return kind + "/" + g.view.scope.String(namespace) + "/" + g.view.scope.String(name)
}

func (g *grants) add(o model.Object) {
	if g.roles == nil {
		g.roles = map[string]role{}
	}
	if strings.HasSuffix(o.Kind(), "Binding") {
		g.bindings = append(g.bindings, o)
		return
	}
	key := g.key(o.Kind(), model.MetaString(o.Tree, "namespace"), o.Name())
	for g.roles[key].Tree != nil {
		key += " "
	}
	g.roles[key] = role{Object: o}
}

func (g *grants) facts(root *node) {
	accounts := map[string][]atom{}
	from := map[string]diag.Path{}
	for _, b := range g.bindings {
		list := g.bound(b)
		subjects := kube.List(b.Tree["subjects"])
		for _, s := range subjects {
			name := g.subject(fields(s))
			accounts[name] = append(accounts[name], list...)
			if from[name] == "" {
				from[name] = b.From
			}
		}
	}
	all := group("/permissions")
	for name, list := range accounts {
		all.put(name, &node{from: from[name], atoms: g.set(list)})
	}
	root.put("grants", all)
	roles := group("/permissions")
	for _, key := range slices.Sorted(maps.Keys(g.roles)) {
		if r := g.roles[key]; !r.bound {
			n := group(r.From)
			n.put("rules", &node{from: r.From, atoms: g.set(g.rules(r.Object, inRole, r.When))})
			b := builder{view: g.view, from: r.From}
			b.meta(n, fields(r.Tree["metadata"]), "/metadata")
			n.put("aggregationRule", b.value(orEmpty(r.Tree["aggregationRule"]), "", "/aggregationRule"))
			n.when = r.When
			roles.kids[g.view.scope.String(r.Name())] = n
		}
	}
	root.put("roles", roles)
}

func (g *grants) set(list []atom) *atomSet {
	for i := range list {
		list[i].off = !list[i].when.Holds(g.view.on)
	}
	return &atomSet{list: sorted(list), covers: grantCovers, wider: grantWider}
}

// subject is the name of who is bound: a service account of the operator's by its name alone.
func (g *grants) subject(s model.Tree) string {
	kind, name, ns := text(s["kind"], ""), g.view.scope.String(text(s["name"], "")), g.view.scope.String(text(s["namespace"], ""))
	switch {
	case kind == "ServiceAccount" && (ns == anyNamespace || ns == ""):
		return name
	case kind == "ServiceAccount":
		return ns + "/" + name
	}
	return kind + " " + name
}

// bound lists what a binding grants.
func (g *grants) bound(b model.Object) []atom {
	scope := clusterWide
	if b.Kind() == "RoleBinding" {
		scope = ownNamespace
		if ns := g.view.scope.String(model.MetaString(b.Tree, "namespace")); ns != anyNamespace && ns != "" {
			scope = ownNamespace + " " + ns
		}
	}
	ref := fields(b.Tree["roleRef"])
	kind, name := text(ref["kind"], "ClusterRole"), text(ref["name"], "")
	when, possible := b.When.Assume(map[string]bool{model.AtomWatchSome: g.view.on[model.AtomWatchSome]})
	if !possible {
		g.mark(kind, model.MetaString(b.Tree, "namespace"), name)
		return nil
	}
	if r, ok := g.mark(kind, model.MetaString(b.Tree, "namespace"), name); ok {
		return g.rules(r.Object, scope, when.And(r.When))
	}
	if name == "cluster-admin" {
		return []atom{
			{parts: []string{scope, "*", "*", anyName, "*"}, from: b.From, when: when},
			{parts: []string{scope, urlGroup, "*", anyName, "*"}, from: b.From, when: when},
		}
	}
	return []atom{{parts: []string{scope, "rbac.authorization.k8s.io", kind, g.view.scope.String(name), kube.BoundTo}, from: b.From, when: when}}
}

// mark finds a role and remembers that somebody is bound to it.
func (g *grants) mark(kind, namespace, name string) (role, bool) {
	key := g.key(kind, namespace, name)
	r, ok := g.roles[key]
	if ok {
		r.bound = true
		g.roles[key] = r
	}
	return r, ok
}

// rules splits a role's rules into atoms.
func (g *grants) rules(o model.Object, scope string, when model.Cond) []atom {
	var out []atom
	rules := kube.List(o.Tree["rules"])
	for i, e := range rules {
		r, at := fields(e), o.From.Child("rules").Index(i)
		verbs := words(r["verbs"])
		add := func(parts ...string) {
			for _, verb := range verbs {
				out = append(out, atom{parts: append(slices.Clip(parts), verb), from: at, when: when})
			}
		}
		for _, url := range words(r["nonResourceURLs"]) {
			add(scope, urlGroup, url, anyName)
		}
		names := words(r["resourceNames"])
		if len(names) == 0 {
			names = []string{anyName}
		}
		for _, group := range words(r["apiGroups"]) {
			if group == "" {
				group = coreGroup
			}
			for _, resource := range words(r["resources"]) {
				for _, name := range names {
					add(scope, group, resource, name)
				}
			}
		}
	}
	return out
}

// grantCovers tells whether one grant allows all that another does.
func grantCovers(a, b []string) bool {
	return (a[0] == b[0] || a[0] == clusterWide) && grantMatches(a, b)
}

// grantMatches is grantCovers without the scope.
func grantMatches(a, b []string) bool {
	if (a[1] == urlGroup) != (b[1] == urlGroup) || a[4] != b[4] && a[4] != "*" {
		return false
	}
	if a[1] == urlGroup {
		prefix, any := strings.CutSuffix(a[2], "*")
		return a[2] == b[2] || any && strings.HasPrefix(b[2], prefix)
	}
	if a[1] != b[1] && a[1] != "*" || a[3] != b[3] && a[3] != anyName {
		return false
	}
	tail, any := strings.CutPrefix(a[2], "*/")
	return a[2] == b[2] || a[2] == "*" || any && strings.HasSuffix(b[2], "/"+tail)
}

// grantWider tells whether b is what a allows in a namespace, now in the whole cluster.
func grantWider(a, b []string) bool {
	return a[0] != clusterWide && a[0] != inRole && b[0] == clusterWide && grantMatches(a, b)
}
