package judge

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/opc-project/opc/emit/verify/manifest"
	"github.com/opc-project/opc/schema/diag"
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
				report(manifest.Of(sub.Object, diag.BroadPermission, diag.Warning, fmt.Sprintf("/rules/%d", i), "%s", text).
					WithHint("name what is needed, or accept it: accept: [{rule: %q, reason: …}]", diag.BroadPermission))
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
		return "the rule is for every resource of " + groupsText(r.APIGroups)
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

// ruleResources finds rules for resources that their API group does not have. Only groups are judged of which every
// resource is known: those of Kubernetes, and the operator's own.
func ruleResources(s *set, _ *Context, report Report) {
	own := s.ownResources()
	for _, sub := range s.subjects {
		for i, rule := range rulesOf(sub) {
			for j, resource := range rule.Resources {
				name, _, _ := strings.Cut(resource, "/")
				if name == "*" || len(rule.APIGroups) == 0 || slices.ContainsFunc(rule.APIGroups, func(g string) bool { return mayHave(g, name, own) }) {
					continue
				}
				f := manifest.Of(sub.Object, diag.UnknownResource, diag.Warning, fmt.Sprintf("/rules/%d/resources/%d", i, j), "%s has no resource %s: the rule grants nothing", groupsText(rule.APIGroups), name)
				if near := diag.Nearest(name, candidates(rule.APIGroups, own)); near != "" {
					f = f.WithHint("did you mean %s?", near)
				}
				report(f)
			}
		}
	}
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
