package compiler

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// grant is a permission with the names of the objects that carry it.
type grant struct {
	model.Permission
	role, binding string
	plain         bool              // without opc's labels on the role, as controller-gen writes it
	bare          bool              // without them on the binding too
	meta          map[string]any    // labels and annotations that the role has of its own, by field
	said          []model.ObjOrigin // of the role, where the description says its rules
	labels        *schema.Nullable  // of the binding, instead of opc's; nil for those
}

// permissions makes the roles and bindings of the workloads' service accounts.
func (s *state) permissions() {
	if p := s.spec.Permissions; p != nil && p.Go != nil {
		for _, o := range s.generated(p.Go, "/permissions", "Roles", Generator.Roles) {
			s.roleFile(o, schema.Permission{}, nil)
		}
	}
	if s.spec.Permissions != nil {
		for i, p := range s.spec.Permissions.List {
			s.permission(p, diag.Path("/permissions").Index(i), nil)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.spec.Features)) {
		for i, p := range s.spec.Features[name].Permissions {
			s.permission(p, diag.Path("/features").Child(name).Child("permissions").Index(i), model.All(name))
		}
	}
	if s.manager.None {
		return
	}
	if s.electsLeader() {
		s.grant(grant{
			Permission: model.Permission{Node: model.Node{From: "/manager/leaderElection"}, Scope: model.ScopeNamespace, Rules: leaderElectionRules()},
			role:       s.ownName("-leader-election-role"), binding: s.ownName("-leader-election-rolebinding"),
		})
	}
	if mt := s.metricsSpec(); mt != nil && deref(mt.Secure, true) {
		s.grant(grant{
			Permission: model.Permission{Node: model.Node{From: "/manager/metrics"}, Scope: model.ScopeCluster, Rules: metricsAuthRules(), When: model.All(featureMetrics)},
			role:       s.ownName("-metrics-auth-role"), binding: s.ownName("-metrics-auth-rolebinding"), plain: true, bare: true,
		})
	}
}

func rule(group, resources string, verbs ...string) map[string]any {
	return map[string]any{"apiGroups": []any{group}, "resources": stringList(strings.Split(resources, ",")), "verbs": stringList(verbs)}
}

// leaderElectionRules is what controller-runtime's leader election needs.
func leaderElectionRules() []any {
	all := []string{"get", "list", "watch", "create", "update", "patch", "delete"}
	return []any{rule("", "configmaps", all...), rule("coordination.k8s.io", "leases", all...), rule("", "events", "create", "patch")}
}

// metricsAuthRules let the manager ask the API server who scrapes its metrics and whether that one may.
func metricsAuthRules() []any {
	return []any{rule("authentication.k8s.io", "tokenreviews", "create"), rule("authorization.k8s.io", "subjectaccessreviews", "create")}
}

func (s *state) permission(p schema.Permission, at diag.Path, when model.Cond) {
	roles := 0
	for i, name := range p.Files {
		where := at
		if len(p.Files) > 1 {
			where = at.Child("files").Index(i)
		}
		for _, o := range s.objectsOf(name, where) {
			s.roleFile(o, p, when)
			roles++
		}
	}
	if named := p.Name + p.Binding; named != "" && roles > 1 {
		s.add(diag.Errorf(diag.Conflict, at, "the files contain %d roles, which can't all have the same name", roles).WithHint("use a separate entry for each role"))
	}
	if p.Rules == nil {
		if len(p.Files) == 0 {
			s.add(diag.Errorf(diag.MissingField, at, "the permission has neither rules nor files"))
		}
		return
	}
	scope := p.Scope
	if scope == "" {
		scope = model.ScopeCluster
	}
	role, binding := s.roleNames(p, scope)
	if p.Binding != "" {
		binding = s.nameExpr(p.Binding)
	}
	s.grant(grant{Permission: model.Permission{Node: model.Node{From: at}, Account: s.account(p, at), Scope: scope, Rules: p.Rules, When: when}, role: role, binding: binding, labels: p.Labels,
		said: []model.ObjOrigin{{Pointer: "/rules", From: at.Child("rules"), Whole: true}}})
}

