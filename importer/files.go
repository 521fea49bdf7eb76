package importer

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema"
)

// How many lines of a description a part may take before it gets a file of its own.
const (
	longAPI     = 6
	longOverlay = 10
)

// intoFiles moves what is long out of the description: what is told about an API, and raw overlays.
func (d *draft) intoFiles() {
	longOverlay := longOverlay
	if d.place != nil { // few files beside the project's own
		longOverlay = 4 * longOverlay
	}
	apis := object(d.spec["apis"])
	for _, name := range sortedKeys(apis) {
		api := object(apis[name])
		if size(api) <= longAPI {
			continue
		}
		told := maps.Clone(api)
		delete(told, "examples")
		if size(told) <= longAPI/2 {
			continue // it is the examples that are long
		}
		plural, _, _ := strings.Cut(name, ".")
		short := tree{"file": d.addFile("apis/", plural, ".yaml", emit.OrderedYAML(told, "", apiOrder))}
		some(short, "examples", api["examples"])
		apis[name] = short
	}
	for _, w := range d.workloads {
		described := d.described(w)
		for _, field := range []string{w.kind.Field, "pod", "container"} {
			d.overlayIntoFile(described, field, w.key+"/", field, longOverlay)
		}
		if len(described) == 0 && w.key == "manager" {
			delete(d.spec, "manager")
		}
	}
	if olm := object(d.spec["olm"]); olm != nil {
		d.overlayIntoFile(olm, "csv", "olm/", "csv", longOverlay)
	}
}

func (d *draft) overlayIntoFile(t tree, field, dir, base string, long int) {
	if overlay := object(t[field]); size(overlay) > long {
		t[field] = tree{"file": d.addFile(dir, base, ".yaml", yamlOf(overlay))}
	}
}

// size is how many lines a map takes in a description.
func size(t tree) int {
	if len(t) == 0 {
		return 0
	}
	return bytes.Count(schema.Write(tree{"x": t}, "cue", nil), []byte("\n"))
}

// apiOrder puts the names of what is told before the rest.
func apiOrder(path []string) []string {
	if len(path) == 0 {
		return slices.Clone(apiFields)
	}
	return []string{"path", "kind", "name", "version", "displayName", "description"}
}
