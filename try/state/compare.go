// Package state holds what an installer left in a cluster against what the description asks for. What may differ between
// installers is the list of opc's own proof, verify/equal: this package adds no opinion of its own. It only takes out what
// the cluster itself writes into objects (rules.go), and what OLM does while it runs (olm.go).
package state

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/verify/equal"
	"github.com/opc-project/opc/verify/finding"
)

// Objects are objects as the API server has them.
type Objects []model.Tree

// Comparison holds what an installer left against what it must leave.
type Comparison struct {
	Case equal.Case      // which installer, along which settings
	Want []*kube.Object  // as Expect says it
	Used map[string]bool // is told the reasons of the rules that were needed; may be nil
}

// Differences are what differs, less what the cluster writes, what OLM does while it runs, and what
// verify/equal lets installers differ in.
func (c *Comparison) Differences(got Objects) []finding.Finding {
	from := map[kube.ID]*kube.Object{}
	want := make(Objects, len(c.Want))
	for i, o := range c.Want {
		want[i], from[o.ID()] = model.Clone(o.Tree), o
	}
	for _, r := range Cluster {
		if either(r.Drop(&got), r.Drop(&want)) { // the API server writes into what it only shows, too
			c.note(r.Why)
		}
	}
	if c.Case.Installer == equal.OLM {
		for _, r := range OLM {
			if r.Drop(&got) {
				c.note(r.Why)
			}
		}
	}
	if c.Case.Installer == equal.Helm || c.Case.Installer == equal.OLM {
		got = slices.DeleteFunc(got, func(o model.Tree) bool { return o["kind"] == "Namespace" }) // of whoever installed
	}
	if c.Case.Installer == equal.Helm {
		relabelled(want)
	}
	findings, needed := c.Case.Compare(said(want, from), c.made(want, got))
	for _, id := range needed {
		c.note(id)
	}
	return findings
}

func (c *Comparison) note(rule string) {
	if c.Used != nil {
		c.Used[rule] = true
	}
}

// said are objects with the places of the description where they are said.
func said(list Objects, from map[kube.ID]*kube.Object) []*kube.Object {
	out := objects(list)
	for _, o := range out {
		if w := from[o.ID()]; w != nil {
			o.From = w.From
		}
	}
	return out
}

func objects(list Objects) []*kube.Object {
	out := make([]*kube.Object, len(list))
	for i, o := range list {
		out[i] = &kube.Object{Tree: o}
	}
	return out
}

// made marks what OLM made of a ClusterServiceVersion, as opposed to what it took from the bundle as it is: Deployments,
// service accounts, and what has a name that the description does not say.
func (c *Comparison) made(want, got Objects) []*kube.Object {
	out := objects(got)
	if c.Case.Installer != equal.OLM {
		return out
	}
	asked := map[kube.ID]bool{}
	for _, o := range objects(want) {
		asked[o.ID()] = true
	}
	for _, o := range out {
		if asked[o.ID()] && o.Kind() != "Deployment" && o.Kind() != "ServiceAccount" {
			continue
		}
		o.Inner = func(pointer string) string { return pointer }
	}
	return out
}
