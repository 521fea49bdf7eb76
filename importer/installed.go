package importer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/kube/equal"
)

// Facts are what a source says of an operator beside its objects. What is empty is found out from the objects.
type Facts struct {
	Name, Version string
	Namespace     string // of the install
	ManagedBy     string // who installs: what the label app.kubernetes.io/managed-by says
	// CSV is what else is known, in the words of a ClusterServiceVersion: its metadata.annotations, and of its spec what
	// people read, such as description, icon and links.
	CSV map[string]any
}

// installed takes objects for what an install leaves, as manifests, a kustomization or a rendered chart give them.
func (r *reader) installed(docs []*document, facts Facts) *source {
	s := &source{normal: map[*document]tree{}, facts: &facts}
	seen := map[string]*document{}
	all := flat(docs)
	if len(all) > maxDocs {
		r.fault(at(all[0].file, 1), "there are more than %d objects", maxDocs)
		return s
	}
	for _, d := range all {
		if d.kind() == "" || d.name() == "" {
			r.fault(at(d.file, d.line+1), "%s is not a Kubernetes object: kind or metadata.name is missing", d.file)
			continue
		}
		normal, ok := r.typed(d)
		if !ok {
			continue
		}
		if other := seen[d.place()]; other != nil {
			r.fault(at(d.file, d.line+1), "the %s %s is defined twice, here and in %s:%d", d.kind(), d.name(), other.file, other.line+1)
			continue
		}
		if d.kind() == "ClusterRoleBinding" && hasAccounts(all, kube.WithoutNamespace(d.tree)) {
			r.lost(d.find("subjects"), "a ServiceAccount of the ClusterRoleBinding %s has no namespace, which the API server requires: it is taken to be in that of the operator, as kustomize does", d.name())
		}
		seen[d.place()] = d
		s.normal[d] = normal
		s.objects = append(s.objects, d)
	}
	if len(s.objects) == 0 && !r.faults.HasErrors() {
		r.fault(at(".", 1), "there are no Kubernetes objects")
	}
	s.namespace = s.findNamespace()
	r.misplaced(s)
	s.settle()
	s.gather()
	s.placed = slices.ContainsFunc(s.objects, func(o *document) bool { return model.MetaString(o.tree, "namespace") != "" })
	if s.namespace == "" {
		s.namespace = operatorName(s.facts.Name) + "-system" // where opc puts what nobody has a place for
		s.settle()
	}
	return s
}

// misplaced reports namespaces of objects that have none, which the API server ignores.
func (r *reader) misplaced(s *source) {
	s.findScopes()
	var all []*document
	for _, o := range s.objects {
		if s.clusterScoped(o) && model.MetaString(o.tree, "namespace") != "" {
			all = append(all, o)
		}
	}
	if len(all) == 0 {
		return
	}
	more := ""
	if n := len(all) - 1; n > 0 {
		more = fmt.Sprintf(", nor that of %d more objects of the whole cluster", n)
	}
	r.lost(all[0].find("metadata", "namespace"), "the namespace of the %s %s is not carried over%s: they are in no namespace", all[0].kind(), all[0].name(), more)
}

// flat takes the objects out of lists (https://kubernetes.io/docs/reference/using-api/api-concepts/#collections).
func flat(docs []*document) []*document {
	var out []*document
	for _, d := range docs {
		items, isList := d.tree["items"].([]any)
		if !isList || d.apiVersion() != "v1" || !strings.HasSuffix(d.kind(), "List") {
			out = append(out, d)
			continue
		}
		for _, item := range trees(items) {
			out = append(out, flat([]*document{{file: d.file, line: d.line, tree: item}})...)
		}
	}
	return out
}

// place is what two objects of one cluster can't share.
func (d *document) place() string {
	return d.apiVersion() + " " + d.kind() + " " + text(get(d.tree, "metadata", "namespace")) + "/" + d.name()
}

// findNamespace finds where the operator is installed: where its workloads are, or the one namespace that is made.
func (s *source) findNamespace() string {
	if s.facts.Namespace != "" {
		return s.facts.Namespace
	}
	votes := map[string]int{}
	for _, o := range s.objects {
		ns := text(get(o.tree, "metadata", "namespace"))
		switch {
		case o.is("", "Namespace"):
			votes[o.name()] += 2
		case kube.IsWorkload(o.group(), o.kind()) && ns != "":
			votes[ns] += 1000
		case ns != "":
			votes[ns]++
		}
	}
	best := ""
	for _, ns := range sortedKeys(votes) {
		if votes[ns] > votes[best] {
			best = ns
		}
	}
	return best
}

