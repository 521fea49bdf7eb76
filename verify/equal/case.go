package equal

import (
	"cmp"
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/kube/equal"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// Installer is a way to put the operator into a cluster.
type Installer string

// The installers.
const (
	Helm      Installer = "helm"
	Kustomize Installer = "kustomize"
	Manifests Installer = "manifests" // kubectl apply -f install.yaml
	OLM       Installer = "olm"
)

// Rule is a difference that may be, with its reason.
type Rule struct {
	ID        string
	Installer Installer // "" for every one
	What      string    // what differs
	Why       string
	// apply takes the difference out of both sides, and reports whether there was one.
	apply func(*Case) bool
}

// Case is one comparison: what an installer leaves, and what the model says it must.
type Case struct {
	Installer Installer
	Name      string // for people, such as "overlay prod"
	Model     *model.Operator
	Overlay   model.Overlay
	Facts     Facts

	want, got map[kube.ID]*side
	used      map[string]bool
	shipped   map[kube.ID]bool // what the bundle has as a manifest
}

// Facts are what only the installer knows.
type Facts struct {
	Release    string // name of Helm's release
	ChartLabel string // value of helm.sh/chart
	AppVersion string
}

// side is an object of one side; its tree is the case's own to change.
type side struct {
	*kube.Object
	tree model.Tree
}

// Truth is what the model says an install along an overlay leaves. The objects know where they come from.
func Truth(m *model.Operator, ov model.Overlay, managedBy string) []*kube.Object {
	var out []*kube.Object
	for _, o := range m.Install(ov, managedBy) {
		out = append(out, &kube.Object{Tree: o.Tree, From: o.Trace})
	}
	return out
}

// Compare holds what was got against what is wanted, less what the rules take out. It returns the differences as
// findings and the IDs of the rules that were needed.
func (c *Case) Compare(want, got []*kube.Object) (findings []finding.Finding, used []string) {
	if c.Overlay.OmitNamespace && (c.Installer == Kustomize || c.Installer == Manifests) {
		got = placed(got, want, c.Overlay.Namespace)
	}
	c.want, c.got, c.used = sides(want), sides(got), map[string]bool{}
	for _, twice := range doubled(got) {
		findings = append(findings, c.finding(twice, "", "leaves this object twice"))
	}
	for _, r := range rules {
		if (r.Installer == c.Installer || r.Installer == "") && r.apply(c) {
			c.used[r.ID] = true
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(c.want), compareIDs) {
		w := c.want[id]
		g, ok := c.got[id]
		if !ok {
			findings = append(findings, c.finding(w, "", "does not leave this object"))
			continue
		}
		for _, d := range equal.Objects(w.tree, g.tree) {
			pointer := d.Pointer()
			f := c.finding(w, pointer, "leaves %s at %s: expected %s", Show(d.Got), at(pointer), Show(d.Want))
			f.At = g.Place(pointer)
			findings = append(findings, f)
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(c.got), compareIDs) {
		if _, ok := c.want[id]; !ok {
			findings = append(findings, c.finding(c.got[id], "", "leaves this object, which the description does not ask for"))
		}
	}
	return findings, slices.Sorted(maps.Keys(c.used))
}

// placed are objects as kubectl apply -n leaves them: those that omit their namespace are in the given one, where the same
// object is wanted there. A namespace that should have been omitted stays, and differs.
func placed(got, want []*kube.Object, namespace string) []*kube.Object {
	out := slices.Clone(got)
	for i, o := range out {
		j := slices.IndexFunc(want, func(w *kube.Object) bool {
			return w.Kind() == o.Kind() && w.APIVersion() == o.APIVersion() && w.Name() == o.Name() && model.MetaString(w.Tree, "namespace") == namespace
		})
		if j < 0 {
			continue
		}
		copied := *o
		copied.Tree = model.Clone(o.Tree)
		meta := copied.Tree["metadata"].(map[string]any)
		if meta["namespace"] == nil {
			meta["namespace"] = namespace
		} else {
			meta["namespace"] = nil
		}
		for _, k := range model.OwnSubjects(want[j].Tree, namespace) {
			subjects := kube.List(copied.Tree["subjects"])
			if k < len(subjects) {
				if subject := kube.Map(subjects[k]); subject != nil && subject["namespace"] == nil {
					subject["namespace"] = namespace
				}
			}
		}
		out[i] = &copied
	}
	return out
}

func (c *Case) finding(s *side, pointer, format string, args ...any) finding.Finding {
	f := finding.Of(s.Object, diag.NotEqual, diag.Error, pointer, format, args...)
	f.Who, f.Via = c.Name, string(c.Installer)
	return f
}

func at(pointer string) string {
	if pointer == "" {
		return "its root"
	}
	return pointer
}

// sides indexes copies of objects.
func sides(objects []*kube.Object) map[kube.ID]*side {
	out := make(map[kube.ID]*side, len(objects))
	for _, o := range objects {
		s := &side{Object: o, tree: model.Clone(kube.WithSubjects(o.Tree, ""))}
		out[o.ID()] = s
	}
	return out
}

// doubled are the objects that have the identity of one before them: of two, a comparison sees the last alone.
func doubled(objects []*kube.Object) []*side {
	seen := map[kube.ID]bool{}
	var out []*side
	for _, o := range objects {
		if seen[o.ID()] {
			out = append(out, &side{Object: o, tree: o.Tree})
		}
		seen[o.ID()] = true
	}
	return out
}

func compareIDs(a, b kube.ID) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Group, b.Group))
}
