package importer

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// findWorkloads lists the workloads, the manager first. Those of a bundle are Deployments.
func (d *draft) findWorkloads() {
	d.workloads = nil
	for _, e := range trees(d.csvSpec("install", "spec", "deployments")) {
		kind, _ := kube.Workload(cmp.Or(text(e["kind"]), "Deployment"))
		w := &workload{kind: kind, name: text(e["name"]), entry: e, pod: object(get(e, "spec", "template", "spec"))}
		w.main = mainContainer(w.pod)
		d.workloads = append(d.workloads, w)
	}
	manager := slices.IndexFunc(d.workloads, func(w *workload) bool { return strings.HasSuffix(w.name, managerSuffix) })
	if own := d.annotation("containerImage"); manager < 0 && own != "" {
		manager = slices.IndexFunc(d.workloads, func(w *workload) bool { return w.main["image"] == own })
	}
	if manager < 0 && d.helm != nil {
		manager = slices.IndexFunc(d.workloads, func(w *workload) bool { return w.name == d.name })
	}
	if manager < 0 && d.src.facts != nil {
		manager = likeliest(d.csvSpec("install", "spec", "deployments"))
	}
	if manager > 0 {
		m := d.workloads[manager]
		d.workloads = slices.Insert(slices.Delete(d.workloads, manager, manager+1), 0, m)
	}
}

// managerName is how managers are called whose projects don't follow kubebuilder.
var managerName = regexp.MustCompile(`(^|-)(manager|operator|controller)$`)

// likeliest is the workload that looks most like a manager, or -1 where there are none: by its name, kubebuilder's labels,
// command and flags, and else the first.
func likeliest(workloads any) int {
	best, most := -1, -1
	for i, e := range trees(workloads) {
		pod := object(get(e, "spec", "template", "spec"))
		main := mainContainer(pod)
		score := 0
		for _, sign := range []bool{
			strings.HasSuffix(text(e["name"]), managerSuffix),
			managerName.MatchString(text(e["name"])),
			get(e, "spec", "selector", "matchLabels", model.LabelControlPlane) == "controller-manager",
			slices.Equal(texts(main["command"]), []string{"/manager"}),
			slices.ContainsFunc(texts(main["args"]), func(a string) bool {
				return strings.HasPrefix(a, leaderFlag) || strings.HasPrefix(a, healthFlag) || strings.HasPrefix(a, metricsFlag)
			}),
		} {
			if sign {
				score++
			}
		}
		if score > most {
			best, most = i, score
		}
	}
	return best
}

// mainContainer is the container that the short forms speak of: the one called manager, or else the first that is not
// the proxy that older projects put beside it.
func mainContainer(pod tree) tree {
	all := trees(pod["containers"])
	find := func(f func(tree) bool) tree {
		if i := slices.IndexFunc(all, f); i >= 0 {
			return all[i]
		}
		return nil
	}
	if c := find(func(c tree) bool { return c["name"] == "manager" }); c != nil {
		return c
	}
	if c := find(func(c tree) bool { return c["name"] != "kube-rbac-proxy" }); c != nil {
		return c
	}
	return find(func(tree) bool { return true })
}

// names finds what the names of the operator's objects begin with, the namespace, and the keys of the workloads.
func (d *draft) names() {
	d.prefix = d.name
	for _, candidate := range d.prefixes() {
		if dnsLabel.MatchString(candidate) {
			d.prefix = candidate
			break
		}
	}
	if d.prefix != d.name && d.helm != nil && !d.helm.fixedNames() {
		d.prefix = d.name // names that follow the release begin with what the new chart begins them with
	}
	if d.prefix != d.name {
		d.spec["namePrefix"] = d.prefix
		if d.helm != nil { // whoever upgrades a release must find its objects
			put(d.spec, d.prefix, "helm", "values", "fullnameOverride")
		}
	}
	d.commonMeta()
	d.sayNamespace()
	taken := map[string]bool{}
	for i, w := range d.workloads {
		w.key = "manager"
		if i > 0 {
			w.key = unique(cmp.Or(label(strings.TrimPrefix(w.name, d.prefix+"-")), "workload"), taken)
		}
		taken[w.key] = true
	}
}

