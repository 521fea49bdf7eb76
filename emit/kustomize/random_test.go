package kustomize_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/opc-project/opc/compiler/model"
)

// maker makes objects whose parts stand under any conditions, more than lowering ever makes.
type maker struct {
	*rand.Rand
	features []string
}

// cond is a condition of up to three features, on or off; often none.
func (r maker) cond() model.Cond {
	var atoms []string
	for _, f := range r.features {
		switch r.IntN(6) {
		case 0:
			atoms = append(atoms, f)
		case 1:
			if r.IntN(3) == 0 {
				atoms = append(atoms, "!"+f)
			}
		}
	}
	return model.All(atoms...)
}

func (r maker) list(n int, item func(i int) any) []any {
	var out []any
	for i := range n {
		out = append(out, model.When(r.cond(), item(i)))
	}
	return out
}

func (r maker) text(i int) any { return fmt.Sprintf("text-%d", i) }

func (r maker) strings() map[string]any {
	out := map[string]any{}
	for i := range 4 {
		out[fmt.Sprintf("key-%d", i)] = model.When(r.cond(), r.text(i))
	}
	return out
}

func (r maker) named(i int, more string, value any) map[string]any {
	return map[string]any{"name": fmt.Sprintf("name-%d", i), more: value}
}

func (r maker) container(i int) any {
	return map[string]any{
		"name": fmt.Sprintf("container-%d", i), "image": "registry.example.com/ring-operator:1.0.0",
		"args": r.list(4, r.text), "command": r.list(2, r.text),
		"env":          r.list(4, func(i int) any { return r.named(i, "value", model.When(r.cond(), "x")) }),
		"ports":        r.list(3, func(i int) any { return map[string]any{"containerPort": int64(8000 + i), "protocol": "TCP"} }),
		"volumeMounts": r.list(3, func(i int) any { return map[string]any{"mountPath": fmt.Sprintf("/m/%d", i), "name": "v"} }),
		"resources":    model.When(r.cond(), map[string]any{"limits": r.strings()}),
	}
}

func (r maker) metadata(kind string, n int) map[string]any {
	return map[string]any{"name": fmt.Sprintf("%s-%d", kind, n), "namespace": model.Namespace(), "labels": r.strings(), "annotations": r.strings()}
}

func (r maker) object(n int) model.Object {
	o := model.Object{File: fmt.Sprintf("object-%d", n), When: model.All(r.features[r.IntN(len(r.features))])}
	if n < 3 {
		o.When = nil
	}
	switch n % 3 {
	case 0:
		containers := r.list(1+r.IntN(2), r.container)
		_, containers[0] = model.Condition(containers[0])
		o.Tree = model.Tree{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": r.metadata("d", n), "spec": map[string]any{
			"template": map[string]any{"metadata": map[string]any{"annotations": r.strings()}, "spec": map[string]any{
				"containers": containers, "tolerations": r.list(3, func(i int) any { return map[string]any{"key": fmt.Sprint(i)} }),
				"volumes": r.list(3, func(i int) any { return r.named(i, "secret", map[string]any{"secretName": "s"}) }),
			}},
		}}
	case 1:
		o.Tree = model.Tree{"apiVersion": "example.com/v1", "kind": "Thing", "metadata": r.metadata("t", n), "spec": map[string]any{
			"things": r.list(3, func(i int) any { return r.named(i, "texts", r.list(2, r.text)) }), "map": r.strings(), "number": model.When(r.cond(), int64(3)),
		}}
	default:
		// A whole object that features take away; kustomize can't take labels from such a one.
		o.When = r.cond()
		metadata := map[string]any{"name": fmt.Sprintf("c-%d", n), "namespace": model.Namespace()}
		o.Tree = model.Tree{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": model.When(r.cond(), r.strings())}
	}
	return o
}

// TestRandomConditions holds the layers to the law with conditions of every kind: features off, several at once, in
// lists that can only be replaced, inside of conditional parts.
func TestRandomConditions(t *testing.T) {
	runs := 12
	if testing.Short() {
		runs = 3
	}
	for seed := range runs {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := maker{rand.New(rand.NewPCG(uint64(seed), 1)), []string{"a", "b", "c", "d"}}
			m := &model.Operator{Name: "ring-operator", Namespace: "ring-operator-system", Image: model.Image{Repository: "registry.example.com/ring-operator", Tag: "1.0.0"}}
			for _, f := range r.features {
				m.Features = append(m.Features, model.Feature{Name: f})
			}
			if seed%2 == 1 {
				m.Features[2].Requires = []string{"a"}
				m.Features[3].Requires = []string{"c"}
			}
			for n := range 6 {
				m.Objects = append(m.Objects, r.object(n))
			}
			m.Overlays = variants(m, model.Overlay{Namespace: "moved"})
			disk := onDisk(t, emitted(t, m))
			for _, ov := range m.Overlays {
				same(t, onNames(ov), install(m, ov), build(t, disk, "overlays/"+ov.Name))
			}
		})
	}
}
