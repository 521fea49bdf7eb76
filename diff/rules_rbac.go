package diff

import (
	"regexp"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

const (
	grantPath = "grants/{account}/{scope}/{group}/{resource}/{name}/{verb}"
	rolePath  = "roles/{role}/rules/{scope}/{group}/{resource}/{name}/{verb}"
)

var byGrant = []string{"account", "what", "where"}

// rbacRules are about what the operator's accounts may do, however that is split into roles.
var rbacRules = []*Rule{
	{
		ID: "RBAC001", Title: "service account renamed", Category: RBAC, Verdict: Minor,
		Why: "Cloud identities, pull secrets and additional roles that users assigned to the account by name no longer apply to the operator.",
		On:  []string{"renamed grants/{account}"}, Claims: func(c *Case) []pattern {
			return []pattern{
				form("* objects/ServiceAccount/?", c.Named["account"]), form("* objects/ServiceAccount/?", c.From), parse("changed workloads/*/pod/serviceAccountName|serviceAccount"),
			}
		},
		Say:     "the service account {was} is now called {account}",
		Example: Example{Before: "manager: {serviceAccount: demo-a}", After: "manager: {serviceAccount: demo-b}"},
	},
	{
		ID: "RBAC015", Title: "permission for everyone", Category: RBAC, Verdict: Major,
		Why: "Every user and program in the cluster gets the permission, or even requests without credentials. Bind a specific group, or leave the binding to the cluster administrator.",
		On:  []string{"added|changed " + grantPath}, If: gained(func(c *Case) bool {
			return kube.Anonymous(c.Named["account"]) || kube.Everyone(c.Named["account"]) && c.Named["scope"] == clusterWide
		}), By: byGrant,
		Say:     "{account}, which is everyone, may now {verb} {what} {where}",
		Example: Example{Before: "", After: "objects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: all}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}, subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:authenticated'}]}]"},
	},
	{
		ID: "RBAC002", Title: "everything granted", Category: RBAC, Verdict: Major,
		Why: "A wildcard grants all verbs, resources or API groups, including ones that are added later. Many organizations reject such an operator. List what it needs.",
		On:  []string{"added|changed " + grantPath}, If: gained(func(c *Case) bool {
			return c.Named["group"] == "*" || c.Named["resource"] == "*" || c.Named["verb"] == "*"
		}), By: byGrant,
		Say:     "{account} may now {verb} {what} {where}",
		Example: Example{Before: "permissions: [{rules: [{apiGroups: [\"\"], resources: [pods], verbs: [get]}]}]", After: "permissions: [{rules: [{apiGroups: [\"\"], resources: [pods], verbs: [\"*\"]}]}]"},
	},
	{
		ID: "RBAC003", Title: "permission to gain permissions", Category: RBAC, Verdict: Major,
		Why: "With this permission the account can gain permissions that it was not granted, or impersonate other users, which can amount to cluster-admin. Kubernetes lists such permissions in its RBAC good practices.",
		On:  []string{"added|changed " + grantPath}, If: gained(func(c *Case) bool {
			c.Named["risk"] = kube.Escalation(c.Named["group"], c.Named["resource"], c.Named["name"], c.Named["verb"])
			return c.Named["risk"] != ""
		}), By: byGrant,
		Say:     "{account} may now {verb} {what} {where}: {risk}",
		Example: Example{Before: "", After: "permissions: [{rules: [{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [bind]}]}]"},
	},
	{
		ID: "RBAC004", Title: "permission for secrets", Category: RBAC, Verdict: Major,
		Why: "Secrets contain passwords and tokens of all users in the scope of the permission. Document in the release notes why the operator needs them. Restrict the rule to specific Secrets if possible.",
		On:  []string{"added|changed " + grantPath}, If: gained(func(c *Case) bool { return c.Named["group"] == coreGroup && c.Named["resource"] == "secrets" }), By: byGrant,
		Say:     "{account} may now {verb} {what} {where}",
		Example: Example{Before: "", After: "permissions: [{rules: [{apiGroups: [\"\"], resources: [secrets], verbs: [get]}]}]"},
	},
	{
		ID: "RBAC017", Title: "permission extended to the whole cluster, in addition to others", Category: RBAC, Verdict: Minor,
		Why: "The account can now do in all namespaces what it could do in one. It had other permissions in the whole cluster before, so cluster administrators should review this one like any added permission.",
		On:  []string{"changed " + grantPath}, If: gained(func(c *Case) bool { return clusterWideBefore(c.Old, c.Named["account"]) }), By: []string{"account", "what"},
		Say: "{account} may now {verb} {what} in the whole cluster, and not in one namespace only",
		Example: Example{
			Before: "permissions: [{rules: [{apiGroups: [apps], resources: [deployments], verbs: [get]}]}, {scope: namespace, rules: [{apiGroups: [events.k8s.io], resources: [events], verbs: [patch]}]}]",
			After:  "permissions: [{rules: [{apiGroups: [apps], resources: [deployments], verbs: [get]}, {apiGroups: [events.k8s.io], resources: [events], verbs: [patch]}]}]",
		},
	},
	{
		ID: "RBAC005", Title: "permission extended to the whole cluster", Category: RBAC, Verdict: Major,
		Why: "The account can now do in all namespaces what it could do in one, and had no permission in the whole cluster before. Administrators who gave the operator one namespace give it the whole cluster.",
		On:  []string{"changed " + grantPath}, If: gained(func(*Case) bool { return true }), By: []string{"account", "what"},
		Say:     "{account} may now {verb} {what} in the whole cluster, and not in one namespace only",
		Example: Example{Before: "permissions: [{scope: namespace, rules: [{apiGroups: [apps], resources: [deployments], verbs: [get]}]}]", After: "permissions: [{scope: cluster, rules: [{apiGroups: [apps], resources: [deployments], verbs: [get]}]}]"},
	},
	{
		ID: "RBAC006", Title: "permission gained", Category: RBAC, Verdict: Minor,
		Why: "Cluster administrators should review the additional permissions. OLM asks for approval if the Subscription requires it. A GitOps tool must have the permission itself to grant it.",
		On:  []string{"added " + grantPath}, If: gained(func(*Case) bool { return true }), By: byGrant,
		Say:     "{account} may now {verb} {what} {where}",
		Example: Example{Before: "", After: "permissions: [{rules: [{apiGroups: [\"\"], resources: [pods], verbs: [get, list]}]}]"},
	},
	{
		ID: "RBAC007", Title: "permission lost", Category: RBAC, Verdict: Patch,
		Why: "Fewer permissions are safer. Check that the program no longer needs the permission: its requests are rejected now.",
		On:  []string{"removed " + grantPath}, If: grant, By: byGrant,
		Say:     "{account} may no longer {verb} {what} {where}",
		Example: Example{Before: "permissions: [{rules: [{apiGroups: [\"\"], resources: [pods], verbs: [get, list]}]}]", After: "permissions: [{rules: [{apiGroups: [\"\"], resources: [pods], verbs: [get]}]}]"},
	},
	{
		ID: "RBAC008", Title: "permission restricted to a namespace", Category: RBAC, Verdict: Patch,
		Why: "Fewer permissions are safer. Check that the program no longer accesses other namespaces.",
		On:  []string{"changed " + grantPath}, If: grant, By: []string{"account", "what"},
		Say:     "{account} may now {verb} {what} in a namespace only",
		Example: Example{Before: "permissions: [{scope: cluster, rules: [{apiGroups: [apps], resources: [deployments], verbs: [get]}]}]", After: "permissions: [{scope: namespace, rules: [{apiGroups: [apps], resources: [deployments], verbs: [get]}]}]"},
	},
	{
		ID: "RBAC016", Title: "dangerous permission for all users of a built-in role", Category: RBAC, Verdict: Major,
		Why: "The role is aggregated to view, edit or admin, so everyone with that role gets the permission with the upgrade. Remove the label rbac.authorization.k8s.io/aggregate-to-…, or move the rule to a role that administrators bind on purpose.",
		On:  []string{"* roles/{role}", "added|changed roles/{role}/rules/**", "* roles/{role}/labels/**"}, If: aggregated, By: []string{"role"},
		Say:     "the role {role} is aggregated to {what} and grants a dangerous permission: {risk}",
		Example: Example{Before: "objects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: widget-viewer, labels: {rbac.authorization.k8s.io/aggregate-to-view: \"true\"}}, rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get]}]}]", After: "objects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: widget-viewer, labels: {rbac.authorization.k8s.io/aggregate-to-view: \"true\"}}, rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get]}, {apiGroups: [\"\"], resources: [secrets], verbs: [get]}]}]"},
	},
	{
		ID: "RBAC014", Title: "role for operands changed", Category: RBAC, Verdict: Patch,
		Why: "The operator binds the role to its operands, which are upgraded with it. Check whether they get more permissions.",
		On:  []string{"* roles/{role}", "* roles/{role}/**"}, If: ofOperands, By: []string{"role"}, Claims: func(c *Case) []pattern {
			return []pattern{form("* roles/?/**", c.Named["role"])}
		}, Repeats: true,
		Say:     "the role {role}, which the operator binds to its operands, was added, removed or changed",
		Example: Example{Before: "", After: "objects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: agent}, rules: [{apiGroups: [\"\"], resources: [pods], verbs: [get]}]}]"},
	},
	{
		ID: "RBAC009", Title: "role for users removed or renamed", Category: RBAC, Verdict: Major,
		Why:     "Bindings of users to the role no longer grant anything.",
		On:      []string{"removed|renamed roles/{role}"},
		Claims:  func(c *Case) []pattern { return []pattern{form("* roles/?/rules/**", c.Named["role"])} },
		Say:     "the role {role}, which people are bound to, {fate}",
		Example: Example{Before: "objects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: widget-viewer}, rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get]}]}]", After: ""},
	},
	{
		ID: "RBAC010", Title: "role for users added", Category: RBAC, Verdict: Minor,
		Why:     "Administrators can grant an additional role.",
		On:      []string{"added roles/{role}"},
		Say:     "there is a new role that people can be bound to, {role}",
		Example: Example{Before: "", After: "objects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: widget-viewer}, rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get]}]}]"},
	},
	{
		ID: "RBAC011", Title: "role for users grants less", Category: RBAC, Verdict: Major,
		Why: "Users who are bound to the role lose permissions.",
		On:  []string{"removed " + rolePath}, If: grant, By: []string{"role"},
		Say:     "people with the role {role} may no longer {verb} {what}",
		Example: Example{Before: "objects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: widget-viewer}, rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get, list]}]}]", After: "objects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: widget-viewer}, rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get]}]}]"},
	},
	{
		ID: "RBAC012", Title: "role for users grants more", Category: RBAC, Verdict: Minor,
		Why: "Users who are bound to the role get more permissions with the upgrade.",
		On:  []string{"added " + rolePath}, If: grant, By: []string{"role"},
		Say:     "people with the role {role} may now {verb} {what}",
		Example: Example{Before: "objects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: widget-viewer}, rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get]}]}]", After: "objects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: widget-viewer}, rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get, list]}]}]"},
	},
	{
		ID: "RBAC013", Title: "role for users with other labels or aggregation", Category: RBAC, Verdict: Minor,
		Why:     "Labels such as rbac.authorization.k8s.io/aggregate-to-edit add the role to other roles. Users with those roles get more or fewer permissions.",
		On:      []string{"* roles/{role}/labels|annotations|aggregationRule|when/**", "* roles/{role}/aggregationRule|when"},
		By:      []string{"role"},
		Say:     "the labels or the aggregation of the role {role} changed",
		Example: Example{Before: "objects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: widget-viewer}, rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get]}]}]", After: "objects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: widget-viewer, labels: {rbac.authorization.k8s.io/aggregate-to-view: \"true\"}}, rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get]}]}]"},
	},
}

// clusterWideBefore reports whether an account had a permission in the whole cluster, besides those to check who sends
// requests, which every program with secured metrics has.
func clusterWideBefore(o *model.Operator, account string) bool {
	scope := o.Scope(o.DefaultOverlay())
	return slices.ContainsFunc(o.Objects, func(obj model.Object) bool {
		subjects := kube.List(obj.Tree["subjects"])
		return obj.Kind() == "ClusterRoleBinding" && !checksRequests(o, scope.String(text(fields(obj.Tree["roleRef"])["name"], ""))) &&
			slices.ContainsFunc(subjects, func(s any) bool {
				return text(fields(s)["kind"], "") == "ServiceAccount" && scope.String(text(fields(s)["name"], "")) == account
			})
	})
}

// checksRequests reports whether a ClusterRole allows nothing but to check who sends requests, and what they may do.
func checksRequests(o *model.Operator, name string) bool {
	scope := o.Scope(o.DefaultOverlay())
	i := slices.IndexFunc(o.Objects, func(obj model.Object) bool {
		return obj.Kind() == "ClusterRole" && scope.String(obj.Name()) == name
	})
	if i < 0 {
		return name == "system:auth-delegator"
	}
	rules := kube.List(o.Objects[i].Tree["rules"])
	return !slices.ContainsFunc(rules, func(r any) bool {
		return slices.ContainsFunc(words(fields(r)["apiGroups"]), func(g string) bool {
			return g != "authentication.k8s.io" && g != "authorization.k8s.io"
		})
	})
}

// ofOperands reports whether a role that nobody is bound to is there for what the operator runs, and not for people: it
// is not part of others, is not called as roles for people are, and allows something else than use of the operator's
// own APIs.
func ofOperands(c *Case) bool {
	return operands(c.Old, c.Named["role"]) != no && operands(c.New, c.Named["role"]) != no &&
		(operands(c.Old, c.Named["role"]) == yes || operands(c.New, c.Named["role"]) == yes)
}

type answer int

const (
	unknown answer = iota // there is no such role
	yes
	no
)

var forPeople = regexp.MustCompile(`(^|[-.:])(admin|edit|editor|view|viewer|read|reader|user)(-(cluster)?role)?$`)

func operands(o *model.Operator, role string) answer {
	scope := o.Scope(o.DefaultOverlay())
	for _, obj := range o.Objects {
		if obj.Kind() != "ClusterRole" && obj.Kind() != "Role" || scope.String(obj.Name()) != role {
			continue
		}
		labels := fields(model.At(obj.Tree, "metadata", "labels"))
		for l := range labels {
			if strings.Contains(l, "/aggregate-to-") {
				return no
			}
		}
		if obj.Role == model.RoleUserRBAC || forPeople.MatchString(role) || obj.Tree["aggregationRule"] != nil || onlyOwn(o, obj) {
			return no
		}
		return yes
	}
	return unknown
}

// onlyOwn reports whether a role allows nothing but use of the operator's own APIs.
func onlyOwn(o *model.Operator, role model.Object) bool {
	rules := kube.List(role.Tree["rules"])
	for _, r := range rules {
		for _, group := range words(fields(r)["apiGroups"]) {
			if !slices.ContainsFunc(o.CRDs, func(c model.CRD) bool { return c.Group == group }) {
				return false
			}
		}
		if len(words(fields(r)["nonResourceURLs"])) > 0 {
			return false
		}
	}
	return true
}

// grant says in words what an atom grants, and where. It is true of every grant.
func grant(c *Case) bool {
	what := c.Named["resource"]
	switch {
	case c.Named["group"] == urlGroup:
		what = "the URL " + what
	case what == "*":
		what = "all resources"
	}
	if name := c.Named["name"]; name != anyName {
		what += " named " + name
	}
	switch g := c.Named["group"]; g {
	case coreGroup, urlGroup:
	case "*":
		what += " of all API groups"
	default:
		what += " of " + g
	}
	c.Named["what"] = what
	c.Named["where"] = "in the cluster"
	if ns, ok := strings.CutPrefix(c.Named["scope"], ownNamespace); ok {
		c.Named["where"] = "in its namespace"
		if ns != "" {
			c.Named["where"] = "in the namespace" + ns
		}
	}
	switch c.Named["verb"] {
	case "*":
		c.Named["verb"] = "do anything with"
	case kube.BoundTo:
		c.Named["verb"] = "act as"
	}
	return true
}

// gained is a condition on grants that an account did not have, or not in the whole cluster.
func gained(is func(*Case) bool) func(*Case) bool {
	return func(c *Case) bool {
		return (c.Kind == Added || widened(c)) && is(c) && grant(c)
	}
}

// widened reports whether a changed grant reaches farther than before: its path is that of the wider one.
func widened(c *Case) bool {
	return c.Change.New == strings.Join(c.Path[2:], " ")
}
