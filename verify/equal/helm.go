package equal

import (
	"cmp"
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm"
	"github.com/opc-project/opc/kube"
)

var helmRules = []Rule{
	{
		ID: "helm-namespace", Installer: Helm, What: "The chart contains no Namespace.",
		Why:   "Helm stores the release in the namespace before it creates objects. helm install --create-namespace creates the namespace.",
		apply: func(c *Case) bool { return c.lost(helm.Target) },
	},
	{
		ID: "helm-tests", Installer: Helm, What: "Objects with the annotation helm.sh/hook.",
		Why: "They are not part of the release: helm test creates them on request, and can delete them.",
		apply: func(c *Case) bool {
			used := false
			for id, g := range c.got {
				if hook := g.mapAt("metadata", "annotations")["helm.sh/hook"]; hook != nil && c.want[id] == nil {
					delete(c.got, id)
					used = true
				}
			}
			return used
		},
	},
	{
		ID: "helm-instance", Installer: Helm, What: "The label app.kubernetes.io/instance, with the release's name, on pods and in the selectors that select them or the chart's Services.",
		Why:   "Without it, two releases of the chart in one namespace would share their pods.",
		apply: (*Case).instances,
	},
	{
		ID: "helm-labels", Installer: Helm, What: "The labels helm.sh/chart, app.kubernetes.io/name, instance, version and managed-by on objects that have no such labels in the description.",
		Why: "Helm's conventions require them on every object, and Helm adopts only objects with the label managed-by.",
		apply: func(c *Case) bool {
			return c.labelled(func(labels, own map[string]any) bool {
				used := false
				for key, value := range own {
					if labels[key] == nil && value != "" {
						labels[key], used = value, true
					}
				}
				return used
			})
		},
	},
	{
		ID: "helm-owner", Installer: Helm, What: "The values of the labels helm.sh/chart, app.kubernetes.io/instance and managed-by, where the description sets other values.",
		Why: "They name the owner of an object. Helm refuses to upgrade objects with another owner.",
		apply: func(c *Case) bool {
			return c.labelled(func(labels, own map[string]any) bool {
				used := false
				for _, key := range []string{labelChart, model.LabelInstance, model.LabelManagedBy} {
					if labels[key] != nil && labels[key] != own[key] {
						labels[key], used = own[key], true
					}
				}
				return used
			})
		},
	},
	{
		ID: "helm-keep", Installer: Helm, What: "The annotation helm.sh/resource-policy: keep on CustomResourceDefinitions.",
		Why: "Deleting a CustomResourceDefinition deletes all its custom resources, so helm uninstall must keep it. Those in the folder crds have no such annotation, because Helm never deletes them.",
		apply: func(c *Case) bool {
			return c.each(func(w, _ *side) bool {
				if w.Kind() != crdKind || c.Model.Helm.CRDs == "crds" {
					return false
				}
				w.made("metadata", "annotations")["helm.sh/resource-policy"] = "keep"
				return true
			})
		},
	},
	{
		ID: "helm-jobs", Installer: Helm, What: "The annotations helm.sh/hook and helm.sh/hook-delete-policy on workloads of the kind Job.",
		Why: "The pods of a Job can't be changed. As a hook, Helm creates the Job again after each upgrade.",
		apply: func(c *Case) bool {
			return c.each(func(w, g *side) bool {
				if w.Kind() != "Job" || g.mapAt("metadata", "annotations")["helm.sh/hook"] == nil || w.mapAt("metadata", "annotations")["helm.sh/hook"] != nil {
					return false
				}
				maps.Copy(w.made("metadata", "annotations"), helm.JobHook())
				return true
			})
		},
	},
}

const (
	labelChart = "helm.sh/chart"
	crdKind    = "CustomResourceDefinition"
)

// labelled calls f with the labels that are wanted of each object, and those of the chart's own. Definitions in the
// folder crds are no templates, and have no others than their own.
func (c *Case) labelled(f func(labels, own map[string]any) bool) bool {
	own := map[string]any{
		labelChart: c.Facts.ChartLabel, model.LabelName: c.Model.Name, model.LabelInstance: c.Facts.Release,
		model.LabelVersion: c.Facts.AppVersion, model.LabelManagedBy: "Helm",
	}
	return c.each(func(w, _ *side) bool {
		if w.Kind() == crdKind && c.Model.Helm.CRDs == "crds" {
			return false
		}
		return f(w.made("metadata", "labels"), own)
	})
}

// instances asks for the label on pods and in selectors.
func (c *Case) instances() bool {
	pods, services := c.labelSets()
	used := false
	for _, w := range c.want {
		for _, s := range kube.Selections(w.tree) {
			sets := pods
			switch {
			case s.Explicit && s.Labels[model.LabelInstance] == nil:
				continue
			case s.Explicit:
				sets = slices.Concat(pods, services)
			case s.Services:
				sets = services
			}
			if s.Labels[model.LabelInstance] == cmp.Or(c.Model.NamePrefix, c.Model.Name) {
				sets = []map[string]any{s.Labels} // it names the release
			}
			if !slices.ContainsFunc(sets, func(set map[string]any) bool { return contains(set, s.Labels) }) {
				continue
			}
			s.Labels[model.LabelInstance], used = c.Facts.Release, true
			if !s.Explicit && kube.SelectsItsPods(w.Kind()) {
				w.made("spec", "template", "metadata", "labels")[model.LabelInstance] = c.Facts.Release
			}
		}
	}
	return used
}

// labelSets are the labels of the pods of the description's workloads, and of its Services, at default values.
func (c *Case) labelSets() (pods, services []map[string]any) {
	scope := c.Model.Scope(c.Model.DefaultOverlay())
	for _, o := range c.Model.Objects {
		path, into := []string{"spec", "template", "metadata", "labels"}, &pods
		switch {
		case kube.SelectsItsPods(o.Kind()):
		case o.Kind() == "Service":
			path, into = []string{"metadata", "labels"}, &services
		default:
			continue
		}
		if labels := kube.Map(scope.Resolve(model.At(o.Tree, path...))); labels != nil {
			*into = append(*into, labels)
		}
	}
	return pods, services
}
