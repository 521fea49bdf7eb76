package importer

import (
	"github.com/opc-project/opc/compiler"
)

// besideFields are the lists of a pod's containers, which a workload has under the same names.
var besideFields = []string{"initContainers", "containers"}

// containersBeside says the containers beside the main one of each workload by their short forms, unless the raw overlay
// on the pod must say them.
func (d *draft) containersBeside() {
	for _, w := range d.workloads {
		out := d.described(w)
		for _, field := range besideFields {
			delete(out, field)
			if entries, ok := d.besideOf(w, out, field); ok && !d.raw[rawContainers(w)] {
				some(out, field, entries)
			}
		}
	}
}

// rawContainers is the part of the description that is raw where a workload's containers are.
func rawContainers(w *workload) string { return "containers of " + w.name }

// besideOf are the entries of one list; ok is false where the short forms can't say one of them.
func (d *draft) besideOf(w *workload, out tree, field string) (entries []any, ok bool) {
	for i, c := range trees(w.pod[field]) {
		if field == "containers" && c["name"] == w.main["name"] {
			if i > 0 { // or it stands in front, as it does by default
				entries = append(entries, tree{"name": c["name"]})
			}
			continue
		}
		entry, ok := d.containerOf(w, out, c)
		if !ok {
			return nil, false
		}
		entries = append(entries, entry)
	}
	return entries, true
}

// containerOf says a container by its short forms, and the rest in a raw overlay.
func (d *draft) containerOf(w *workload, out, c tree) (entry tree, ok bool) {
	ref := text(c["image"])
	if _, _, _, valid := compiler.ParseImage(ref); !valid || !dnsLabel.MatchString(text(c["name"])) {
		return nil, false
	}
	entry, rest := tree{"name": c["name"]}, clone(c)
	if ref != d.ownImage() {
		entry["image"] = ref
	}
	as := &workload{key: "beside", main: c, plain: w.plain}
	for _, field := range []string{"command", "args"} {
		some(entry, field, c[field])
	}
	d.env(as, entry)
	d.ports(as, entry)
	d.resources(as, entry)
	d.probes(as, entry)
	d.containerSecurity(out, c, entry, w.plain)
	for _, field := range []string{"name", "image", "command", "args", "env", "resources", "livenessProbe", "readinessProbe", "startupProbe"} {
		delete(rest, field)
	}
	if entry["ports"] != nil {
		delete(rest, "ports")
	}
	if same("securityContext", c["securityContext"], restrictedContainer()) {
		delete(rest, "securityContext")
	}
	some(entry, "container", rest)
	return entry, true
}

// containerSecurity says the security of a container where it is not that of its workload.
func (d *draft) containerSecurity(out, c, entry tree, plain bool) {
	usual := text(out["security"])
	if usual == "" {
		usual = map[bool]string{true: "none", false: "restricted"}[plain]
	}
	own := "none"
	if same("securityContext", c["securityContext"], restrictedContainer()) {
		own = "restricted"
	}
	if own != usual {
		entry["security"] = own
	}
}

// restrictedContainer is the security context of a container that opc makes.
func restrictedContainer() tree {
	return tree{"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": tree{"drop": []any{"ALL"}}}
}
