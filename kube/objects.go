package kube

import (
	"fmt"
	"strings"
)

// Objects parses a file and returns the Kubernetes objects in it; a List counts as its items. Documents without apiVersion
// and kind are left out.
func Objects(file string, data []byte) ([]*Object, []Fault) {
	docs, faults := Read(file, data)
	var out []*Object
	for i, d := range docs {
		tree, ok := d.Value.(map[string]any)
		if !ok {
			continue
		}
		if _, has := tree["apiVersion"].(string); has && tree["kind"] != "" && tree["kind"] != nil {
			out = append(out, items(tree, Place{File: file, Doc: i}, 0)...)
		}
	}
	return out, faults
}

// items are the objects in a List, which may hold others, or the object itself.
func items(tree Tree, at Place, depth int) []*Object {
	list, ok := Items(tree)
	if !ok || depth > MaxDepth {
		return []*Object{{Tree: tree, At: at}}
	}
	var out []*Object
	for i, e := range list {
		if item, ok := e.(map[string]any); ok {
			out = append(out, items(item, Place{File: at.File, Doc: at.Doc, Pointer: fmt.Sprintf("%s/items/%d", at.Pointer, i)}, depth+1)...)
		}
	}
	return out
}

// Items are the objects of a List (or a RoleList, and so on), which is no object itself: clients take it apart.
func Items(tree Tree) (items []any, ok bool) {
	kind := Text(tree["kind"])
	items, ok = tree["items"].([]any)
	return items, ok && strings.HasSuffix(kind, "List")
}
