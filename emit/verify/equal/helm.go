package equal

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
)

var helmRules = []Rule{
	{
		ID: "helm-namespace", Installer: Helm, What: "The chart makes no Namespace.",
		Why:   "Helm stores the release in the namespace before it makes an object; helm install --create-namespace makes it.",
		apply: noNamespace,
	},
	{
		ID: "helm-tests", Installer: Helm, What: "Objects with the annotation helm.sh/hook.",
		Why: "They are no part of the release: helm test runs them on request and can delete them.",
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
		ID: "helm-labels", Installer: Helm, What: "The labels helm.sh/chart, app.kubernetes.io/name, instance, version and managed-by on objects that don't have them otherwise.",
		Why: "Helm's conventions ask for them on every object, and Helm itself looks for managed-by before it adopts one.",
		apply: func(c *Case) bool {
			own := map[string]any{
				"helm.sh/chart": c.Facts.ChartLabel, model.LabelName: c.Model.Name, model.LabelInstance: c.Facts.Release,
				model.LabelVersion: c.Facts.AppVersion, model.LabelManagedBy: "Helm",
			}
			return c.each(func(w, g *side) bool {
				used := false
				for key, value := range own {
					if w.mapAt("metadata", "labels")[key] == nil && drop(g.mapAt("metadata", "labels"), key, value) {
						used = true
					}
				}
				return used
			})
		},
	},
	{
		ID: "helm-owner", Installer: Helm, What: "The values of the labels helm.sh/chart, app.kubernetes.io/instance and managed-by, where the description says others.",
		Why: "They say whose an object is, and in a release it is Helm's: Helm refuses to upgrade what names another owner.",
		apply: func(c *Case) bool {
			own := map[string]any{"helm.sh/chart": c.Facts.ChartLabel, model.LabelInstance: c.Facts.Release, model.LabelManagedBy: "Helm"}
			return c.each(func(w, g *side) bool {
				return replaced(w.mapAt("metadata", "labels"), g.mapAt("metadata", "labels"), own)
			})
		},
	},
	{
		ID: "helm-instance", Installer: Helm, What: "The label app.kubernetes.io/instance on pods, and in the selectors that select them: the release's, whether the description has it or not.",
		Why:   "Without it two releases of the chart in one namespace would share their pods.",
		apply: func(c *Case) bool { return c.each(func(w, g *side) bool { return instance(c.Facts.Release, w, g) }) },
	},
	{
		ID: "helm-keep", Installer: Helm, What: "The annotation helm.sh/resource-policy: keep on CustomResourceDefinitions.",
		Why: "Deleting a definition deletes every object of its API; helm uninstall must not.",
		apply: func(c *Case) bool {
			return c.each(func(w, g *side) bool {
				return w.Kind() == "CustomResourceDefinition" && drop(g.mapAt("metadata", "annotations"), "helm.sh/resource-policy", "keep")
			})
		},
	},
}

// labelPlaces are where pods are labelled, and selected by labels.
var labelPlaces = [][]string{
	{"spec", "template", "metadata", "labels"}, {"spec", "selector", "matchLabels"}, {"spec", "podSelector", "matchLabels"}, {"spec", "selector"},
}

func instance(release string, w, g *side) bool {
	used := false
	for _, path := range labelPlaces {
		if slices.Equal(path, []string{"spec", "selector"}) && g.mapAt("spec", "selector", "matchLabels") != nil {
			continue
		}
		switch {
		case w.mapAt(path...)[model.LabelInstance] != nil:
			used = replaced(w.mapAt(path...), g.mapAt(path...), map[string]any{model.LabelInstance: release}) || used
		case drop(g.mapAt(path...), model.LabelInstance, release):
			used = true
		}
	}
	return used
}

// replaced takes labels out of both sides where what was got has a value of the chart's own, and what is wanted another.
func replaced(want, got map[string]any, own map[string]any) bool {
	used := false
	for key, value := range own {
		if want[key] != nil && want[key] != value && got[key] == value {
			delete(want, key)
			delete(got, key)
			used = true
		}
	}
	return used
}
