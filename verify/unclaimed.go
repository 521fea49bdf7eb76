package verify

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/equal"
	"github.com/opc-project/opc/verify/finding"
)

// unclaimed judges the files that no target's own judge reads: the objects in them, each by itself. A file of which no
// object can be read is proven by nobody, so it is a defect of the target.
func (c *check) unclaimed() []finding.Finding {
	var out []finding.Finding
	for _, name := range c.files.Names() {
		if claimed(name) {
			continue
		}
		var objects []*kube.Object
		if ext := path.Ext(name); ext == ".yaml" || ext == ".yml" || ext == ".json" {
			f, _ := c.files.File(name)
			found, faults := kube.Objects(name, f.Data)
			out = append(out, finding.OfFaults(faults)...)
			if objects = found; len(faults) > 0 {
				continue
			}
		}
		if c.own(name) {
			out = append(out, c.bench.Objects(objects)...)
			out = append(out, c.unknown(objects, false)...)
			continue
		}
		if len(objects) == 0 {
			out = append(out, finding.InFile(kube.Place{File: name}, diag.Internal, diag.Error, "a target wrote a file that has no judge").
				WithHint("this is a defect in opc: add a judge for the target in verify/targets.go"))
			continue
		}
		out = append(out, c.bench.Objects(objects)...)
		out = append(out, c.unknown(objects, true)...)
	}
	return out
}

// own reports whether a file is of a target that stands beside the description.
func (c *check) own(name string) bool {
	folder, _, _ := strings.Cut(name, "/")
	return slices.Contains(c.opts.Own, folder)
}

// unknown judges objects of APIs of which opc has no Go types: those of the operator by its definitions, and if asked the
// others by what no API means.
func (c *check) unknown(objects []*kube.Object, others bool) []finding.Finding {
	var out []finding.Finding
	definitions := equal.Truth(c.m, c.m.DefaultOverlay(), "")
	for _, o := range objects {
		own := slices.ContainsFunc(c.m.CRDs, func(crd model.CRD) bool { return o.Is(crd.Group, crd.Kind) })
		switch {
		case own:
			out = append(out, c.bench.Examples(kube.Set{Objects: definitions}, []*kube.Object{o})...)
		case others && !c.bench.Knows(o):
			out = append(out, empty(o, "", o.Tree)...)
		}
	}
	return out
}

// empty finds texts that say nothing: a field that a target wrote from what the description does not say. Without a
// schema that is all that can be known of it, and where a field may be left out, that is how to say nothing.
func empty(o *kube.Object, pointer string, v any) []finding.Finding {
	var out []finding.Finding
	switch x := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			out = append(out, empty(o, pointer+"/"+diag.Escape(k), x[k])...)
		}
	case []any:
		for i, e := range x {
			out = append(out, empty(o, fmt.Sprintf("%s/%d", pointer, i), e)...)
		}
	case string:
		if x == "" {
			out = append(out, finding.Of(o, diag.InvalidObject, diag.Error, pointer, "the field is empty: set a value or omit the field"))
		}
	case nil:
		out = append(out, finding.Of(o, diag.InvalidObject, diag.Error, pointer, "the field is null: set a value or omit the field"))
	}
	return out
}