// settle says the namespace of objects that leave it to whoever applies them, and takes it off those that have none.
func (s *source) settle() {
	s.findScopes()
	for _, o := range s.objects {
		for _, t := range []tree{o.tree, s.normal[o]} {
			md := object(t["metadata"])
			switch {
			case s.clusterScoped(o):
				delete(md, "namespace")
			case text(md["namespace"]) == "" && s.namespace != "":
				md["namespace"] = s.namespace
			}
			if t["subjects"] != nil {
				t["subjects"] = kube.WithSubjects(t, s.homeOf(t))["subjects"]
			}
		}
	}
}

// homeOf is the namespace of those subjects of a binding that name none, if the source has their accounts.
func (s *source) homeOf(binding tree) string {
	if !hasAccounts(s.objects, kube.WithoutNamespace(binding)) {
		return ""
	}
	return s.namespace
}

// hasAccounts reports whether there are subjects, and the ServiceAccounts of all of them.
func hasAccounts(objects []*document, subjects []map[string]any) bool {
	for _, subject := range subjects {
		if !slices.ContainsFunc(objects, func(o *document) bool { return o.is("", "ServiceAccount") && o.name() == subject["name"] }) {
			return false
		}
	}
	return len(subjects) > 0
}

// findScopes notes which kinds the CustomResourceDefinitions of the source say to have no namespace.
func (s *source) findScopes() {
	s.cluster = map[string]bool{}
	for _, c := range s.objects {
		if c.kind() == "CustomResourceDefinition" {
			s.cluster[text(get(c.tree, "spec", "group"))+"/"+text(get(c.tree, "spec", "names", "kind"))] = get(c.tree, "spec", "scope") == "Cluster"
		}
	}
}

// clusterScoped tells whether an object has no namespace: by its CustomResourceDefinition, or by its kind.
func (s *source) clusterScoped(o *document) bool {
	if cluster, known := s.cluster[o.group()+"/"+o.kind()]; known {
		return cluster
	}
	return kube.ClusterScoped(o.kind())
}

// gather makes the ClusterServiceVersion that a bundle of the same objects would have, so that one draft serves for all
// forms: the workloads, Deployments first, and what is granted to their service accounts. Beside the fields of a bundle, the
// entry of a workload has its kind.
func (s *source) gather() {
	csv := clone(s.facts.CSV)
	if csv == nil {
		csv = tree{}
	}
	var workloads []any
	for _, kind := range kube.WorkloadKinds {
		for _, o := range s.objects {
			if !o.is("apps", kind.Kind) || !s.here(o) || len(trees(get(s.normal[o], "spec", "template", "spec", "containers"))) == 0 {
				continue
			}
			entry := tree{"kind": kind.Kind, "name": o.name(), "spec": s.normal[o]["spec"]}
			labels := clone(object(get(s.normal[o], "metadata", "labels")))
			if labels[model.LabelManagedBy] == s.facts.ManagedBy {
				delete(labels, model.LabelManagedBy) // whoever installs puts it there
			}
			some(entry, "label", labels)
			workloads = append(workloads, entry)
		}
	}
	s.grants = s.findGrants()
	permissions := map[string][]any{}
	for _, g := range s.grants {
		field := map[string]string{"ClusterRole": "clusterPermissions", "Role": "permissions"}[g.role.kind()]
		permissions[field] = append(permissions[field], tree{"serviceAccountName": g.account, "rules": list(s.normal[g.role]["rules"])})
	}
	install := tree{}
	some(install, "deployments", workloads)
	for field, entries := range permissions {
		install[field] = entries
	}
	put(csv, tree{"strategy": "deployment", "spec": install}, "spec", "install")
	version := s.version(workloads)
	s.assume(workloads, version)
	name := s.name(workloads)
	put(csv, name+".v"+version, "metadata", "name")
	put(csv, version, "spec", "version")
	csv["apiVersion"], csv["kind"] = csvVersion, equal.ClusterServiceVersion
	s.facts.Name, s.facts.Version = name, version
	s.csv = &document{tree: csv}
	s.normal[s.csv] = csv
}

