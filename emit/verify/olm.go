package verify

import (
	"github.com/opc-project/opc/emit/verify/bundle"
	"github.com/opc-project/opc/emit/verify/judge"
	"github.com/opc-project/opc/emit/verify/manifest"
)

// judged judges a bundle: its objects and what OLM makes of them, its examples, OLM's validators, and the profiles.
func judged(b *bundle.Bundle, bench *judge.Bench, opts Options, install judge.Install, namespace string, examples bool) []manifest.Finding {
	out := b.Judge(opts.hub())
	if b.CSV != nil {
		out = append(out, bench.Objects([]*manifest.Object{b.CSV})...)
	}
	set := manifest.Set{Name: b.Name(), Objects: b.Install(namespace)}
	out = append(out, bench.Set(set, install)...)
	if examples {
		list, more := b.Examples()
		out = append(append(out, more...), bench.Examples(set, list)...)
	}
	out = append(out, b.Validate(opts.hub())...)
	if opts.has(OLMv1) {
		out = append(out, b.V1()...)
	}
	if opts.has(Community) || opts.has(RedHat) {
		out = append(out, b.Community()...)
	}
	if opts.has(RedHat) {
		out = append(out, b.RedHat()...)
	}
	return out
}
