package importer

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/manifests"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/kube/equal"
	"github.com/opc-project/opc/schema/diag"
)

// installedForm is a set of objects as an install leaves them.
func installedForm(facts Facts) *form {
	return &form{
		emit: func(m *model.Operator) (*source, diag.List) {
			s := emitInstalled(m, facts.ManagedBy)
			if len(facts.CSV) == 0 {
				return s, nil
			}
			bundle, faults := emitBundle(withoutCRDSchemas(m))
			if faults.HasErrors() {
				return nil, faults
			}
			s.csv = bundle.csv
			s.normal[s.csv] = bundle.normal[s.csv]
			return s, nil
		},
		steps: func(d *draft) []func(*source) {
			return []func(*source){d.correctInstalled, d.correctWorkloadObjects, d.correctFacts}
		},
		parts: installedParts,
	}
}

// withoutCRDSchemas is a model whose bundle is made for its ClusterServiceVersion alone, which has no schemas.
func withoutCRDSchemas(m *model.Operator) *model.Operator {
	out := *m
	out.CRDs = slices.Clone(m.CRDs)
	for i, c := range out.CRDs {
		out.CRDs[i].Tree = rough(c.Tree)
	}
	return &out
}

// emitInstalled are the objects of a plain install, as install.yaml and the overlay called default leave them.
func emitInstalled(m *model.Operator, managedBy string) *source {
	s := &source{normal: map[*document]tree{}}
	for _, o := range m.Install(manifests.Overlay(m), managedBy) {
		d := &document{file: string(o.From), tree: kube.WithSubjects(o.Tree, "")}
		if d.kind() != "CustomResourceDefinition" { // they are large, and nothing asks for theirs
			normal, err := equal.Normal(d.tree)
			if err != nil {
				normal = o.Tree // what does not fit its type differs from the source, which does
			}
			s.normal[d] = normal
		}
		s.objects = append(s.objects, d)
	}
	return s
}

func installedParts(s *source) map[string]any {
	out := map[string]any{}
	for _, o := range s.objects {
		if c, err := equal.Canonical(o.tree); err == nil {
			out[o.told()] = any(c)
		}
	}
	return out
}

// told names an object for people.
func (d *document) told() string {
	name := d.name()
	if ns := text(get(d.tree, "metadata", "namespace")); ns != "" {
		name = ns + "/" + name
	}
	return d.kind() + " " + name
}

// correctInstalled compares the objects. What opc does not make, or not just so, is said in a file; what it makes beside
// those of the source is switched off.
func (d *draft) correctInstalled(got *source) {
	have := map[string]*document{}
	for _, o := range got.objects {
		have[o.place()] = o
	}
	again := false
	for _, o := range d.src.objects {
		other := have[o.place()]
		delete(have, o.place())
		switch {
		case other != nil && d.sameObject(o, other):
		case other != nil && d.workloadOf(o) != nil: // correctWorkloadObjects says the difference
		case d.fileInPlace(o) != "" && (d.extra[o] || d.saidInPlace(o)):
			d.place.copied[o], again = true, true
		case d.extra[o] || d.isCRD(o):
		default:
			d.extra[o], again = true, true
		}
	}
	for _, key := range sortedKeys(have) {
		if part := unwanted(have[key]); part != "" && !d.raw[part] {
			d.raw[part], again = true, true
		}
	}
	if again {
		d.apartGrants()
		d.propose()
		d.secure()
	}
}

// apartGrants keeps a role and its binding together: where one is said as an object, so is the other, since OLM makes
// roles of its own for permissions.
func (d *draft) apartGrants() {
	for _, g := range d.src.grants {
		if !d.extra[g.role] && !d.extra[g.binding] {
			continue
		}
		d.extra[g.role], d.extra[g.binding] = true, true
		switch strings.TrimPrefix(g.role.name(), d.prefix+"-") {
		case "leader-election-role":
			d.raw["leaderElection"] = true
		case "metrics-auth-role":
			d.raw["metrics"] = true
		}
	}
}

