package bundle

import (
	"fmt"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

const strategy = "/spec/install/spec"

// install fills in how OLM installs: Deployments, rules and modes.
func (b *builder) install() {
	spec := model.Tree{"deployments": b.deploymentList()}
	cluster := b.permissionList("clusterPermissions", func(scope string) bool { return scope == model.ScopeCluster })
	local := b.permissionList("permissions", func(scope string) bool { return scope != model.ScopeCluster })
	local = append(local, b.bareAccounts()...)
	if len(cluster) > 0 {
		spec["clusterPermissions"] = cluster
	}
	if len(local) > 0 {
		spec["permissions"] = local
	}
	b.spec["install"] = model.Tree{"strategy": "deployment", "spec": spec}
	var modes []any
	for _, mode := range kube.InstallModes {
		modes = append(modes, model.Tree{"type": mode, "supported": b.m.Watch.Supports(mode)})
	}
	b.field("installModes", modes, "/watch/modes")
}

func (b *builder) deploymentList() []any {
	list := []any{}
	for i, o := range b.deployments {
		at := fmt.Sprintf("%s/deployments/%d", strategy, i)
		entry := model.Tree{"name": o.Name(), "spec": o.Tree["spec"]}
		if labels := kube.Map(model.At(o.Tree, "metadata", "labels")); len(labels) > 0 {
			entry["label"] = labels
		}
		b.add(at, o.From)
		for _, origin := range o.Origins {
			if origin.Whole && origin.Pointer == "" {
				b.add(at+"/name", origin.From.Join("/metadata/name"))
				b.whole(at+"/spec", origin.From.Join("/spec"))
			}
			if pointer, ok := rebased(origin.Pointer); ok {
				b.note(emit.Origin{Pointer: at + pointer, Path: origin.From, Whole: origin.Whole})
			}
		}
		list = append(list, entry)
	}
	return list
}

// rebased turns a pointer into a Deployment into one into an entry of the install strategy.
func rebased(pointer string) (string, bool) {
	switch {
	case pointer == "/metadata/name":
		return "/name", true
	case strings.HasPrefix(pointer, "/metadata/labels"):
		return "/label" + strings.TrimPrefix(pointer, "/metadata/labels"), true
	}
	return pointer, strings.HasPrefix(pointer, "/spec")
}

// permissionList gathers the rules of each service account, in the order in which the description gives them.
func (b *builder) permissionList(field string, in func(scope string) bool) []any {
	var list []any
	index := map[string]int{}
	for _, p := range b.m.Permissions {
		account := b.scope.String(p.Account)
		if !in(p.Scope) || !p.When.Holds(b.scope.On) {
			continue
		}
		if p.Namespace != "" {
			b.diags = append(b.diags, diag.Warnf(diag.NotExpressible, p.From,
				"the permissions in the namespace %s are not in the OLM bundle: OLM knows the operator's namespace, the watched ones and the cluster", p.Namespace).
				WithHint("ship a Role and RoleBinding another way, or give scope: \"cluster\""))
			continue
		}
		if p.Aggregation != nil {
			b.diags = append(b.diags, diag.Warnf(diag.NotExpressible, p.From.Child("aggregationRule"),
				"the aggregationRule of the permissions is not in the OLM bundle: an install strategy can only have rules").
				WithHint("list the rules, or add a ClusterRole and a ClusterRoleBinding under objects"))
		}
		i, known := index[account]
		if !known {
			i = len(list)
			index[account] = i
			list = append(list, model.Tree{"serviceAccountName": account, "rules": []any{}})
			b.add(fmt.Sprintf("%s/%s/%d", strategy, field, i), p.From)
		}
		if _, known := b.accounts[account]; !known {
			b.accounts[account] = p.From
		}
		entry := list[i].(model.Tree)
		rules := entry["rules"].([]any)
		for j, r := range p.Rules {
			b.whole(fmt.Sprintf("%s/%s/%d/rules/%d", strategy, field, i, len(rules)), p.From.Child("rules").Index(j))
			rules = append(rules, b.scope.Resolve(r))
		}
		entry["rules"] = rules
	}
	return list
}

// bareAccounts gives service accounts that Deployments use, and that have no permissions, an entry without rules: OLM
// makes no account that has no entry, its validator refuses a manifest of one, and without it the pods could not start.
func (b *builder) bareAccounts() []any {
	var list []any
	for _, o := range b.deployments {
		name := kube.Text(model.At(o.Tree, "spec", "template", "spec", "serviceAccountName"))
		if _, made := b.accounts[name]; made || name == "" || name == "default" {
			continue
		}
		b.accounts[name] = o.From
		list = append(list, model.Tree{"serviceAccountName": name, "rules": []any{}})
	}
	return list
}
