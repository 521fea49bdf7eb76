package importer

import (
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
)

// installedPermissions puts the roles of each service account into files, but for those that opc makes by itself. Roles
// whose names and bindings are as opc makes them share an entry.
func (d *draft) installedPermissions() {
	if d.raw["permissions"] {
		return
	}
	manager := ""
	if len(d.workloads) > 0 {
		manager = account(d.workloads[0].pod)
	}
	var accounts []string
	roles := map[string][]*document{}
	var apart []any
	for _, g := range d.src.grants {
		if !d.sayableGrant(g) || d.helm.inFeature(g.role) {
			continue
		}
		if entry := d.apartGrant(g); len(entry) > 0 {
			entry["files"] = d.roleFiles([]*document{g.role}, label(g.role.name()))
			if g.account != manager {
				entry["serviceAccount"] = g.account
			}
			apart = append(apart, entry)
			continue
		}
		if roles[g.account] == nil {
			accounts = append(accounts, g.account)
		}
		roles[g.account] = append(roles[g.account], g.role)
	}
	var out []any
	for _, a := range accounts {
		if a == manager {
			out = slices.Insert(out, 0, d.roleFiles(roles[a], "role")...)
			continue
		}
		out = append(out, tree{"files": d.roleFiles(roles[a], a), "serviceAccount": a})
	}
	some(d.spec, "permissions", append(out, apart...))
}

// roleFiles are the files that hold the roles of one service account.
func (d *draft) roleFiles(roles []*document, base string) []any {
	var out []any
	var docs []byte
	for _, o := range roles {
		if file := d.fileInPlace(o); file != "" && d.holdsOnly(file, roles) && (o.src.name() == o.name() || d.prefix+"-"+o.src.name() == o.name()) {
			if !slices.Contains(out, any(file)) {
				out = append(out, file)
			}
			continue
		}
		if docs != nil {
			docs = append(docs, "---\n"...)
		}
		docs = append(docs, d.objectFile(o)...)
	}
	if docs != nil {
		out = append(out, d.addFile("rbac/", base, ".yaml", docs))
	}
	return out
}

// sayableGrant reports whether a role is said as a permission: it is not said as an object, and not one that opc makes by
// itself.
func (d *draft) sayableGrant(g grant) bool {
	if d.extra[g.role] {
		return false
	}
	w := d.managerOf(g.account)
	name, own := strings.CutPrefix(g.role.name(), d.prefix+"-")
	if w == nil || !own || len(d.apartGrant(g)) > 0 {
		return true
	}
	args := texts(w.main["args"])
	_, serves := d.metrics(w, args)
	return !(name == "leader-election-role" && d.electsLeader(w, args) || name == "metrics-auth-role" && serves != nil)
}

// ownRoles has opc make no role of its own where the source has one of the same name that must say more of itself: it
// would stand there twice.
func (d *draft) ownRoles() {
	for _, g := range d.src.grants {
		part := map[string]string{"leader-election-role": "leaderElection", "metrics-auth-role": "metrics"}[strings.TrimPrefix(g.role.name(), d.prefix+"-")]
		if part != "" && strings.HasPrefix(g.role.name(), d.prefix+"-") && len(d.apartGrant(g)) > 0 {
			d.raw[part] = true
		}
	}
}

// apartGrant is what a permission must say of itself: names that opc would not give, and labels of the binding that are
// not those of all objects.
func (d *draft) apartGrant(g grant) tree {
	out := tree{}
	if !strings.HasPrefix(g.role.name(), d.prefix+"-") {
		out["name"] = g.role.name()
	}
	if g.binding.name() != strings.TrimSuffix(g.role.name(), "-role")+"-rolebinding" {
		out["binding"] = g.binding.name()
	}
	if g.role.name() == d.prefix+"-metrics-auth-role" {
		return out // opc gives its binding no labels
	}
	labels := object(get(g.binding.tree, "metadata", "labels"))
	compared := labels
	if d.helm != nil {
		compared = object(get(d.helm.view(g.binding.tree), "metadata", "labels"))
	}
	switch {
	case same("labels", compared, d.commonLabels()):
	case len(labels) == 0:
		out["labels"] = nil
	default:
		out["labels"] = labels
	}
	return out
}

// commonLabels are the labels of every object that opc makes of the description as it stands.
func (d *draft) commonLabels() tree {
	out := tree{}
	if d.named() && d.helm == nil { // charts are compared without the labels that every chart of opc writes
		out = tree{model.LabelName: d.name, model.LabelManagedBy: d.src.facts.ManagedBy}
	}
	maps.Copy(out, object(d.spec["labels"]))
	maps.DeleteFunc(out, func(_ string, v any) bool { return v == nil })
	return out
}
