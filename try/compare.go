package try

import (
	"context"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/try/plane"
	"github.com/opc-project/opc/try/state"
)

// expect asks the API server how it would store what the description says that a way leaves: with its defaults, and in its
// own way of writing quantities. Namespace and definitions are there by then, and nothing else, since some fields can't be
// changed. It returns nil where something is refused.
func (in *install) expect(ctx context.Context) ([]*kube.Object, error) {
	client := in.run.plane.Client
	defer client.Warnings() // told of the object itself
	var want []*kube.Object
	for _, o := range in.Truth {
		tree := in.home(o)
		got, err := client.Apply(ctx, tree, manager, true)
		if err != nil {
			return nil, in.run.refused("", o, tree, diag.ServerRefuses, "the API server refuses it", err)
		}
		want = append(want, &kube.Object{Tree: got, From: o.From})
	}
	return want, nil
}

// compare holds what a way left against what the description says that it leaves, both as the API server has them. So no
// way is compared with another, but all with the same.
func (in *install) compare() {
	if in.want == nil || len(in.objects) < len(in.Objects) {
		return // something was refused, which is told
	}
	var got state.Objects
	for _, o := range in.objects {
		if o.From == nil && o.Inner == nil && o.At.File == "" {
			continue // the namespace that whoever installs makes
		}
		tree := kube.Clone(o.Got)
		if len(in.certificates) > 0 {
			for _, c := range plane.Clients(tree) {
				c["caBundle"] = nil
			}
		}
		got = append(got, tree)
	}
	c := state.Comparison{Case: in.Case, Want: in.want}
	for _, f := range c.Differences(got) {
		f.Code, f.Who = diag.ServerDiffers, ""
		in.run.say(in.Name, f)
	}
}
