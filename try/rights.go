package try

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// right is one verb on one resource, or on a path that is no resource.
type right struct{ verb, group, resource, path string }

func (r right) String() string {
	if r.path != "" {
		return r.verb + " " + r.path
	}
	return r.verb + " " + r.thing()
}

func (r right) thing() string { return strings.TrimPrefix(r.group+"/"+r.resource, "/") }

// grant is one rule that a role gives to a service account.
type grant struct {
	role      *kube.Object
	index     int
	namespace string // where it holds; "" for everywhere
	rule      kube.Tree
}

// grants are the rules of a service account: what the roles say that are bound to it.
func grants(objects []*applied, namespace, account string) []grant {
	var out []grant
	for _, b := range objects {
		if b.Kind() != "RoleBinding" && b.Kind() != "ClusterRoleBinding" || !binds(b.Got, namespace, account) {
			continue
		}
		ref := kube.Map(b.Got["roleRef"])
		for _, r := range objects {
			if r.Kind() != ref["kind"] || r.Name() != ref["name"] || r.Kind() == "Role" && kube.MetaString(r.Got, "namespace") != kube.MetaString(b.Got, "namespace") {
				continue
			}
			rules := kube.List(r.Got["rules"])
			for i, rule := range rules {
				tree := kube.Map(rule)
				out = append(out, grant{role: r.Object, index: i, namespace: kube.MetaString(b.Got, "namespace"), rule: tree})
			}
		}
	}
	return out
}

// path is where the description, or the file that it names, says the rule.
func (g grant) path() diag.Path {
	if g.role.From == nil {
		return ""
	}
	pointer := fmt.Sprintf("/rules/%d", g.index)
	at := g.role.From(pointer)
	if whole := g.role.From(""); at == whole && strings.HasPrefix(string(at), "@") {
		return at.Join(pointer) // a file of a role, in its own words
	}
	return at
}

// binds reports whether a binding is for a service account, by its name or by a group that it is in.
func binds(binding kube.Tree, namespace, account string) bool {
	subjects := kube.List(binding["subjects"])
	return slices.ContainsFunc(subjects, func(s any) bool {
		who := kube.Map(s)
		if who["kind"] == "Group" {
			return slices.Contains([]any{"system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"}, who["name"])
		}
		return who["kind"] == "ServiceAccount" && who["name"] == account && (who["namespace"] == namespace || who["namespace"] == nil)
	})
}

func texts(v any) []string {
	list := kube.List(v)
	var out []string
	for _, e := range list {
		out = append(out, text(e))
	}
	return out
}

// allows reports whether a rule grants a right.
func (g grant) allows(r right, namespace, name string) bool {
	if g.namespace != "" && g.namespace != namespace || !covers(texts(g.rule["verbs"]), r.verb) {
		return false
	}
	if r.path != "" {
		return slices.ContainsFunc(texts(g.rule["nonResourceURLs"]), func(p string) bool {
			head, wild := strings.CutSuffix(p, "*")
			return p == r.path || wild && strings.HasPrefix(r.path, head)
		})
	}
	names := texts(g.rule["resourceNames"])
	return covers(texts(g.rule["apiGroups"]), r.group) && coversResource(texts(g.rule["resources"]), r.resource) &&
		(len(names) == 0 || slices.Contains(names, name))
}

func covers(list []string, value string) bool {
	return slices.Contains(list, value) || slices.Contains(list, "*")
}

func coversResource(list []string, resource string) bool {
	_, sub, ok := strings.Cut(resource, "/")
	return covers(list, resource) || ok && slices.Contains(list, "*/"+sub)
}

// Unused is a part of a rule that no request used.
type Unused struct {
	Path   diag.Path // where the description says the rule
	Rights []string  // such as "list configmaps"
	Whole  bool      // nothing of the rule was used
}

