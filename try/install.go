package try

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/try/plane"
	"github.com/opc-project/opc/verify/finding"
)

// manager is the name under which objects are applied.
const manager = "opc"

// applied is an object of a way as the API server has it.
type applied struct {
	*kube.Object
	Got kube.Tree
}

// install is one way, installed.
type install struct {
	*Way
	run     *run
	objects []*applied
	want    []*kube.Object // see expect
}

// install applies the objects of a way. What the API server refuses is told, and left out.
func (r *run) install(ctx context.Context, w *Way) (*install, error) {
	in := &install{Way: w, run: r}
	if err := r.neighbours(ctx, w.Objects); err != nil {
		return in, err
	}
	expected := false
	for _, o := range w.Objects {
		if err := ctx.Err(); err != nil {
			return in, err
		}
		if rank(o) > 1 && !expected {
			var err error
			if in.want, err = in.expect(ctx); err != nil {
				return in, err
			}
			expected = true
		}
		if err := in.apply(ctx, o); err != nil {
			return in, err
		}
	}
	in.compare()
	return in, nil
}

// apply applies one object.
func (in *install) apply(ctx context.Context, o *kube.Object) error {
	client := in.run.plane.Client
	tree := in.home(o)
	client.Warnings() // what others were warned about
	got, err := client.Apply(ctx, tree, manager, false)
	for _, text := range client.Warnings() {
		in.run.say(in.Name, finding.Of(o, diag.ServerWarns, diag.Warning, "", "the API server warns: %s", text))
	}
	if err != nil {
		return in.run.refused(in.Name, o, tree, diag.ServerRefuses, "the API server refuses it", err)
	}
	in.objects = append(in.objects, &applied{Object: o, Got: got})
	if o.Is(definitions, "CustomResourceDefinition") {
		return in.established(ctx, o)
	}
	return nil
}

// home is an object as it is applied: in the namespace of the install where it says none, and with an authority that the
// API server can read in place of the one that OLM makes.
func (in *install) home(o *kube.Object) kube.Tree {
	tree := model.Clone(o.Tree)
	if kube.MetaString(tree, "namespace") == "" && in.run.plane.Client.Namespaced(o.APIVersion(), o.Kind()) {
		if md, ok := tree["metadata"].(map[string]any); ok {
			md["namespace"] = in.Overlay.Namespace
		}
	}
	if len(in.certificates) > 0 {
		for _, client := range plane.Clients(tree) {
			client["caBundle"] = in.run.authority
		}
	}
	return tree
}

// established waits until the API server serves a definition.
func (in *install) established(ctx context.Context, o *kube.Object) error {
	client := in.run.plane.Client
	client.Forget()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got, err := client.Get(ctx, o.APIVersion(), o.Kind(), "", o.Name())
		if err != nil {
			return err
		}
		status := conditions(got)
		if status["Established"] == "True" {
			return nil
		}
		if status["NamesAccepted"] == "False" || time.Now().After(end) {
			in.run.say(in.Name, finding.Of(o, diag.ServerRefuses, diag.Error, "/spec/names", "the API server does not serve it: %s", status["NamesAccepted message"]))
			return nil
		}
	}
}

// conditions are the status of each condition of an object, and its message.
func conditions(o kube.Tree) map[string]string {
	out := map[string]string{}
	list := kube.List(model.At(o, "status", "conditions"))
	for _, c := range list {
		c := kube.Map(c)
		out[fmt.Sprint(c["type"])] = fmt.Sprint(c["status"])
		out[fmt.Sprint(c["type"])+" message"] = fmt.Sprint(c["message"])
	}
	return out
}

// clear deletes what was applied, the webhooks first, and waits until the definitions and the namespace are gone.
func (in *install) clear(ctx context.Context) error {
	client := in.run.plane.Client
	var definitionsLeft []*applied
	for _, o := range slices.Backward(in.objects) {
		switch rank(o.Object) {
		case 0:
			if err := client.EndNamespace(ctx, o.Name()); err != nil {
				return err
			}
		default:
			if err := client.Delete(ctx, o.Got); err != nil {
				return err
			}
			if rank(o.Object) == 1 {
				definitionsLeft = append(definitionsLeft, o)
			}
		}
	}
	defer client.Forget()
	return in.run.plane.Await(ctx, "the install is gone", func() error {
		for _, o := range definitionsLeft {
			if _, err := client.Get(ctx, o.APIVersion(), o.Kind(), "", o.Name()); !apierrors.IsNotFound(err) {
				return errors.Join(err, fmt.Errorf("%s is still there", o.ID()))
			}
		}
		return nil
	})
}

// neighbours makes the APIs that the operator's objects are of and that the API server does not have, such as those of
// cert-manager: their objects are stored with any content.
func (r *run) neighbours(ctx context.Context, objects []*kube.Object) error {
	for _, o := range objects {
		if r.plane.Client.Knows(o.APIVersion(), o.Kind()) || defined(objects, o) || o.Group() == "" {
			continue
		}
		crd := standIn(o)
		if _, err := r.plane.Client.Apply(ctx, crd, manager, false); err != nil {
			return r.refused("", o, o.Tree, diag.ServerRefuses, "the API server does not know its kind, and refuses one with any content", err)
		}
		r.report.StandIns = append(r.report.StandIns, kube.MetaString(crd, "name"))
		if err := (&install{Way: &Way{}, run: r}).established(ctx, &kube.Object{Tree: crd}); err != nil {
			return err
		}
	}
	return nil
}

// defined reports whether one of the objects defines the kind of another.
func defined(objects []*kube.Object, o *kube.Object) bool {
	return slices.ContainsFunc(objects, func(d *kube.Object) bool {
		return d.Is(definitions, "CustomResourceDefinition") && model.At(d.Tree, "spec", "group") == o.Group() && model.At(d.Tree, "spec", "names", "kind") == o.Kind()
	})
}

func encoded(pem []byte) string { return base64.StdEncoding.EncodeToString(pem) }
