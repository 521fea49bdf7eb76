package importer

import (
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/judge"
)

// findSamples reads the examples of the project's APIs.
func (p *project) findSamples() {
	for _, name := range p.list("config/samples") {
		if !kube.IsManifest(name) {
			continue
		}
		for _, d := range p.objects(name) {
			if d.kind() != "" && d.name() != "" {
				p.samples = append(p.samples, d)
			}
		}
	}
}

// checkSamples leaves out what is no example of the APIs that were built: objects of other kinds, which users apply
// beside them, and examples that the API server would refuse. The scaffold of an API is often such a one.
func (p *project) checkSamples(built []*document) {
	set := kube.Set{Name: "the project"}
	for _, d := range built {
		if d.kind() == "CustomResourceDefinition" {
			set.Objects = append(set.Objects, &kube.Object{Tree: d.tree})
		}
	}
	owned := func(d *document) bool {
		for _, o := range set.Objects {
			if get(o.Tree, "spec", "group") == d.group() && get(o.Tree, "spec", "names", "kind") == d.kind() {
				return true
			}
		}
		return false
	}
	of := map[*kube.Object]*document{}
	var examples []*kube.Object
	for _, d := range p.samples {
		if owned(d) {
			o := &kube.Object{Tree: d.tree}
			of[o], examples = d, append(examples, o)
		}
	}
	refused := map[*kube.Object]bool{}
	for _, f := range judge.NewBench(judge.Context{}).Examples(set, examples) {
		if d := of[f.Object]; d != nil && f.Severity == diag.Error && !refused[f.Object] {
			refused[f.Object] = true
			p.lost(d.find(diag.Path(f.Pointer).Elems()...), "the example %s %s is not carried over: the API server would reject it: %s", d.kind(), d.name(), f.Message)
		}
	}
	p.samples = nil
	for _, o := range examples {
		if !refused[o] {
			p.samples = append(p.samples, of[o])
		}
	}
}
