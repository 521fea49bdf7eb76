package kustomize

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
)

// baseComment stands above the base.
func (w *writer) baseComment() string {
	return fmt.Sprintf("%s %s with every feature off. Made by opc from the description.\n", w.m.Name, w.m.Version) +
		"Overlays (../overlays) add features (../components) and choose the namespace. Applied by itself, this needs the\n" +
		"namespace " + w.m.Namespace + "."
}

// componentComment tells what a component is for and what it needs.
func (w *writer) componentComment(l *layer) string {
	var b strings.Builder
	least := w.features.least(l.set)
	if len(least) == 1 {
		fmt.Fprintf(&b, "Feature %s", least[0].Name)
		if least[0].Doc != "" {
			b.WriteString(": " + strings.TrimSpace(least[0].Doc))
		}
		b.WriteString("\n")
	} else {
		var list []string
		for _, f := range least {
			list = append(list, f.Name)
		}
		fmt.Fprintf(&b, "What the features %s add where they are on together.\n", join(list))
	}
	if below := w.below(l); len(below) > 0 {
		fmt.Fprintf(&b, "An overlay lists it below %s.\n", join(below))
	}
	var foreign []string
	for _, n := range l.resources {
		o := w.subjects[n]
		if api := o.Kind() + " (" + o.APIVersion() + ")"; w.foreign(o.Object) && !slices.Contains(foreign, api) {
			foreign = append(foreign, api)
		}
	}
	if len(foreign) > 0 {
		fmt.Fprintf(&b, "The cluster must know %s.\n", join(foreign))
	}
	return b.String()
}

// below names the components that a component builds upon: those of its subsets, but not of theirs.
func (w *writer) below(l *layer) []string {
	var parts []*layer
	for _, other := range w.sorted() {
		if len(other.set) > 0 && len(other.set) < len(l.set) && l.set.contains(other.set) {
			parts = append(parts, other)
		}
	}
	var out []string
	for _, p := range parts {
		part := func(q *layer) bool { return len(q.set) > len(p.set) && q.set.contains(p.set) }
		if !slices.ContainsFunc(parts, part) {
			out = append(out, w.features.folder(p.set))
		}
	}
	return out
}

// foreign reports whether an object is of an API that neither Kubernetes nor this operator brings.
func (t *tree) foreign(o model.Object) bool {
	group, _, _ := strings.Cut(o.APIVersion(), "/")
	return !builtin(o) && !slices.ContainsFunc(t.m.CRDs, func(c model.CRD) bool { return c.Group == group })
}

// join lists things in a sentence.
func join(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// overlayComment stands above an overlay.
func overlayComment(m *model.Operator, ov model.Overlay) string {
	return fmt.Sprintf("The overlay %s of %s. Made by opc from the description.\n", ov.Name, m.Name) +
		"For an overlay of your own, copy this folder beside it: everything in the copy may be changed, and opc leaves it alone.\n" +
		"Say there what else differs: replicas, images, labels, patches.\n\n  kubectl apply --server-side -k ."
}

// componentsComment tells which features are off, and what switches them on.
func (w *writer) componentsComment(on set) string {
	var b strings.Builder
	b.WriteString("What is on. A component stands below those that it builds upon, as its own comment says.")
	var off []string
	for i, f := range w.features.list {
		if slices.Contains(on, i) {
			continue
		}
		var adds []string
		with := on.union(w.features.closed[i])
		for _, l := range w.sorted() {
			if len(l.set) > 0 && with.contains(l.set) && !on.contains(l.set) {
				adds = append(adds, w.features.folder(l.set))
			}
		}
		if len(adds) > 0 {
			off = append(off, fmt.Sprintf("\n  %s: %s", f.Name, strings.Join(adds, ", ")))
		}
	}
	if len(off) > 0 {
		b.WriteString("\nWhat is off, and the components that switch it on:" + strings.Join(off, ""))
	}
	return b.String()
}
