package judge

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// rulesOf returns the rules of a role.
func rulesOf(s *Subject) []rbacv1.PolicyRule {
	switch r := s.Typed.(type) {
	case *rbacv1.ClusterRole:
		return r.Rules
	case *rbacv1.Role:
		return r.Rules
	}
	return nil
}

// permissions finds rules that give more than an operator should have.
func permissions(s *set, ctx *Context, report Report) {
	own := s.ownResources()
	for _, sub := range s.subjects {
		for i, rule := range rulesOf(sub) {
			if text := broad(rule, own); text != "" {
				report(finding.Of(sub.Object, diag.BroadPermission, diag.Warning, fmt.Sprintf("/rules/%d", i), "%s", text).
					WithHint("name what is needed").
					WithFix("name what is needed, or accept it: accept: [{rule: %q, reason: …}]", diag.BroadPermission))
			}
			if !ctx.Restricted {
				continue
			}
			if sub.Kind() == "ClusterRole" && readsSecrets(rule) {
				report.warn(sub.Object, diag.BroadPermission, fmt.Sprintf("/rules/%d", i), "the rule reads every Secret of the cluster")
			}
			if slices.Contains(rule.Verbs, "*") && !ownOnly(rule, own) {
				report.warn(sub.Object, diag.BroadPermission, fmt.Sprintf("/rules/%d/verbs", i), "the rule gives every verb, those of tomorrow among them, on %s", strings.Join(rule.Resources, ", "))
			}
		}
	}
}

// broad says what is broad about a rule, or "".
func broad(r rbacv1.PolicyRule, own map[string][]string) string {
	foreign := !ownOnly(r, own)
	has := func(list []string, x string) bool { return slices.Contains(list, x) }
	switch {
	case has(r.APIGroups, "*"):
		return "the rule is for the resources of every API group"
	case has(r.Resources, "*") && foreign:
		return "the rule is for every resource of " + groupsText(slices.DeleteFunc(slices.Clone(r.APIGroups), func(g string) bool { return own[g] != nil }))
	case has(r.NonResourceURLs, "*"):
		return "the rule is for every URL of the API server"
	case has(r.Verbs, "escalate") || has(r.Verbs, "bind"):
		return "escalate and bind let the operator grant rights that it does not have"
	case has(r.Verbs, "impersonate"):
		return "impersonate lets the operator act as somebody else"
	}
	return ""
}

// ownOnly reports whether a rule is for the operator's own APIs only.
func ownOnly(r rbacv1.PolicyRule, own map[string][]string) bool {
	return !slices.ContainsFunc(r.APIGroups, func(g string) bool { return own[g] == nil })
}

func groupsText(groups []string) string {
	var out []string
	for _, g := range groups {
		if g == "" {
			g = "the core API"
		}
		out = append(out, g)
	}
	return strings.Join(out, ", ")
}

func readsSecrets(r rbacv1.PolicyRule) bool {
	return slices.Contains(r.APIGroups, "") && slices.Contains(r.Resources, "secrets") && len(r.ResourceNames) == 0 &&
		slices.ContainsFunc(r.Verbs, func(v string) bool { return v == "get" || v == "list" || v == "watch" || v == "*" })
}

// ownResources maps the groups of the set's CustomResourceDefinitions to their plurals.
func (s *set) ownResources() map[string][]string {
	out := map[string][]string{}
	for _, o := range s.Find("apiextensions.k8s.io", "CustomResourceDefinition") {
		plural, group, _ := strings.Cut(o.Name(), ".")
		out[group] = append(out[group], plural)
	}
	return out
}

// ruleResources finds rules for API groups that can't be, and for resources that their groups do not have. Only groups
// are judged of which every resource is known: those of Kubernetes, and the operator's own.
func ruleResources(s *set, _ *Context, report Report) {
	own := s.ownResources()
	for _, sub := range s.subjects {
		for i, rule := range rulesOf(sub) {
			at := fmt.Sprintf("/rules/%d", i)
			strange := false
			for j, group := range rule.APIGroups {
				if f, ok := noGroup(sub.Object, group, own, fmt.Sprintf("%s/apiGroups/%d", at, j)); ok {
					strange = true
					report(f)
				}
			}
			for j, resource := range rule.Resources {
				name, _, _ := strings.Cut(resource, "/")
				if strange || name == "*" || len(rule.APIGroups) == 0 || slices.ContainsFunc(rule.APIGroups, func(g string) bool { return mayHave(g, name, own) }) {
					continue
				}
				report(noResource(sub.Object, rule.APIGroups, name, own, fmt.Sprintf("%s/resources/%d", at, j)))
			}
		}
	}
}

// noGroup tells of an API group that no cluster has: one without a dot that is none of Kubernetes', as a
// CustomResourceDefinition can't have it; one with a version; or one that is a letter away from one of Kubernetes'.
func noGroup(o *kube.Object, group string, own map[string][]string, at string) (finding.Finding, bool) {
	known := slices.Sorted(maps.Keys(builtinResources()))
	if group == "*" || own[group] != nil || slices.Contains(known, group) {
		return finding.Finding{}, false
	}
	bare, _, versioned := strings.Cut(group, "/")
	near := diag.NearestWithin(1, bare, known)
	if strings.Contains(bare, ".") && !versioned && near == "" {
		return finding.Finding{}, false
	}
	f := finding.Of(o, diag.UnknownResource, diag.Warning, at, "there is no API group %s: the rule grants nothing", group)
	if versioned && near == "" {
		near = bare
	}
	if near != "" {
		f = f.WithHint("did you mean %s?", near)
	}
	return f, true
}

func noResource(o *kube.Object, groups []string, name string, own map[string][]string, at string) finding.Finding {
	f := finding.Of(o, diag.UnknownResource, diag.Warning, at, "%s has no resource %s: the rule grants nothing", groupsText(groups), name)
	if i := slices.IndexFunc(groups, func(g string) bool { return own[g] != nil }); i >= 0 {
		f.Message = fmt.Sprintf("the operator defines no %s in %s: unless somebody else does, the rule grants nothing", name, groups[i])
	}
	if near := diag.Nearest(name, candidates(groups, own)); near != "" {
		f = f.WithHint("did you mean %s?", near)
	}
	return f
}

func mayHave(group, resource string, own map[string][]string) bool {
	if list := own[group]; list != nil {
		return slices.Contains(list, resource)
	}
	list, known := builtinResources()[group]
	return !known || slices.Contains(list, resource)
}

func candidates(groups []string, own map[string][]string) []string {
	var out []string
	for _, g := range groups {
		out = append(append(out, own[g]...), builtinResources()[g]...)
	}
	return out
}

// unstored are resources of Kubernetes that RBAC knows and that are no kinds.
var unstored = map[string][]string{
	"":                      {"users", "groups", "serviceaccounts"},
	"authentication.k8s.io": {"userextras", "uids"},
	"certificates.k8s.io":   {"signers"},
	"policy":                {"podsecuritypolicies"},
}

// builtinResources maps the groups of Kubernetes to their resources, made from the kinds as the API server's own
// conventions do.
var builtinResources = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	for group, versions := range groups() {
		if strings.HasSuffix(group, ".coreos.com") {
			continue
		}
		out[group] = append(out[group], unstored[group]...)
		for _, v := range versions {
			for _, kind := range kindsOf(group, v) {
				plural, _ := meta.UnsafeGuessKindToResource(kind)
				out[group] = append(out[group], plural.Resource)
			}
		}
		slices.Sort(out[group])
		out[group] = slices.Compact(out[group])
	}
	return out
})