// use says what of the rules was used. A wildcard counts as what was used of it.
func use(list []grant, asked []request) (unused []Unused, used []right) {
	byRule := map[int][]right{}
	for _, q := range asked {
		if q.forbidden {
			continue
		}
		for _, r := range implied(q) {
			for i, g := range list {
				if g.allows(r, q.namespace, q.name) {
					byRule[i] = append(byRule[i], r)
				}
			}
			if !slices.Contains(used, r) {
				used = append(used, r)
			}
		}
	}
	for i, g := range list {
		rest := g.unused(byRule[i])
		if len(rest) == 0 || g.role.From == nil && g.role.Inner == nil && g.role.At.File == "" {
			continue
		}
		u := Unused{Rights: rest, Whole: len(byRule[i]) == 0}
		u.Path = g.path()
		if j := slices.IndexFunc(unused, func(o Unused) bool { return o.Path == u.Path }); j >= 0 {
			continue // the same rule by another binding
		}
		unused = append(unused, u)
	}
	return unused, used
}

// implied are the rights that a request used: to apply an object that is not there needs the right to create it, and is
// logged as patch.
func implied(q request) []right {
	out := []right{q.what()}
	if q.verb == "patch" && q.code == 201 {
		r := q.what()
		r.verb = "create"
		out = append(out, r)
	}
	return out
}

// unused are the rights of a rule that are not among those that were used of it, with wildcards as they are.
func (g grant) unused(used []right) []string {
	var out []string
	for _, verb := range texts(g.rule["verbs"]) {
		for _, path := range texts(g.rule["nonResourceURLs"]) {
			if !slices.ContainsFunc(used, func(r right) bool { return same(verb, r.verb) && (r.path == path || strings.HasSuffix(path, "*")) }) {
				out = append(out, verb+" "+path)
			}
		}
		for _, group := range texts(g.rule["apiGroups"]) {
			for _, resource := range texts(g.rule["resources"]) {
				wild := verb == "*" || group == "*" || strings.Contains(resource, "*")
				of := func(r right) bool {
					return same(verb, r.verb) && same(group, r.group) && coversResource([]string{resource}, r.resource)
				}
				if matching := filter(used, of); len(matching) == 0 {
					out = append(out, right{verb: verb, group: group, resource: resource}.String())
				} else if wild {
					out = append(out, fmt.Sprintf("%s but for %s", right{verb: verb, group: group, resource: resource}, strings.Join(matching, ", ")))
				}
			}
		}
	}
	return out
}

func same(pattern, value string) bool { return pattern == value || pattern == "*" }

func filter(list []right, of func(right) bool) []string {
	var out []string
	for _, r := range list {
		if of(r) && !slices.Contains(out, r.String()) {
			out = append(out, r.String())
		}
	}
	slices.Sort(out)
	return out
}

// everyones reports whether a cluster grants a right to everyone whom it knows, by its roles system:discovery,
// system:public-info-viewer and system:basic-user.
func everyones(r right) bool {
	if r.path != "" {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.path, "/"), "/")
		return slices.Contains([]string{"api", "apis", "healthz", "livez", "readyz", "openapi", "version"}, first)
	}
	return r.verb == "create" && strings.HasPrefix(r.resource, "selfsubject")
}

// least are the least rules that allow rights: resources with the same verbs share a rule.
func least(used []right) []any {
	verbs := map[[2]string][]string{} // by group and resource
	paths := map[string][]string{}
	for _, r := range used {
		if everyones(r) {
			continue
		}
		if r.path != "" {
			paths[r.path] = append(paths[r.path], r.verb)
		} else {
			verbs[[2]string{r.group, r.resource}] = append(verbs[[2]string{r.group, r.resource}], r.verb)
		}
	}
	type key struct{ group, verbs string }
	rules := map[key][]string{}
	for of, list := range verbs {
		slices.Sort(list)
		k := key{of[0], strings.Join(slices.Compact(list), ",")}
		rules[k] = append(rules[k], of[1])
	}
	var out []any
	for _, k := range slices.SortedFunc(maps.Keys(rules), func(a, b key) int { return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.verbs, b.verbs)) }) {
		resources := rules[k]
		slices.Sort(resources)
		out = append(out, model.Tree{"apiGroups": []string{k.group}, "resources": resources, "verbs": strings.Split(k.verbs, ",")})
	}
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		list := paths[p]
		slices.Sort(list)
		out = append(out, model.Tree{"nonResourceURLs": []string{p}, "verbs": slices.Compact(list)})
	}
	return out
}
