package helm

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// categories are those of Artifact Hub (https://artifacthub.io/docs/topics/annotations/helm/) by OperatorHub's.
var categories = map[string]string{
	"AI/Machine Learning": "ai-machine-learning", "Database": "database", "Integration & Delivery": "integration-delivery",
	"Logging & Tracing": "monitoring-logging", "Monitoring": "monitoring-logging", "Networking": "networking", "Security": "security",
	"Storage": "storage", "Streaming & Messaging": "streaming-messaging",
}

// Category is OperatorHub's category for one of Artifact Hub, the first by name, or "".
func Category(ofHub string) string {
	for _, name := range slices.Sorted(maps.Keys(categories)) {
		if categories[name] == ofHub {
			return name
		}
	}
	return ""
}

// chartAnnotations tell Artifact Hub what the chart installs, and Red Hat's chart-verifier its name for people.
func (c *chart) chartAnnotations() map[string]any {
	m := c.m
	out := map[string]any{"artifacthub.io/operator": "true", "charts.openshift.io/name": m.DisplayName}
	set := func(name, value string) {
		if value != "" {
			out["artifacthub.io/"+name] = value
		}
	}
	set("operatorCapabilities", m.Capability)
	set("license", m.License)
	for _, name := range m.Categories {
		if category := categories[name]; category != "" {
			set("category", category)
			break
		}
	}
	v, err := semver.NewVersion(m.Version)
	set("prerelease", strconv.FormatBool(err == nil && v.Prerelease() != ""))
	for name, list := range map[string][]any{"crds": c.hubCRDs(), "crdsExamples": c.hubExamples(), "images": c.hubImages(), "links": c.hubLinks()} {
		if len(list) > 0 {
			set(name, block(list))
		}
	}
	for k, v := range m.Helm.Annotations {
		out[k] = v
	}
	return out
}

func (c *chart) hubCRDs() []any {
	var out []any
	for _, a := range c.m.APIs {
		out = append(out, present("kind", a.Kind, "version", a.Version, "name", a.CRD, "displayName", a.DisplayName, "description", oneLine(a.Description)))
	}
	return out
}

func (c *chart) hubExamples() []any {
	var out []any
	for _, e := range c.m.Examples {
		out = append(out, maps.Clone(e.Tree))
	}
	return out
}

func (c *chart) hubImages() []any {
	var out []any
	if i := c.m.Image; i.Repository != "" {
		out = append(out, map[string]any{"name": c.m.Name, "image": i.Ref(), "platforms": texts(i.Platforms)})
	}
	for _, r := range c.m.Related {
		out = append(out, map[string]any{"name": r.Name, "image": r.Ref})
	}
	scope := c.m.Scope(c.m.DefaultOverlay())
	for _, o := range c.m.Objects {
		eachContainer(o.Tree, func(container model.Tree) {
			name := kube.Text(container["name"])
			ref := kube.Text(container["image"])
			ref = scope.String(ref)
			if ref != "" && !slices.ContainsFunc(out, func(e any) bool { return e.(map[string]any)["image"] == ref }) {
				out = append(out, map[string]any{"name": c.m.ImageName(scope.String(o.Name()), name), "image": ref})
			}
		})
	}
	return out
}

// eachContainer visits the containers of the pods that an object makes, those that start them first.
func eachContainer(v any, visit func(model.Tree)) {
	t, ok := v.(map[string]any)
	if !ok {
		return
	}
	for _, field := range []string{"initContainers", "containers"} {
		list := kube.List(t[field])
		for _, e := range list {
			if _, v := model.Condition(e); v != nil {
				if container, ok := v.(map[string]any); ok {
					visit(container)
				}
			}
		}
	}
	for _, field := range []string{"spec", "template", "jobTemplate"} { // of a CronJob, down to the pod
		eachContainer(t[field], visit)
	}
}

func (c *chart) hubLinks() []any {
	var out []any
	if c.m.Source != "" {
		out = append(out, map[string]any{"name": "source", "url": c.m.Source})
	}
	for _, l := range c.m.Links {
		out = append(out, map[string]any{"name": l.Name, "url": l.URL})
	}
	return out
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
