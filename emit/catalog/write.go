package catalog

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/operator-framework/operator-registry/alpha/declcfg"

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
)

// write makes one file for each package. In origins a pointer begins with the number of the document.
func (w *writer) write() {
	byPackage := map[string][]blob{}
	for _, b := range w.blobs {
		pkg := cmp.Or(b.pkg(), w.m.OLM.Package)
		byPackage[pkg] = append(byPackage[pkg], b)
	}
	for _, pkg := range slices.Sorted(maps.Keys(byPackage)) {
		blobs := byPackage[pkg]
		order(blobs)
		var text bytes.Buffer
		origins := []emit.Origin{{Pointer: "", Path: ""}}
		for i, b := range blobs {
			text.WriteString("---\n")
			text.Write(emit.OrderedYAML(b.tree, "", blobOrder))
			origins = append(origins, emit.Origin{Pointer: fmt.Sprintf("/%d", i), Path: b.from})
			for _, part := range b.parts {
				origins = append(origins, emit.Origin{Pointer: fmt.Sprintf("/%d%s", i, part.Pointer), Path: part.Path})
			}
		}
		if err := w.files.Add("catalog/"+pkg+"/catalog.yaml", text.Bytes(), origins...); err != nil {
			w.add(diag.Errorf(diag.CatalogInvalid, "/catalog/extends", "the catalog has a package that can't name a folder: %v", err))
		}
	}
}

// blobOrder puts first what tells a document's purpose.
func blobOrder(path []string) []string {
	if len(path) == 0 {
		return []string{"schema", "package", "name", "image", "defaultChannel"}
	}
	switch path[len(path)-1] {
	case "properties", "installModes":
		return []string{"type"}
	case "reference":
		return []string{"schema"}
	case "owned", "required":
		return []string{"name", "kind", "version", "displayName", "description"}
	}
	return []string{"name", "packageName", "group", "version", "kind"}
}

// judge lets operator-registry read what was written and convert it to its model, which is what `opm validate` does.
func (w *writer) judge() {
	cfg := declcfg.DeclarativeConfig{}
	for _, name := range w.files.Names() {
		f, _ := w.files.File(name)
		part, err := declcfg.LoadReader(bytes.NewReader(f.Data))
		if err != nil {
			w.add(diag.Errorf(diag.CatalogInvalid, "/catalog", "opm: %v", err))
			return
		}
		cfg.Merge(part)
	}
	if _, err := declcfg.ConvertToModel(cfg); err != nil {
		for _, line := range leavesOf(err.Error()) {
			w.add(diag.Errorf(diag.CatalogInvalid, "/catalog", "opm: %s", line))
		}
	}
}

// leavesOf takes the tree of findings that operator-registry prints apart: one line for each finding, with what stands
// above it in the tree, sorted, since the tree's order changes from run to run.
func leavesOf(tree string) []string {
	var out, above []string
	for line := range strings.Lines(strings.TrimRight(tree, "\n")) {
		text := strings.TrimLeft(line, " │├└─")
		depth := (len([]rune(line)) - len([]rune(text))) / 4
		text = strings.TrimRight(text, "\n")
		above = append(above[:min(depth, len(above))], strings.TrimSuffix(text, ":"))
		if !strings.HasSuffix(text, ":") {
			out = append(out, strings.Join(above, ": "))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