// unwanted is the part of the description that makes an object which the source does not have.
func unwanted(o *document) string {
	from := o.file
	switch {
	case o.is("", "Namespace"):
		return "namespace object"
	case strings.HasPrefix(from, "@rbac/"), strings.HasPrefix(from, "/permissions"):
		return "permissions"
	case strings.HasPrefix(from, "@webhooks/"), strings.HasPrefix(from, "/webhooks"):
		return "webhooks"
	case strings.HasPrefix(from, "/manager/metrics"):
		return "metrics"
	case strings.HasPrefix(from, "/manager/leaderElection"):
		return "leaderElection"
	case strings.HasPrefix(from, "/manager/networkPolicy"):
		return "networkPolicy"
	case strings.HasPrefix(from, "/manager"), strings.HasPrefix(from, "/workloads"):
		return "workloads"
	}
	return ""
}

// workloadOf is the workload that an object of the source is, or nil.
func (d *draft) workloadOf(o *document) *workload {
	if d.raw["workloads"] || o.group() != "apps" || !d.src.here(o) {
		return nil
	}
	i := slices.IndexFunc(d.workloads, func(w *workload) bool { return w.kind.Kind == o.kind() && w.name == o.name() })
	if i < 0 {
		return nil
	}
	return d.workloads[i]
}

// correctWorkloadObjects finds the raw overlays of the workloads.
func (d *draft) correctWorkloadObjects(got *source) {
	for _, o := range d.src.objects {
		w := d.workloadOf(o)
		if w == nil || d.extra[o] {
			continue
		}
		i := slices.IndexFunc(got.objects, func(other *document) bool { return other.place() == o.place() })
		if i < 0 || d.sameObject(o, got.objects[i]) {
			continue
		}
		before := d.snapshot()
		d.correctWorkload(w, equal.Pruned(got.normal[got.objects[i]]), equal.Pruned(d.src.normal[o]))
		if d.snapshot() == before {
			d.extra[o] = true // no overlay reaches what differs
			d.raw["workloads"] = true
			d.propose()
			d.secure()
			return
		}
	}
}

// installedObjects puts the objects that opc does not make by itself into files of their own.
func (d *draft) installedObjects() {
	nothingElse := len(d.workloads) == 0 && len(d.crdsOf()) == 0 // a description must install something from the start
	var extra []*document
	for _, o := range d.src.objects {
		if nothingElse {
			d.extra[o] = true
		}
		if d.extra[o] {
			extra = append(extra, o)
		}
	}
	switch {
	case d.place != nil:
		some(d.spec, "objects", d.objectSources(extra))
	case len(extra) > 0:
		for _, o := range extra {
			d.fileOf[o] = d.addFile("objects/", o.name()+"_"+strings.ToLower(o.kind()), ".yaml", d.objectFile(o))
		}
		d.spec["objects"] = []any{"objects"}
	}
	ownNamespace := slices.ContainsFunc(extra, func(o *document) bool { return o.is("", "Namespace") && o.name() == d.src.namespace })
	if !d.src.placed && !ownNamespace && d.src.chart == nil { // whoever applies the source says where
		put(d.spec, true, "overlays", "default", "omitNamespace")
		return
	}
	if d.raw["namespace object"] || ownNamespace { // either the source has none, or it is one of the objects
		put(d.spec, false, "overlays", "default", "createNamespace")
	}
}

// managerOf is the manager, if it runs under a service account.
func (d *draft) managerOf(name string) *workload {
	if len(d.workloads) == 0 || account(d.workloads[0].pod) != name {
		return nil
	}
	return d.workloads[0]
}

// correctFacts says what is known of the operator beside its objects, and not derived from the rest of the description.
func (d *draft) correctFacts(got *source) {
	if got.csv == nil {
		return
	}
	have, want := equal.Pruned(got.normal[got.csv]), equal.Pruned(object(equal.WithoutNulls(d.src.facts.CSV)))
	for _, field := range []string{"annotations", "labels"} {
		values := object(get(want, "metadata", field))
		for _, key := range sortedKeys(values) {
			if key != "alm-examples" && key != "containerImage" && get(have, "metadata", field, key) != values[key] && text(values[key]) != "" {
				put(d.spec, values[key], "olm", field, key)
			}
		}
	}
	spec := clone(object(want["spec"]))
	for _, field := range []string{"install", "installModes", "version", "replaces", "customresourcedefinitions", "apiservicedefinitions", "webhookdefinitions", "relatedImages"} {
		delete(spec, field) // what the objects say, or the description elsewhere
	}
	patch := object(equal.WithoutNulls(mergePatch(object(have["spec"]), spec)))
	for _, field := range sortedKeys(patch) {
		put(d.spec, patch[field], "olm", "csv", "spec", field)
	}
}
