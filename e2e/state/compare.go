package state

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/verify/equal"
)

// Expect says how the API server would store objects: with its defaults, and in its own way of writing quantities. It
// stores nothing. The objects must not be there; namespaces may be.
func (r *Reader) Expect(ctx context.Context, want []*kube.Object) ([]*kube.Object, error) {
	var in bytes.Buffer
	for _, o := range want {
		tree := model.Clone(o.Tree)
		if o.Kind() == "Namespace" {
			meta(tree)["name"] = "expected"
		} else if meta(tree)["namespace"] != nil {
			meta(tree)["namespace"] = "default"
		}
		if err := json.NewEncoder(&in).Encode(tree); err != nil {
			return nil, err
		}
	}
	text, err := r.cluster.Kubectl(ctx, in.String(), "create", "--dry-run=server", "--validate=strict", "-o", "json", "-f", "-")
	if err != nil {
		return nil, err
	}
	var out []*kube.Object
	for docs := json.NewDecoder(strings.NewReader(text)); ; {
		var tree model.Tree
		err := docs.Decode(&tree)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, o := range listed(tree) {
			out = append(out, &kube.Object{Tree: o})
		}
	}
	if len(out) != len(want) {
		return nil, fmt.Errorf("%d objects were asked for, and the API server spoke of %d", len(want), len(out))
	}
	for i, o := range out {
		meta(o.Tree)["name"] = want[i].Name()
		if ns := model.MetaString(want[i].Tree, "namespace"); ns != "" {
			meta(o.Tree)["namespace"] = ns
		}
	}
	return out, nil
}

// listed are the items of a List, or the object itself.
func listed(tree model.Tree) []model.Tree {
	items, ok := tree["items"].([]any)
	if !ok {
		return []model.Tree{tree}
	}
	var out []model.Tree
	for _, i := range items {
		out = append(out, i.(model.Tree))
	}
	return out
}

// Comparison holds what an installer left against what it must leave.
type Comparison struct {
	Case equal.Case      // which installer, along which settings
	Want []*kube.Object  // as Expect says it
	Used map[string]bool // is told the reasons of the rules that were needed; may be nil
}

// Differences are what differs, one a line, less what the cluster writes, what OLM does while it runs, and what
// verify/equal lets installers differ in.
func (c *Comparison) Differences(got Objects) []string {
	want := make(Objects, len(c.Want))
	for i, o := range c.Want {
		want[i] = model.Clone(o.Tree)
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
	findings, needed := c.Case.Compare(objects(want), c.made(want, got))
	for _, id := range needed {
		c.note(id)
	}
	var out []string
	for _, f := range findings {
		out = append(out, f.Text())
	}
	return out
}

func (c *Comparison) note(rule string) {
	if c.Used != nil {
		c.Used[rule] = true
	}
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
