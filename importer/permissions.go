package importer

import (
	"encoding/json"
	"slices"
	"strings"
)

// rules are all rules that the source gives a service account in permissions or clusterPermissions.
func (d *draft) rules(field, account string) []any {
	var out []any
	for _, p := range trees(d.csvSpec("install", "spec", field)) {
		if p["serviceAccountName"] == account {
			out = append(out, list(p["rules"])...)
		}
	}
	return out
}

func ruleKey(rule any) string {
	t := tree{}
	for k, v := range object(rule) {
		words := texts(v)
		slices.Sort(words)
		t[k] = words
	}
	data, _ := json.Marshal(t)
	return string(data)
}

// without takes rules out of a list, each once; ok is false if one is not in it.
func without(rules, taken []any) (rest []any, ok bool) {
	rest = slices.Clone(rules)
	for _, t := range taken {
		i := slices.IndexFunc(rest, func(r any) bool { return ruleKey(r) == ruleKey(t) })
		if i < 0 {
			return rules, false
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return rest, true
}

func holdsAll(rules, taken []any) bool {
	_, ok := without(rules, taken)
	return ok
}

func rule(group, resources string, verbs ...string) tree {
	return tree{"apiGroups": []any{group}, "resources": anys(strings.Split(resources, ",")), "verbs": anys(verbs)}
}

// leaderElectionRules are those that opc makes for a manager that elects a leader, as kubebuilder does.
func leaderElectionRules() []any {
	all := []string{"get", "list", "watch", "create", "update", "patch", "delete"}
	return []any{rule("", "configmaps", all...), rule("coordination.k8s.io", "leases", all...), rule("", "events", "create", "patch")}
}

// metricsAuthRules are those that opc makes for a manager that guards its metrics.
func metricsAuthRules() []any {
	return []any{rule("authentication.k8s.io", "tokenreviews", "create"), rule("authorization.k8s.io", "subjectaccessreviews", "create")}
}

// permissions puts the rules of each service account into a file, as controller-gen does.
func (d *draft) permissions() {
	if d.raw["permissions"] {
		return
	}
	manager := ""
	if len(d.workloads) > 0 {
		manager = account(d.workloads[0].pod)
	}
	var accounts []string
	for _, field := range []string{"clusterPermissions", "permissions"} {
		for _, p := range trees(d.csvSpec("install", "spec", field)) {
			if a := text(p["serviceAccountName"]); !slices.Contains(accounts, a) {
				accounts = append(accounts, a)
			}
		}
	}
	var out []any
	for _, a := range accounts {
		out = append(out, d.permission(a, len(d.workloads) > 0 && a == manager)...)
	}
	some(d.spec, "permissions", out)
}

// permission says what one service account may do.
func (d *draft) permission(account string, manager bool) []any {
	cluster, local := d.rules("clusterPermissions", account), d.rules("permissions", account)
	if manager {
		w := d.workloads[0]
		args := texts(w.main["args"])
		if d.electsLeader(w, args) {
			local, _ = without(local, leaderElectionRules())
		}
		if _, serves := d.metrics(w, args); serves != nil {
			cluster, _ = without(cluster, metricsAuthRules())
		}
	}
	base := strings.TrimSuffix(strings.TrimPrefix(account, d.prefix+"-"), "-role")
	file := account
	if manager {
		base, file = "manager", "role"
	}
	var docs []byte
	add := func(kind, name string, rules []any) {
		if len(rules) == 0 {
			return
		}
		for d.find("rbac.authorization.k8s.io", kind, d.prefix+"-"+name) != nil {
			name = "operator-" + name
		}
		if docs != nil {
			docs = append(docs, "---\n"...)
		}
		docs = append(docs, yamlOf(tree{
			"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": tree{"name": name}, "rules": rules,
		})...)
	}
	add("ClusterRole", label(base)+"-role", cluster)
	add("Role", label(base)+"-namespace-role", local)
	var out []any
	if docs != nil {
		name := d.addFile("rbac/", file, ".yaml", docs)
		if manager {
			out = append(out, name)
		} else {
			out = append(out, tree{"files": []any{name}, "serviceAccount": account})
		}
	}
	return append(out, d.emptyEntries(account, manager)...)
}

// emptyEntries says entries without rules, by which OLM makes a service account.
func (d *draft) emptyEntries(account string, manager bool) []any {
	var out []any
	for field, scope := range map[string]string{"clusterPermissions": "cluster", "permissions": "namespace"} {
		listed := slices.ContainsFunc(trees(d.csvSpec("install", "spec", field)), func(p tree) bool { return p["serviceAccountName"] == account })
		if !listed || len(d.rules(field, account)) > 0 {
			continue
		}
		entry := tree{"rules": []any{}, "scope": scope}
		if !manager {
			entry["serviceAccount"] = account
		}
		out = append(out, entry)
	}
	slices.SortFunc(out, func(a, b any) int { return strings.Compare(text(object(a)["scope"]), text(object(b)["scope"])) })
	return out
}
