package helm

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// besideKnobs are fields of the containers beside the main one that installers change most.
var besideKnobs = []knob{
	{"resources", "resources", containerField("resources"), "Resource requests and limits of the container."},
	{"securityContext", "securityContext", containerField("securityContext"), "Security context of the container."},
}

// containersBeside gives the containers beside a workload's main one values of their own, by their names.
func (c *chart) containersBeside(w model.Workload, pod map[string]any, at []string) {
	for _, list := range []struct{ field, doc string }{
		{"initContainers", "Containers that run before the others start, by name."}, {"containers", "Containers beside the main one, by name."},
	} {
		all := kube.List(pod[list.field])
		for i, e := range all {
			cond, v := model.Condition(e)
			container := kube.Map(v)
			name := kube.Text(container["name"])
			if name == "" || name == w.Container || model.HasExpr(name) {
				continue
			}
			group := append(slices.Clone(at), list.field)
			c.values.group(list.doc, group...)
			c.containerBeside(container, append(group, name), w.From)
			all[i] = model.When(cond, container)
		}
	}
}

func (c *chart) containerBeside(container map[string]any, at []string, from diag.Path) {
	ref := kube.Text(container["image"])
	// A tag beside a digest has no value: the values of an image let the digest override the tag, and would drop it.
	if image := model.ParseImage(ref); ref != "" && !model.HasExpr(ref) && (image.Tag == "" || image.Digest == "") {
		e := c.addImage(helperFor(at, "image"), at, image, from)
		container["image"] = tree.Scalar{Expr: e.To("quote")}
		c.pullPolicy(container, at)
	}
	for _, k := range besideKnobs {
		c.knob(container, at, from, k)
	}
}