// account is the service account that a permission is for.
func (s *state) account(p schema.Permission, at diag.Path) string {
	if p.ServiceAccount == "" {
		return ""
	}
	name := s.nameExpr(p.ServiceAccount)
	known := slices.ContainsFunc(s.m.Objects, func(o model.Object) bool { return o.Role == model.RoleServiceAccount && o.Name() == name })
	if !known && p.ServiceAccount != "default" && !slices.Contains(s.m.Existing, name) {
		s.m.Objects = append(s.m.Objects, s.serviceAccount(name, at, s.metadata(name, s.commonLabels())))
	}
	return name
}

// roleNames names the role of a permission by rules, so that several for one account don't meet.
func (s *state) roleNames(p schema.Permission, scope string) (role, binding string) {
	if p.Name != "" {
		return s.nameExpr(p.Name), bindingName(s.nameExpr(p.Name))
	}
	who := "manager"
	if p.ServiceAccount != "" {
		who = strings.TrimPrefix(strings.TrimPrefix(p.ServiceAccount, s.base), "-")
		if who == "" {
			who = "operator"
		}
	}
	if scope == model.ScopeNamespace {
		who += "-namespace"
	}
	for n := 1; ; n++ {
		name := s.ownName("-" + who + "-role")
		if n > 1 {
			name = s.ownName(fmt.Sprintf("-%s-%d-role", who, n))
		}
		if !slices.ContainsFunc(s.m.Objects, func(o model.Object) bool { return o.Role == model.RoleRBAC && o.Name() == name }) {
			return name, bindingName(name)
		}
	}
}

// bindingName is the name of a role's binding, as kubebuilder gives it: manager-role has manager-rolebinding. The
// role's name may be an expression.
func bindingName(role string) string {
	return model.Suffixed(role, func(name string) string { return strings.TrimSuffix(name, "-role") + "-rolebinding" })
}

// roleFile reads a Role or ClusterRole, as controller-gen writes it.
func (s *state) roleFile(o object, p schema.Permission, when model.Cond) {
	kind := kube.Text(o.tree["kind"])
	scope := map[string]string{"ClusterRole": model.ScopeCluster, "Role": model.ScopeNamespace}[kind]
	if scope == "" {
		s.add(diag.Errorf(diag.FileContent, o.from, "a %s is not a Role or ClusterRole", kind).WithHint("opc makes the bindings; other objects stand under objects:"))
		return
	}
	if p.Scope != "" {
		scope = p.Scope
	}
	rules := kube.List(o.tree["rules"])
	name := model.MetaString(o.tree, "name")
	expr := s.nameExpr(name)
	if expr == name {
		expr = s.prefixed(name)
	}
	ns := model.MetaString(o.tree, "namespace")
	if ns == "system" || ns == s.m.Namespace {
		ns = "" // kubebuilder's word for the namespace of the operator
	}
	binding := bindingName(expr)
	if p.Name != "" {
		expr = s.nameExpr(p.Name)
		binding = bindingName(expr)
	}
	if p.Binding != "" {
		binding = s.nameExpr(p.Binding)
	}
	s.renamed[name] = expr
	s.grant(grant{
		Permission: model.Permission{Node: model.Node{From: o.from}, Account: s.account(p, o.from), Scope: scope, Rules: rules, Namespace: ns, Aggregation: o.tree["aggregationRule"], When: when},
		role:       expr, binding: binding, labels: p.Labels, plain: true, meta: ownMeta(o.tree), said: model.AsSaid(o.from),
	})
}

