package diff

import (
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// workload is a Deployment (or a kind like it) as those see it who run the operator.
func workload(obj model.Object, v view) *node {
	b := builder{view: v, from: obj.From, origins: obj.Origins}
	n := group(obj.From)
	n.when = obj.When
	n.text("kind", obj.Kind(), obj.From)
	b.meta(n, fields(obj.Tree["metadata"]), "/metadata")
	if v.olm {
		delete(n.kids, "annotations") // an install strategy has no place for them
	}
	for k, e := range obj.Tree {
		if k != "kind" && k != "metadata" && k != "spec" && k != "status" {
			n.put(k, b.value(e, k, "/"+diag.Escape(k)))
		}
	}
	spec := fields(obj.Tree["spec"])
	for k, e := range spec {
		switch k {
		case "selector":
			n.put("selector", b.value(selectorOf(e), k, "/spec/selector"))
		case "template":
		default:
			n.put(k, b.value(e, k, "/spec/"+diag.Escape(k)))
		}
	}
	if n.kids["replicas"] == nil && obj.Kind() != "DaemonSet" {
		n.kids["replicas"] = leaf(int64(1), b.at("/spec/replicas"))
	}
	template := fields(spec["template"])
	meta := fields(template["metadata"])
	n.put("podLabels", b.value(orEmpty(meta["labels"]), "", "/spec/template/metadata/labels"))
	n.put("podAnnotations", b.value(orEmpty(meta["annotations"]), "", "/spec/template/metadata/annotations"))
	pod := group(b.at("/spec/template/spec"))
	for k, e := range fields(template["spec"]) {
		pointer := "/spec/template/spec/" + diag.Escape(k)
		switch k {
		case "containers", "initContainers":
			n.put(k, b.containers(e, pointer))
		default:
			pod.put(k, b.value(e, k, pointer))
		}
	}
	n.put("pod", pod)
	return n
}

// selectorOf is a selector without the word matchLabels, which nearly all are.
func selectorOf(v any) any {
	m := fields(v)
	if labels, ok := m["matchLabels"].(map[string]any); ok && len(m) == 1 {
		return labels
	}
	return v
}

func orEmpty(v any) any {
	if v == nil {
		return map[string]any{}
	}
	return v
}

func (b *builder) containers(v any, pointer string) *node {
	n := group(b.at(pointer))
	list := kube.List(v)
	for i, e := range list {
		cond, e := model.Condition(e)
		when, possible := b.view.here(cond)
		if !possible {
			continue
		}
		c := b.container(fields(e), pointer+"/"+strconv.Itoa(i))
		c.when = when
		n.kids[b.unique(n, text(fields(e)["name"], "?"), when)] = c
	}
	return n
}

func (b *builder) container(c model.Tree, pointer string) *node {
	n := group(b.at(pointer))
	for k, e := range c {
		at := pointer + "/" + diag.Escape(k)
		switch k {
		case "name":
		case "image":
			n.put(k, b.image(e, at))
		case "args":
			n.put(k, b.args(e, at))
		case "env":
			n.put(k, b.env(e, at))
		case "resources":
			n.put(k, quantities(b.value(e, k, at)))
		default:
			n.put(k, b.value(e, k, at))
		}
	}
	return n
}

// image is a container's image. The operator's own is only named: it is compared once, as the operator's.
func (b *builder) image(v any, pointer string) *node {
	s := kube.Text(v)
	ref := b.view.scope.String(s)
	if ref == b.view.scope.Image {
		return leaf(ownImage, b.at(pointer))
	}
	return imageFacts(ref, b.at(pointer))
}

// args are flags by name and other arguments by their text. A flag said again adds to its value.
func (b *builder) args(v any, pointer string) *node {
	n := group(b.at(pointer))
	list := kube.List(v)
	for i := 0; i < len(list); i++ {
		kid := b.value(list[i], "", pointer+"/"+strconv.Itoa(i))
		if kid == nil {
			continue
		}
		name, value, found := strings.Cut(canonical(kid.value), "=")
		switch {
		case !strings.HasPrefix(name, "-"):
			name, value = canonical(kid.value), canonical(kid.value)
		case !found && i+1 < len(list) && !flagLike(list[i+1]):
			i++
			value = canonical(b.view.scope.Resolve(list[i]))
		case !found:
			value = "true"
		}
		kid.value = value
		if said := n.kids[name]; said != nil && len(kid.when) == 0 {
			said.value = canonical(said.value) + ", " + value
			continue
		}
		n.kids[b.unique(n, name, kid.when)] = kid
	}
	return n
}

func flagLike(v any) bool {
	_, v = model.Condition(v)
	s := kube.Text(v)
	return strings.HasPrefix(s, "-")
}

// env are environment variables by name: a text, or where it is taken from.
func (b *builder) env(v any, pointer string) *node {
	n := group(b.at(pointer))
	list := kube.List(v)
	for i, e := range list {
		kid := b.value(e, "", pointer+"/"+strconv.Itoa(i))
		if kid == nil || kid.kids == nil {
			continue
		}
		name := "?"
		if id := kid.kids["name"]; id != nil {
			name = canonical(id.value)
		}
		value := &node{value: "", from: kid.from, when: kid.when}
		if said := kid.kids["value"]; said != nil {
			value.value = said.value
		} else if source := kid.kids["valueFrom"]; source != nil {
			value.value = source.plain()
		}
		n.kids[b.unique(n, name, kid.when)] = value
	}
	return n
}

// quantities writes amounts of resources in one way: 1000m is 1.
func quantities(n *node) *node {
	if n == nil {
		return nil
	}
	for _, kid := range n.kids {
		quantities(kid)
	}
	if n.kids == nil {
		if q, err := resource.ParseQuantity(canonical(n.value)); err == nil {
			n.value = q.String()
		}
	}
	return n
}
