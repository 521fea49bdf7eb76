package verify

import (
	"slices"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/bundle"
	"github.com/opc-project/opc/verify/finding"
	"github.com/opc-project/opc/verify/judge"
)

// judged judges a bundle: its objects and what OLM makes of them, its examples, OLM's validators, and the profiles.
func judged(b *bundle.Bundle, bench *judge.Bench, opts Options, install judge.Install, namespace string, examples bool) []finding.Finding {
	out := b.Judge(opts.hub())
	set := kube.Set{Name: b.Name(), Objects: b.Install(namespace)}
	made := bench.Set(set, certified(b, install))
	if b.CSV != nil {
		out = append(out, unmade(bench.Objects([]*kube.Object{b.CSV}), made)...)
	}
	out = append(out, made...)
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

// certified adds the Secrets to an install that OLM makes for webhooks.
func certified(b *bundle.Bundle, install judge.Install) judge.Install {
	secrets, before := b.Certificates(), install.Provided
	install.Provided = func(kind, name string) bool {
		return kind == "Secret" && slices.Contains(secrets, name) || before != nil && before(kind, name)
	}
	return install
}

// unmade leaves out what is found of a ClusterServiceVersion and told of what OLM makes of that part, too.
func unmade(findings, made []finding.Finding) []finding.Finding {
	type where struct {
		code diag.Code
		at   kube.Place
	}
	told := map[where]bool{}
	for _, f := range made {
		told[where{f.Code, f.Place()}] = true
	}
	return slices.DeleteFunc(slices.Clone(findings), func(f finding.Finding) bool { return told[where{f.Code, f.Place()}] })
}
