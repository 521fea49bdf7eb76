// Package fbc judges file-based catalogs with operator-registry's own code, and holds a catalog's entry of a bundle
// against the bundle.
package fbc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/operator-framework/operator-registry/alpha/declcfg"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// Catalog is a catalog as its files say it.
type Catalog struct {
	Dir   string
	blobs []blob
	cfg   declcfg.DeclarativeConfig
	whole bool // every file could be read
}

// blob is one document of a catalog.
type blob struct {
	tree model.Tree
	at   kube.Place
}

func (b blob) text(field string) string { return kube.Text(b.tree[field]) }

// IsBlob reports whether a document belongs to a catalog.
func IsBlob(v any) bool {
	tree := kube.Map(v)
	schema := kube.Text(tree["schema"])
	return strings.HasPrefix(schema, "olm.")
}

// Load reads a catalog from its files, by their names below dir.
func Load(dir string, files map[string][]byte) (*Catalog, []finding.Finding) {
	c := &Catalog{Dir: dir, whole: true}
	var findings []finding.Finding
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file := path.Join(dir, name)
		docs, faults := kube.Read(file, files[name])
		findings = append(findings, finding.OfFaults(faults)...)
		c.whole = c.whole && len(faults) == 0
		for i, d := range docs {
			if tree, ok := d.Value.(map[string]any); ok {
				c.blobs = append(c.blobs, blob{tree, kube.Place{File: file, Doc: i}})
			}
		}
		part, err := declcfg.LoadReader(bytes.NewReader(files[name]))
		if err != nil {
			findings = append(findings, finding.InFile(kube.Place{File: file}, diag.CatalogRefused, diag.Error, "opm: %v", err))
			c.whole = false
			continue
		}
		c.cfg.Merge(part)
	}
	return c, findings
}

// Judge converts the catalog to operator-registry's model, which is what opm validate does.
func (c *Catalog) Judge() []finding.Finding {
	var out []finding.Finding
	if c.whole {
		if _, err := declcfg.ConvertToModel(c.cfg); err != nil {
			for _, line := range leaves(err.Error()) {
				out = append(out, finding.InFile(c.about(line), diag.CatalogRefused, diag.Error, "opm: %s", line))
			}
		}
	}
	return out
}

// Edges finds entries that replace or skip nothing: OLM can't walk from a version that the channel does not list. A
// channel may be cut off on purpose, so it is a warning, and only for catalogs that stand by themselves.
func (c *Catalog) Edges() []finding.Finding {
	var out []finding.Finding
	for _, b := range c.blobs {
		if b.text("schema") != declcfg.SchemaChannel {
			continue
		}
		entries := kube.List(b.tree["entries"])
		listed, replaced := map[string]bool{}, map[string]bool{}
		for _, e := range entries {
			entry := kube.Map(e)
			name := kube.Text(entry["name"])
			listed[name] = true
			skips := kube.List(entry["skips"])
			for _, s := range skips {
				skipped := kube.Text(s)
				replaced[skipped] = true
			}
		}
		for i, e := range entries {
			entry := kube.Map(e)
			if old := kube.Text(entry["replaces"]); old != "" && !listed[old] && !replaced[old] {
				at := b.at
				at.Pointer = fmt.Sprintf("/entries/%d/replaces", i)
				out = append(out, finding.InFile(at, diag.ReleaseGraph, diag.Warning, "%v replaces %s, which the channel %s does not list", entry["name"], old, b.text("name")))
			}
		}
	}
	return out
}

// about finds the document that a finding speaks of: the one whose name stands in it, the longest name first.
func (c *Catalog) about(text string) kube.Place {
	best, length := kube.Place{File: c.Dir}, 0
	for _, b := range c.blobs {
		name := b.text("name")
		if len(name) > length && strings.Contains(text, `"`+name+`"`) && strings.Contains(text, strings.TrimPrefix(b.text("schema"), "olm.")) {
			best, length = b.at, len(name)
		}
	}
	if best.File == c.Dir && len(c.blobs) > 0 {
		best = c.blobs[0].at
		best.Pointer = ""
	}
	return best
}

// leaves takes the tree of findings that operator-registry prints apart: one line for each finding, with what stands
// above it. It is sorted, since the tree's order changes from run to run.
func leaves(tree string) []string {
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

// canonical writes a value so that equal ones are the same text, whatever made it.
func canonical(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	var plain any
	if json.Unmarshal(text, &plain) == nil {
		text, _ = json.Marshal(plain)
	}
	return string(text)
}