// commonMeta says the labels and annotations that all objects have which opc would make, and that they lack opc's own.
func (d *draft) commonMeta() {
	if d.src.facts == nil {
		return
	}
	for _, field := range []string{"labels", "annotations"} {
		var common tree
		n, named := 0, 0
		for _, o := range d.src.objects {
			runs := kube.IsWorkload(o.group(), o.kind())
			if !runs && !slices.Contains([]string{"ServiceAccount", "RoleBinding", "ClusterRoleBinding"}, o.kind()) {
				continue
			}
			own := clone(object(get(o.tree, "metadata", field)))
			if !runs && own[model.LabelName] != nil {
				named++
			}
			if n++; n == 1 {
				common = own
			}
			maps.DeleteFunc(common, func(k string, v any) bool { return own[k] != v })
		}
		for _, made := range []string{model.LabelName, model.LabelManagedBy, model.LabelControlPlane} {
			delete(common, made)
		}
		if n <= 2 {
			common = nil
		}
		switch {
		case field == "labels" && named == 0 && d.helm == nil && d.bindsAccounts() && len(common) == 0:
			d.spec["labels"] = nil
		case field == "labels" && named == 0 && d.helm == nil && d.bindsAccounts():
			d.spec["labels"] = merge(tree{model.LabelName: nil, model.LabelManagedBy: nil}, common)
		default:
			some(d.spec, field, common)
		}
	}
}

// named reports whether the objects that opc makes bear its own labels.
func (d *draft) named() bool {
	said, all := d.spec["labels"]
	if all && said == nil {
		return false
	}
	v, removed := object(said)[model.LabelName]
	return !removed || v != nil
}

// bindsAccounts reports whether the source has service accounts or bindings, by which opc's own labels show.
func (d *draft) bindsAccounts() bool {
	return slices.ContainsFunc(d.src.objects, func(o *document) bool {
		return slices.Contains([]string{"ServiceAccount", "RoleBinding", "ClusterRoleBinding"}, o.kind())
	})
}

func unique(name string, taken map[string]bool) string {
	for taken[name] {
		name += "-2"
	}
	return name
}

// prefixes are what the names may begin with, the most telling first.
func (d *draft) prefixes() []string {
	var out []string
	suffixed := func(name, suffix string) {
		if rest, ok := strings.CutSuffix(name, suffix); ok {
			out = append(out, rest)
		}
	}
	if len(d.workloads) > 0 {
		suffixed(d.workloads[0].name, managerSuffix)
	}
	for _, o := range d.src.objects {
		if o.is("apiextensions.k8s.io", "CustomResourceDefinition") {
			suffixed(text(get(o.tree, "spec", "conversion", "webhook", "clientConfig", "service", "name")), webhookServiceSuffix)
		}
	}
	return out
}

// namespace finds where the operator is meant to be installed: where the source's own references say it is.
func (d *draft) namespace() string {
	if d.src.facts != nil {
		return d.src.namespace
	}
	votes := map[string]int{}
	for _, o := range d.src.objects {
		if ns := text(get(o.tree, "spec", "conversion", "webhook", "clientConfig", "service", "namespace")); ns != "" {
			votes[ns]++
		}
		for _, s := range trees(o.tree["subjects"]) {
			if ns := text(s["namespace"]); ns != "" && s["kind"] == "ServiceAccount" && d.ownAccount(text(s["name"])) {
				votes[ns]++
			}
		}
	}
	best := d.annotation("operatorframework.io/suggested-namespace")
	for _, ns := range sortedKeys(votes) {
		if dnsLabel.MatchString(ns) && votes[ns] > votes[best] {
			best = ns
		}
	}
	if best == "placeholder" || best == "system" || !dnsLabel.MatchString(best) {
		return "" // placeholders of kubebuilder and OLM
	}
	return best
}

// ownAccount reports whether a service account is one of the operator's.
func (d *draft) ownAccount(name string) bool {
	for _, w := range d.workloads {
		if account(w.pod) == name {
			return true
		}
	}
	return slices.ContainsFunc(d.src.objects, func(o *document) bool { return o.is("", "ServiceAccount") && o.name() == name })
}

func account(pod tree) string { return text(pod["serviceAccountName"]) }
