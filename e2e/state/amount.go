package state

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Amount says what an install comes to, whoever made its roles and webhook configurations. OLM makes them itself,
// under names of its own: so roles and bindings become the rights of each service account, and configurations and the
// Services behind them become calls to pods.
func (o Objects) Amount() Objects {
	out := o.clone()
	out.rights()
	out.calls()
	return out
}

// rights replaces bindings to service accounts, and the roles they name, by the rights that they give.
func (o Objects) rights() {
	given := map[string]map[string]bool{}
	used := map[string]bool{}
	for _, k := range slices.Sorted(maps.Keys(o)) {
		binding := o[k]
		if binding["kind"] != "RoleBinding" && binding["kind"] != "ClusterRoleBinding" {
			continue
		}
		ref, _ := binding["roleRef"].(map[string]any)
		role := fmt.Sprintf("%v %v", ref["kind"], ref["name"])
		scope := "in the cluster"
		if binding["kind"] == "RoleBinding" {
			scope = "in the namespace"
		}
		rules, known := o[role]
		for _, account := range accounts(binding) {
			if given[account] == nil {
				given[account] = map[string]bool{}
			}
			if !known {
				given[account][fmt.Sprintf("%s: %s", scope, role)] = true
				continue
			}
			for _, right := range expand(rules) {
				given[account][scope+": "+right] = true
			}
		}
		used[role] = true
		delete(o, k)
	}
	for role := range used {
		delete(o, role)
	}
	for account, rights := range given {
		maps.DeleteFunc(rights, func(r string, _ bool) bool { // one that holds in the cluster too adds nothing
			what, inNamespace := strings.CutPrefix(r, "in the namespace: ")
			return inNamespace && rights["in the cluster: "+what]
		})
		o["rights of "+account] = map[string]any{"rights": list(slices.Sorted(maps.Keys(rights)))}
	}
}

func accounts(binding map[string]any) []string {
	var out []string
	subjects, _ := binding["subjects"].([]any)
	for _, s := range subjects {
		subject, _ := s.(map[string]any)
		out = append(out, fmt.Sprintf("%v %v", subject["kind"], subject["name"]))
	}
	return out
}

// expand lists the rights of a role, one verb on one resource each.
func expand(role map[string]any) []string {
	var out []string
	rules, _ := role["rules"].([]any)
	for _, r := range rules {
		rule, _ := r.(map[string]any)
		names := ""
		if list := texts(rule["resourceNames"]); len(list) > 0 {
			names = " named " + strings.Join(list, ", ")
		}
		for _, verb := range texts(rule["verbs"]) {
			for _, resource := range texts(rule["resources"]) {
				for _, group := range texts(rule["apiGroups"]) {
					out = append(out, verb+" "+strings.TrimPrefix(group+"/"+resource, "/")+names)
				}
			}
			for _, url := range texts(rule["nonResourceURLs"]) {
				out = append(out, verb+" "+url)
			}
		}
	}
	return out
}

func texts(v any) []string {
	var out []string
	list, _ := v.([]any)
	for _, e := range list {
		out = append(out, fmt.Sprint(e))
	}
	return out
}

// calls replaces webhook configurations and the Services behind them by each webhook and the pods that it reaches.
func (o Objects) calls() {
	services := map[string]bool{}
	for _, k := range slices.Sorted(maps.Keys(o)) {
		kind := fmt.Sprint(o[k]["kind"])
		if kind != "MutatingWebhookConfiguration" && kind != "ValidatingWebhookConfiguration" {
			continue
		}
		hooks, _ := o[k]["webhooks"].([]any)
		for _, h := range hooks {
			hook := maps.Clone(h.(map[string]any))
			config, _ := hook["clientConfig"].(map[string]any)
			ref, _ := config["service"].(map[string]any)
			service := fmt.Sprintf("Service %v", ref["name"])
			services[service] = true
			hook["clientConfig"] = map[string]any{"path": ref["path"], "pods": o.backend(service, ref["port"])}
			o[strings.TrimSuffix(kind, "Configuration")+" "+fmt.Sprint(hook["name"])] = hook
		}
		delete(o, k)
	}
	for s := range services {
		delete(o, s)
	}
}

// backend is the pods and the port behind a Service's port.
func (o Objects) backend(service string, port any) map[string]any {
	spec, _ := o[service]["spec"].(map[string]any)
	out := map[string]any{"selector": spec["selector"]}
	ports, _ := spec["ports"].([]any)
	for _, p := range ports {
		if p, _ := p.(map[string]any); p["port"] == port {
			out["port"] = p["targetPort"]
		}
	}
	return out
}
