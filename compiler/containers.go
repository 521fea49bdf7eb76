package compiler

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// beside are the lists of a workload's additional containers: the field of the description, which is that of the pod too.
func beside(w *schema.Workload) map[string][]schema.Container {
	return map[string][]schema.Container{"containers": w.Containers, "initContainers": w.InitContainers}
}

// besideFields are the fields of beside in the order in which a pod uses them.
var besideFields = []string{"initContainers", "containers"}

// containersBeside adds the additional containers to a pod, which has the main one.
func (s *state) containersBeside(at diag.Path, w *schema.Workload, pod map[string]any) {
	names := map[string]diag.Path{containerName(w): at}
	for _, field := range besideFields {
		own, placed := pod[field], false
		var list []any
		for i, c := range beside(w)[field] {
			from := at.Child(field).Index(i)
			if field == "containers" && c.Name == containerName(w) && c.OnlyName() && !placed {
				list, placed = append(list, own.([]any)...), true
				continue
			}
			if other, dup := names[c.Name]; dup {
				s.add(diag.Errorf(diag.DuplicateName, from.Child("name"), "the pod has two containers called %s", c.Name).
					WithRelated(other, "the other").WithHint("give each container and init container of a pod a name of its own"))
				continue
			}
			names[c.Name] = from
			list = append(list, s.container("", from, c.Forms(w)))
		}
		if field == "containers" && !placed {
			list = slices.Concat(own.([]any), list)
		}
		if len(list) > 0 {
			pod[field] = list
		}
	}
}

// imageOf is the image of a container, as an expression where it is one of the description's images.
func (s *state) imageOf(image schema.ImageOf, at diag.Path) string {
	switch {
	case image.Related != "":
		if _, ok := s.spec.Related[image.Related]; !ok {
			hint := "add it under related, or set image to a reference"
			if known := slices.Sorted(maps.Keys(s.spec.Related)); len(known) > 0 {
				hint = "choose one of " + strings.Join(known, ", ") + ", or add it under related"
			}
			s.add(diag.Errorf(diag.UnknownName, at.Child("related"), "there is no image called %s in related", image.Related).WithHint("%s", hint))
		}
		return model.Ref(model.OpImage, image.Related)
	case image.Reference != "":
		s.checkPinned(image.Reference, at)
		return image.Reference
	}
	return model.Ref(model.OpImage, "")
}

// containerOrigins points the parts of a container at the fields of the description that say them.
func containerOrigins(at diag.Path, w *schema.Workload, container any, pointer string) []model.ObjOrigin {
	out := overlaid(w.Container, container, pointer, at.Child("container"))
	out = append(out, listed(w, container, pointer, at)...)
	for _, f := range []struct {
		said  bool
		field string
		whole bool
	}{
		{w.Image != schema.ImageOf{}, "image", false}, {w.Command != nil, "command", true}, {w.Args != nil, "args", false},
		{w.Env != nil, "env", false}, {w.Resources != nil, "resources", true}, {w.Ports != nil, "ports", false},
	} {
		if f.said {
			out = append(out, model.ObjOrigin{Pointer: pointer + "/" + f.field, From: at.Child(f.field), Whole: f.whole})
		}
	}
	if w.Probes != nil {
		out = append(out, model.ObjOrigin{Pointer: pointer + "/livenessProbe", From: at.Child("probes")})
	}
	return out
}

// besideOrigins are the origins of the additional containers, wherever the raw overlay on the pod has put them.
func besideOrigins(at diag.Path, w *schema.Workload, tree model.Tree) []model.ObjOrigin {
	var out []model.ObjOrigin
	for _, field := range besideFields {
		pod := kube.Map(model.At(tree, kindOf(w).Template...))
		list := kube.List(model.At(pod, "spec", field))
		for i, c := range beside(w)[field] {
			if field == "containers" && c.OnlyName() && c.Name == containerName(w) {
				continue
			}
			j := slices.IndexFunc(list, func(e any) bool { m := kube.Map(e); return m["name"] == c.Name })
			if j < 0 {
				continue
			}
			from, pointer := at.Child(field).Index(i), fmt.Sprintf("%s/%s/%d", kindOf(w).PodAt(), field, j)
			out = append(out, containerOrigins(from, c.Forms(w), list[j], pointer)...)
			out = append(out, model.ObjOrigin{Pointer: pointer, From: from})
		}
	}
	return out
}
