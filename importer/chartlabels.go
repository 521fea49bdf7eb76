package importer

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// helmLabel is the label by which charts say their name and version.
const helmLabel = "helm.sh/chart"

// sourceLabels are the labels by which the selectors of a chart find its pods and Services.
type sourceLabels struct {
	sets   []tree                     // of each pod and Service, as they are rendered
	kept   map[string]map[string]bool // labels of Helm's own that an object keeps, since a selector needs them
	called string                     // name of the release in the source
}

func newSourceLabels(release string) *sourceLabels {
	return &sourceLabels{kept: map[string]map[string]bool{}, called: release}
}

// see takes the labels of what selectors can find.
func (l *sourceLabels) see(docs []*document) {
	for _, d := range docs {
		labels := object(get(d.tree, selectable(d.tree)...))
		if len(labels) > 0 && !slices.ContainsFunc(l.sets, func(s tree) bool { return reflect.DeepEqual(s, labels) }) {
			l.sets = append(l.sets, labels)
		}
	}
}

// selectable is where an object has the labels that selectors of other objects look for, or nil.
func selectable(t tree) []string {
	switch {
	case kube.SelectsItsPods(text(t["kind"])):
		return []string{"spec", "template", "metadata", "labels"}
	case t["kind"] == "Service":
		return []string{"metadata", "labels"}
	}
	return nil
}

// find reports whether a selector finds something of the chart.
func (l *sourceLabels) find(selector tree) bool {
	return slices.ContainsFunc(l.sets, func(set tree) bool { return hasAll(set, selector) })
}

func hasAll(set, wanted tree) bool {
	for k, v := range wanted {
		if have, ok := set[k]; !ok || !reflect.DeepEqual(have, v) {
			return false
		}
	}
	return true
}

// concerns reports whether objects have selectors, which other label sets than those seen so far can decide on.
func (l *sourceLabels) concerns(docs []*document) bool {
	return slices.ContainsFunc(docs, func(d *document) bool { return len(kube.Selections(d.tree)) > 0 })
}

// keep notes which labels of Helm's own must stay on pods and Services: those in selectors that can't do without.
func (r *rendering) keep(docs []*document) {
	for _, d := range docs {
		for _, s := range kube.Selections(d.tree) {
			for k, v := range r.withoutHelms(s) {
				if r.helmsOwn(k, v) {
					r.labels.keep(docs, s.Labels, k)
				}
			}
		}
	}
}

// keep lets what a selector finds keep a label.
func (l *sourceLabels) keep(docs []*document, selector tree, label string) {
	for _, o := range docs {
		key := keyOf(o.tree)
		if path := selectable(o.tree); path == nil || !hasAll(object(get(o.tree, path...)), selector) {
			continue
		}
		if l.kept[key] == nil {
			l.kept[key] = map[string]bool{}
		}
		l.kept[key][label] = true
	}
}

func keyOf(t tree) string {
	return fmt.Sprintf("%v/%s", t["kind"], model.MetaString(t, "name"))
}

// unlabel takes the labels off that Helm's conventions ask for and every chart of opc writes by itself
// (https://helm.sh/docs/chart_best_practices/labels/), and those in selectors that the chart of opc writes, too.
func (r *rendering) unlabel(t tree) {
	if t["kind"] == "CustomResourceDefinition" {
		r.unlabelIn(tree{"metadata": t["metadata"]}) // schemas may have properties of any name
		return
	}
	for _, s := range kube.Selections(t) {
		s.Replace(r.renamed(r.withoutHelms(s)))
	}
	labels := object(get(t, "metadata", "labels"))
	if value, ok := labels[model.LabelInstance]; ok && value != r.release.Name {
		r.unlabelSame(labels, model.LabelInstance, r.release.Name)
	}
	found, kept := object(get(t, selectable(t)...)), tree{}
	for k := range r.labels.kept[keyOf(t)] {
		if v, ok := found[k]; ok {
			kept[k] = v
		}
	}
	r.unlabelIn(t)
	maps.Copy(found, r.renamed(kept))
}

// simplify turns conditions of selectors on labels of Helm's own into the labels that they mean.
func (r *rendering) simplify(v any) {
	switch x := v.(type) {
	case tree:
		if all, ok := x["matchExpressions"].([]any); ok {
			rest := slices.DeleteFunc(slices.Clone(all), func(e any) bool { return r.simplified(x, object(e)) })
			if x["matchExpressions"] = rest; len(rest) == 0 {
				delete(x, "matchExpressions")
			}
		}
		for _, e := range x {
			r.simplify(e)
		}
	case []any:
		for _, e := range x {
			r.simplify(e)
		}
	}
}

// simplified says a condition of a selector as a label, if it wants one value.
func (r *rendering) simplified(selector, condition tree) bool {
	key, values := text(condition["key"]), texts(condition["values"])
	if condition["operator"] != "In" || len(values) != 1 || !r.helmsOwn(key, values[0]) || get(selector, "matchLabels", key) != nil {
		return false
	}
	put(selector, values[0], "matchLabels", key)
	return true
}

// withoutHelms are the labels of a selector without Helm's own. Those stay where the selector finds nothing of the chart,
// and where no other labels select. The name of the release stays where the chart would not write it by itself.
func (r *rendering) withoutHelms(s kube.Selection) tree {
	out := tree{}
	for k, v := range s.Labels {
		if !r.helmsOwn(k, v) || s.Explicit && k == model.LabelInstance {
			out[k] = v
		}
	}
	if len(out) == 0 || !r.labels.find(s.Labels) {
		return clone(s.Labels)
	}
	return out
}

// renamed says the name of the release as the source does.
func (r *rendering) renamed(labels tree) tree {
	if labels[model.LabelInstance] == r.release.Name {
		labels[model.LabelInstance] = r.labels.called
	}
	return labels
}

// helmsOwn reports whether a chart of opc writes a label by itself.
func (r *rendering) helmsOwn(label string, value any) bool {
	switch label {
	case helmLabel:
		return true
	case model.LabelManagedBy:
		return value == "Helm"
	case model.LabelVersion:
		return value == r.version
	case model.LabelInstance:
		return value == r.release.Name
	}
	return false
}

// unlabelIn takes the labels off all metadata of an object.
func (r *rendering) unlabelIn(v any) {
	switch x := v.(type) {
	case tree:
		for k, e := range x {
			if labels := object(get(object(e), "labels")); k == "metadata" && labels != nil {
				r.unlabelOne(labels) // elsewhere labels are said to somebody else, who makes something with them
			}
			r.unlabelIn(e)
		}
	case []any:
		for _, e := range x {
			r.unlabelIn(e)
		}
	}
}

func (r *rendering) unlabelOne(labels tree) {
	delete(labels, helmLabel)
	r.unlabelSame(labels, model.LabelManagedBy, "Helm")
	r.unlabelSame(labels, model.LabelVersion, r.version)
	if labels[model.LabelInstance] == r.release.Name {
		delete(labels, model.LabelInstance)
	}
}

// unlabelSame takes a label off that a chart of opc writes with a value of its own. What the source writes instead is noted.
func (r *rendering) unlabelSame(labels tree, label, usual string) {
	value, ok := labels[label]
	if ok && value != usual {
		r.helms[label+"="+text(value)] = true
	}
	delete(labels, label)
}
