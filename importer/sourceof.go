package importer

import (
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// sourceOf finds where the source says what a path into the description, or into a file of it, is about.
func (d *draft) sourceOf(p diag.Path) (diag.Pos, bool) {
	file, number, rest, inFile := p.File()
	if !inFile {
		return d.sourceOfField(p.Elems())
	}
	for _, o := range d.src.objects {
		if d.fileOf[o] == file {
			return o.find(rest.Elems()...), true
		}
	}
	if d.files[file] != nil && strings.HasPrefix(file, "samples/") && d.src.facts == nil {
		return d.src.csv.find("metadata", "annotations", "alm-examples"), true
	}
	if d.place != nil && number < len(d.place.docs[file]) {
		return d.place.docs[file][number].find(rest.Elems()...), true
	}
	return diag.Pos{}, false
}

// sourceOfField finds the object that a workload of the description is.
func (d *draft) sourceOfField(path []string) (diag.Pos, bool) {
	key := ""
	switch {
	case len(path) > 0 && path[0] == "manager":
		key = "manager"
	case len(path) > 1 && path[0] == "workloads":
		key = path[1]
	}
	for _, w := range d.workloads {
		if w.key != key {
			continue
		}
		if d.src.facts == nil {
			return d.src.csv.find("spec", "install", "spec", "deployments"), true
		}
		if o := d.find("apps", w.kind.Kind, w.name); o != nil {
			return o.find("spec"), true
		}
	}
	return diag.Pos{}, false
}