// assume notes what the source does not say.
func (s *source) assume(workloads []any, version string) {
	if s.facts.Version == "" {
		why := "from the tag of the image"
		if version == unknownVersion {
			why = "since nothing says another"
		}
		s.assumed = append(s.assumed, "version: "+version+", "+why)
	}
	if i := likeliest(workloads); s.facts.Name == "" && i >= 0 {
		s.assumed = append(s.assumed, "name: "+operatorName(s.name(workloads))+", from that of the "+text(trees(workloads)[i]["kind"]))
	}
	if s.namespace == "" {
		s.assumed = append(s.assumed, "namespace: "+operatorName(s.name(workloads))+"-system, since the objects name none")
	}
	for _, e := range trees(workloads) {
		for _, c := range trees(get(e, "spec", "template", "spec", "containers")) {
			if image := text(c["image"]); strings.HasPrefix(image, "controller:") {
				s.assumed = append(s.assumed, "image: "+image+", kubebuilder's placeholder: say your own, with its registry")
			}
		}
	}
}

// here reports whether an object stands in the operator's namespace.
func (s *source) here(o *document) bool {
	return text(get(o.tree, "metadata", "namespace")) == s.namespace
}

// name is what the operator is called, unless the source says it: what its likeliest manager is called.
func (s *source) name(workloads []any) string {
	name := s.facts.Name
	if i := likeliest(workloads); i >= 0 && name == "" {
		name = strings.TrimSuffix(text(trees(workloads)[i]["name"]), managerSuffix)
	}
	if name == "" {
		name = strings.TrimSuffix(s.namespace, "-system")
	}
	if name == "" && len(s.objects) > 0 {
		name = s.objects[0].name()
	}
	return name
}

// tagged finds a version in an image's tag.
var tagged = regexp.MustCompile(`^[^@]*:v?([0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?)(?:@.*)?$`)

// unknownVersion is that of an operator of which nobody says the version.
const unknownVersion = "0.1.0"

// version is the operator's version, unless the source says it: that of its image.
func (s *source) version(workloads []any) string {
	if s.facts.Version != "" {
		return s.facts.Version
	}
	if i := likeliest(workloads); i >= 0 {
		main := mainContainer(object(get(trees(workloads)[i], "spec", "template", "spec")))
		if m := tagged.FindStringSubmatch(text(main["image"])); m != nil && version.MatchString(m[1]) {
			return m[1]
		}
	}
	return unknownVersion
}

// grant is a role that one binding gives to one service account.
type grant struct {
	role, binding *document
	account       string
}

// findGrants pairs the roles of the source with their bindings, where they can be said as permissions: a role of the
// source, bound once, to one service account of the operator's namespace.
func (s *source) findGrants() []grant {
	const rbac = "rbac.authorization.k8s.io"
	bound, by := map[string]int{}, map[string]*document{}
	key := func(kind, ns, name string) string { return kind + " " + ns + "/" + name }
	for _, o := range s.objects {
		if o.is(rbac, "ClusterRoleBinding") || o.is(rbac, "RoleBinding") {
			k := key(text(get(o.tree, "roleRef", "kind")), text(get(o.tree, "metadata", "namespace")), text(get(o.tree, "roleRef", "name")))
			bound[k]++
			by[k] = o
		}
	}
	var out []grant
	for _, role := range s.objects {
		if !role.is(rbac, "ClusterRole") && !role.is(rbac, "Role") || len(list(role.tree["rules"])) == 0 {
			continue
		}
		ns := text(get(role.tree, "metadata", "namespace"))
		binding := by[key(role.kind(), ns, role.name())]
		if binding == nil || binding.kind() != role.kind()+"Binding" || bound[key(role.kind(), ns, role.name())] != 1 {
			continue
		}
		subjects := trees(binding.tree["subjects"])
		if len(subjects) != 1 || subjects[0]["kind"] != "ServiceAccount" || text(subjects[0]["namespace"]) != s.namespace {
			continue
		}
		out = append(out, grant{role, binding, text(subjects[0]["name"])})
	}
	return out
}