// overlayMeta lays labels and annotations over those of an object.
func overlayMeta(t model.Tree, own map[string]any) {
	md := kube.Map(t["metadata"])
	for field, values := range own {
		all := kube.Map(md[field])
		all = maps.Clone(all)
		if all == nil {
			all = map[string]any{}
		}
		maps.Copy(all, values.(map[string]any))
		md[field] = all
	}
}

// ownMeta are the labels and annotations of an object in a file.
func ownMeta(t model.Tree) map[string]any {
	out := map[string]any{}
	for _, field := range []string{"labels", "annotations"} {
		if own, ok := model.At(t, "metadata", field).(map[string]any); ok && len(own) > 0 {
			out[field] = own
		}
	}
	return out
}

// grant puts a permission into the model, with the objects that carry it.
func (s *state) grant(g grant) {
	if g.Account == "" {
		g.Account = s.managerAccount()
	}
	for i, r := range g.Rules {
		m := kube.Map(r)
		if m["nonResourceURLs"] != nil && g.Scope != model.ScopeCluster {
			s.add(diag.Errorf(diag.PermissionScope, g.From.Child("rules").Index(i), "a rule for nonResourceURLs can only hold in the whole cluster").WithHint("set scope: \"cluster\""))
		}
	}
	s.m.Permissions = append(s.m.Permissions, g.Permission)
	kind, namespaced := "ClusterRole", g.Scope == model.ScopeNamespace
	if namespaced {
		kind = "Role"
	}
	content := map[string]any{"rules": g.Rules}
	if g.Aggregation != nil {
		content["aggregationRule"] = g.Aggregation
	}
	role := s.rbacObject(g, kind, g.role, content, namespaced, g.plain)
	overlayMeta(role.Tree, g.meta)
	role.Origins = g.said
	s.addObject(role)
	ref := map[string]any{
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": g.role},
		"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": g.Account, "namespace": model.Namespace()}},
	}
	binding := s.bindingObject(g, kind+"Binding", ref, namespaced)
	if g.Scope != model.ScopeWatched {
		s.addObject(binding)
		return
	}
	each := s.bindingObject(g, "RoleBinding", model.Clone(ref), true)
	each.Each, each.When = true, g.When.And(model.All(model.AtomWatchSome))
	each.Tree["metadata"].(map[string]any)["namespace"] = model.Ref(model.OpEach, "")
	binding.When = g.When.And(model.All("!" + model.AtomWatchSome))
	s.addObject(binding)
	s.addObject(each)
}

// bindingObject makes the binding of a role.
func (s *state) bindingObject(g grant, kind string, ref map[string]any, namespaced bool) model.Object {
	out := s.rbacObject(g, kind, g.binding, ref, namespaced, g.bare)
	if g.labels == nil {
		return out
	}
	meta := kube.Map(out.Tree["metadata"])
	delete(meta, "labels")
	if len(g.labels.Value) > 0 {
		meta["labels"] = g.labels.Value
	}
	return out
}

func (s *state) managerAccount() string {
	if !s.manager.None {
		return s.accountName(&s.manager.Workload, "manager")
	}
	if len(s.m.Workloads) > 0 {
		return s.m.Workloads[0].Account
	}
	return s.ownName("-controller-manager")
}

func (s *state) rbacObject(g grant, kind, name string, content map[string]any, namespaced, plain bool) model.Object {
	labels := s.commonLabels()
	if plain {
		labels = nil
	}
	meta := s.clusterMetadata(name, labels)
	if namespaced {
		meta["namespace"] = model.Namespace()
		if g.Namespace != "" {
			meta["namespace"] = g.Namespace
		}
	}
	tree := model.Tree{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": meta}
	maps.Copy(tree, content)
	file := s.plainName(name)
	if kind == "RoleBinding" && g.Scope == model.ScopeWatched {
		file += "-watched"
	}
	return model.Object{Node: model.Node{From: g.From}, Role: model.RoleRBAC, File: file, When: g.When, Cluster: !namespaced, Verbatim: plain, Tree: tree}
}
