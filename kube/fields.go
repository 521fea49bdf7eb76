package kube

import (
	"sync"

	"go.yaml.in/yaml/v3"
)

// index finds the fields of a document's maps: some have thousands, and each may be asked for.
type index struct {
	mu    sync.Mutex
	maps  map[*yaml.Node]mapFields // those that were searched
	steps int                      // fields and maps that were looked at: a test bounds them
}

// mapFields are the fields that a map has itself, the first of each name, and the maps that are merged into it.
type mapFields struct {
	own    map[string]Spot
	merged []*yaml.Node // the strongest first
}

func newIndex() *index { return &index{maps: map[*yaml.Node]mapFields{}} }

// find finds a field of a map, or of one that is merged into it. A map that was searched is not searched again: maps can
// be merged into themselves, and into each other many times.
func (ix *index) find(n *yaml.Node, name string, searched map[*yaml.Node]bool) (Spot, bool) {
	ix.steps++
	fields := ix.of(n)
	if found, ok := fields.own[name]; ok {
		return found, true
	}
	searched[n] = true
	for _, from := range fields.merged {
		if searched[from] {
			continue
		}
		if found, ok := ix.find(from, name, searched); ok {
			return found, true
		}
	}
	return Spot{}, false
}

func (ix *index) of(n *yaml.Node) mapFields {
	if fields, ok := ix.maps[n]; ok {
		return fields
	}
	fields := mapFields{own: make(map[string]Spot, len(n.Content)/2)}
	for i := 0; i+1 < len(n.Content); i += 2 {
		ix.steps++
		if isMerge(n.Content[i]) {
			fields.merged = append(fields.merged, mergedMaps(n.Content[i+1])...)
			continue
		}
		for _, name := range keyNames(followed(n.Content[i])) {
			if _, twice := fields.own[name]; !twice {
				fields.own[name] = Spot{n.Content[i], n.Content[i+1]}
			}
		}
	}
	ix.maps[n] = fields
	return fields
}

// keyNames are the names that a key goes by: as it was written, and as plain JSON has it.
func keyNames(key *yaml.Node) []string {
	names := []string{key.Value}
	if b := booleanKey(key); b != "" {
		names = append(names, b)
	}
	if key.Tag != "!!str" {
		names = append(names, keyText(key))
	}
	return names
}
