package importer

import (
	"fmt"
	"strings"

	"github.com/opc-project/opc/kube"
)

// found tells people what the source holds, and in a project which of its files the description reads.
func (d *draft) found() []Found {
	out := []Found{{"operator", d.name + " " + text(d.spec["version"])}}
	add := func(what string, values ...string) {
		if len(values) == 0 {
			return
		}
		const most = 3
		if n := len(values) - most; n > 1 {
			values = append(values[:most:most], fmt.Sprintf("and %d more", n))
		}
		out = append(out, Found{what, strings.Join(values, ", ")})
	}
	var names []string
	for _, kind := range kube.WorkloadKinds {
		names = nil
		for _, w := range d.workloads {
			if w.kind.Kind == kind.Kind {
				names = append(names, w.name)
			}
		}
		add(kind.Kind+"s", names...)
	}
	if d.place == nil {
		names = nil
		for _, c := range d.crdsOf() {
			names = append(names, c.doc.name())
		}
		add("APIs", names...)
		return out
	}
	add("APIs", texts(d.spec["crds"])...)
	var examples []string
	for _, name := range sortedKeys(object(d.spec["apis"])) {
		examples = append(examples, texts(get(d.spec, "apis", name, "examples"))...)
	}
	add("examples", examples...)
	add("permissions", filesOf(d.spec["permissions"])...)
	add("webhooks", texts(get(d.spec, "webhooks", "from"))...)
	add("objects", filesOf(d.spec["objects"])...)
	return out
}

// filesOf are the files that entries of a list name.
func filesOf(v any) []string {
	out := texts(v)
	for _, e := range trees(v) {
		out = append(out, texts(e["files"])...)
	}
	return out
}
