package bundle

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// relatedPrefix begins the environment variables that, by OLM's convention, hold images that an operator runs.
const relatedPrefix = "RELATED_IMAGE_"

// images lists every image that an install needs, so that a mirror of the bundle is whole.
func (b *builder) images() {
	images := b.m.OLM.RelatedImages
	if images == nil {
		images = b.usedImages()
	}
	var list []any
	for i, r := range images {
		b.add(fmt.Sprintf("/spec/relatedImages/%d", i), r.From)
		list = append(list, model.Tree{"name": r.Name, "image": r.Ref})
	}
	b.field("relatedImages", list, "/related")
}

// usedImages are the related images, those of the pods' containers, and those in environment variables that are named
// by OLM's convention: each once, by name.
func (b *builder) usedImages() []model.RelatedImage {
	out := slices.Clone(b.m.Related)
	for _, o := range b.deployments {
		for _, c := range containers(o) {
			name := kube.Text(c["name"])
			ref := kube.Text(c["image"])
			from := o.From
			if ref == b.scope.Image {
				name, from = b.ownContainer(name), b.m.Image.From
			}
			out = withImage(out, b.m.ImageName(o.Name(), name), ref, from)
		}
	}
	for _, o := range b.deployments {
		for _, c := range containers(o) {
			env := kube.List(c["env"])
			known := kube.Environment{}
			for _, e := range env {
				t := kube.Map(e)
				variable := kube.Text(t["name"])
				value := kube.Text(t["value"])
				ref, whole := known.Add(variable, value)
				if rest, ok := strings.CutPrefix(variable, relatedPrefix); ok && whole {
					out = withImage(out, strings.ReplaceAll(strings.ToLower(rest), "_", "-"), ref, o.From)
				}
			}
		}
	}
	out = slices.DeleteFunc(out, func(r model.RelatedImage) bool {
		scheme, _, none := strings.Cut(r.Ref, "://") // ko's, which builds the program when somebody applies the file
		if none {
			b.diags = append(b.diags, diag.Warnf(diag.NotExpressible, r.From,
				"%s is not a reference of an image: OLM can't run it", r.Ref).WithHint("%s replaces it in plain files only: set the image that is built", scheme))
		}
		return none
	})
	slices.SortStableFunc(out, func(a, c model.RelatedImage) int { return cmp.Compare(a.Name, c.Name) })
	return out
}

// ownContainer is the name of the manager's container where that runs the operator's image, else of the one that does.
func (b *builder) ownContainer(name string) string {
	for _, w := range b.m.Workloads {
		for _, o := range b.deployments {
			if main := w.Main(o.Tree); w.Key == "manager" && b.scope.String(w.Name) == o.Name() && main["image"] == b.scope.Image {
				return w.Container
			}
		}
	}
	return name
}

// withImage adds an image that is not listed yet, under a name that no other has.
func withImage(list []model.RelatedImage, name, ref string, from diag.Path) []model.RelatedImage {
	if ref == "" || slices.ContainsFunc(list, func(r model.RelatedImage) bool { return r.Ref == ref }) {
		return list
	}
	taken := func(name string) bool {
		return slices.ContainsFunc(list, func(r model.RelatedImage) bool { return r.Name == name })
	}
	unique := name
	for n := 2; taken(unique); n++ {
		unique = fmt.Sprintf("%s-%d", name, n)
	}
	return append(list, model.RelatedImage{Node: model.Node{From: from}, Name: unique, Ref: ref})
}

// containers lists the containers of a Deployment's pods, those that start them first.
func containers(o model.Object) []model.Tree {
	var out []model.Tree
	for _, field := range []string{"initContainers", "containers"} {
		list := kube.List(model.At(o.Tree, "spec", "template", "spec", field))
		for _, c := range list {
			if t, ok := c.(map[string]any); ok {
				out = append(out, t)
			}
		}
	}
	return out
}

// containerImage is the operator's own image: the described one, or that of the first container.
func (b *builder) containerImage() string {
	if b.m.Image.Repository != "" {
		return b.scope.Image
	}
	for _, o := range b.deployments {
		if c := model.Container(o.Tree, 0); c != nil {
			return kube.Text(c["image"])
		}
	}
	return ""
}
