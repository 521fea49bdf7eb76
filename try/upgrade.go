package try

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// Previous is the version that is upgraded from.
type Previous struct {
	Name     string // for people, such as git:v0.1.0
	Model    *model.Operator
	Files    *emit.FileSet
	Objects  []kube.Tree // the user's own, beside its examples
	Rollback bool        // and back
}

// upgrade installs the previous version by the same way, stores its examples, and upgrades. The manager does not run, so
// there are neither webhooks nor conversions.
func (r *run) upgrade(ctx context.Context, w *Way) error {
	from := r.opts.From
	if from == nil {
		return nil
	}
	ways, err := Ways(from.Model, from.Files)
	if err != nil {
		return fmt.Errorf("%s: %w", from.Name, err)
	}
	i := slices.IndexFunc(ways, func(o *Way) bool { return o.Name == w.Name })
	if i < 0 {
		r.opts.Tell("%s has no %s", from.Name, w.Name)
		return nil
	}
	start := time.Now()
	before := &run{m: from.Model, files: from.Files, opts: r.opts, plane: r.plane, report: &Report{}, authority: r.authority}
	old, err := before.install(ctx, asleep(ways[i]))
	if err != nil {
		return err
	}
	u := &upgrade{old: old, now: &install{Way: asleep(w), run: r}, name: from.Name}
	if err := u.all(ctx); err != nil {
		return err
	}
	r.report.Upgrades = append(r.report.Upgrades, Installed{w.Name, u.changed, time.Since(start)})
	r.report.StandIns = append(r.report.StandIns, before.report.StandIns...)
	return u.clear(ctx)
}

// asleep is a way without what calls the manager.
func asleep(w *Way) *Way {
	out := *w
	out.Objects = slices.DeleteFunc(slices.Clone(w.Objects), func(o *kube.Object) bool { return rank(o) == 3 })
	for i, o := range out.Objects {
		if o.Is(definitions, "CustomResourceDefinition") && model.At(o.Tree, "spec", "conversion") != nil {
			copied := *o
			copied.Tree = model.Clone(o.Tree)
			copied.Tree["spec"].(map[string]any)["conversion"] = map[string]any{"strategy": "None"}
			out.Objects[i] = &copied
		}
	}
	return &out
}

// upgrade is one upgrade by one way.
type upgrade struct {
	old, now *install
	name     string
	stored   []*stored
	changed  int // objects that the API server took
}

// stored is an object of a user of the previous version.
type stored struct{ said, got kube.Tree }

func (u *upgrade) all(ctx context.Context) error {
	if err := u.store(ctx); err != nil {
		return err
	}
	for _, o := range u.now.Objects {
		if err := u.change(ctx, u.now.home(o), o, "the API server refuses the upgrade from "+u.name); err != nil {
			return err
		}
	}
	u.changed = len(u.now.objects)
	for _, s := range u.stored {
		if err := u.judge(ctx, s); err != nil {
			return err
		}
	}
	if !u.now.run.opts.From.Rollback {
		return nil
	}
	for _, o := range u.old.objects {
		if err := u.change(ctx, u.old.home(o.Object), u.today(o.Object), "the API server refuses the way back to "+u.name); err != nil {
			return err
		}
	}
	return nil
}

// store applies the examples of the previous version, and the user's own objects.
func (u *upgrade) store(ctx context.Context) error {
	client := u.now.run.plane.Client
	from := u.now.run.opts.From
	var list []kube.Tree
	for _, e := range from.Model.Examples {
		list = append(list, e.Tree)
	}
	for _, o := range append(list, from.Objects...) {
		tree := model.Clone(o)
		if client.Namespaced(text(tree["apiVersion"]), text(tree["kind"])) && kube.MetaString(tree, "namespace") == "" {
			tree["metadata"].(map[string]any)["namespace"] = "default"
		}
		got, err := client.Apply(ctx, tree, "example", false)
		if err != nil {
			continue // the previous version's own fault
		}
		u.stored = append(u.stored, &stored{tree, got})
	}
	client.Warnings()
	return nil
}

// change applies an object over what is there.
func (u *upgrade) change(ctx context.Context, tree kube.Tree, o *kube.Object, what string) error {
	client := u.now.run.plane.Client
	got, err := client.Apply(ctx, tree, manager, false)
	client.Warnings() // told of the install
	if err == nil {
		u.now.objects = append(u.now.objects, &applied{Object: o, Got: got})
		if o.Is(definitions, "CustomResourceDefinition") {
			client.Forget()
		}
		return nil
	}
	return u.now.run.refused(u.now.Name, o, tree, diag.UpgradeRefused, what, err)
}

// today is the object of this version that stands where one of the previous stood, for its place in the description.
func (u *upgrade) today(o *kube.Object) *kube.Object {
	for _, n := range u.now.Objects {
		if n.ID() == o.ID() {
			return n
		}
	}
	return o
}

// judge holds an object that was stored with the previous version against this one.
func (u *upgrade) judge(ctx context.Context, s *stored) error {
	client := u.now.run.plane.Client
	apiVersion, kind, namespace, name := text(s.said["apiVersion"]), text(s.said["kind"]), kube.MetaString(s.said, "namespace"), kube.MetaString(s.said, "name")
	crd := u.definition(apiVersion, kind)
	if crd == nil {
		return nil
	}
	_, version, _ := strings.Cut(apiVersion, "/")
	at := versionAt(crd.Tree, version)
	if at == "" || kube.Get(crd.Tree, at+"/served") != true {
		u.say(crd, "/spec/versions", "users of %s have objects of %s, which is not served any more: %s %s", u.name, apiVersion, kind, name)
		return nil
	}
	var got kube.Tree
	var err error
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) { // a change of a definition takes a moment
		got, err = client.Get(ctx, apiVersion, kind, namespace, name)
		if err == nil && len(lost("", s.got["spec"], got["spec"])) == 0 || ctx.Err() != nil || time.Now().After(end) || err == nil && time.Now().After(end.Add(-9*time.Second)) {
			break
		}
	}
	if err != nil {
		u.say(crd, at, "%s %s of a user of %s can't be read: %v", kind, name, u.name, err)
		return nil
	}
	for _, field := range lost("", s.got["spec"], got["spec"]) {
		u.say(crd, schemaAt(crd.Tree, at, "/spec"+field), "%s %s of a user of %s loses its field spec%s", kind, name, u.name, strings.ReplaceAll(field, "/", "."))
	}
	return u.again(ctx, crd, at, s.said)
}

// again applies a user's object under another name: the API server lets what is stored be as it is, and judges what is new.
func (u *upgrade) again(ctx context.Context, crd *kube.Object, at string, said kube.Tree) error {
	client := u.now.run.plane.Client
	tree := model.Clone(said)
	tree["metadata"].(map[string]any)["name"] = kube.MetaString(said, "name") + "-again"
	_, err := client.Apply(ctx, tree, "example", true)
	client.Warnings()
	if err == nil {
		return nil
	}
	status, ok := err.(apierrors.APIStatus)
	if !ok {
		return err
	}
	for _, c := range causes(tree, status) {
		u.say(crd, schemaAt(crd.Tree, at, c.field), "the manifests of users of %s are refused (%s %s): %s", u.name, text(said["kind"]), kube.MetaString(said, "name"), c.message)
	}
	return nil
}

func (u *upgrade) say(o *kube.Object, pointer, format string, args ...any) {
	u.now.run.say(u.now.Name, finding.Of(o, diag.ObjectBroken, diag.Error, pointer, format, args...))
}

// definition is this version's definition of a kind.
func (u *upgrade) definition(apiVersion, kind string) *kube.Object {
	group, _, _ := strings.Cut(apiVersion, "/")
	for _, o := range u.now.Objects {
		if o.Is(definitions, "CustomResourceDefinition") && model.At(o.Tree, "spec", "group") == group && model.At(o.Tree, "spec", "names", "kind") == kind {
			return o
		}
	}
	return nil
}

// versionAt is where a definition says a version; "" where it does not.
func versionAt(crd kube.Tree, version string) string {
	list := kube.List(model.At(crd, "spec", "versions"))
	i := slices.IndexFunc(list, func(v any) bool { t := kube.Map(v); return t["name"] == version })
	if i < 0 {
		return ""
	}
	return fmt.Sprintf("/spec/versions/%d", i)
}

// schemaAt is where the schema of a version speaks of a field, as far as it does.
func schemaAt(crd kube.Tree, at, field string) string {
	out := at + "/schema/openAPIV3Schema"
	for _, elem := range diag.Path(field).Elems() {
		for _, step := range []string{"/properties/" + diag.Escape(elem), "/items"} {
			if kube.Get(crd, out+step) != nil {
				out += step
				break
			}
		}
	}
	return out
}

// lost are the fields that one value has and another has not, as pointers.
func lost(at string, before, now any) []string {
	switch b := before.(type) {
	case map[string]any:
		n, ok := now.(map[string]any)
		if !ok {
			return []string{at}
		}
		var out []string
		for _, k := range slices.Sorted(maps.Keys(b)) {
			if v, ok := n[k]; ok {
				out = append(out, lost(at+"/"+diag.Escape(k), b[k], v)...)
			} else {
				out = append(out, at+"/"+diag.Escape(k))
			}
		}
		return out
	case []any:
		n := kube.List(now)
		if len(n) != len(b) {
			return []string{at}
		}
		var out []string
		for i := range b {
			out = append(out, lost(fmt.Sprintf("%s/%d", at, i), b[i], n[i])...)
		}
		return out
	}
	return nil
}

// clear deletes what both versions left.
func (u *upgrade) clear(ctx context.Context) error {
	for _, s := range u.stored {
		if u.now.run.plane.Client.Knows(text(s.got["apiVersion"]), text(s.got["kind"])) {
			if err := u.now.run.plane.Client.Delete(ctx, s.got); err != nil {
				return err
			}
		}
	}
	if err := u.now.clear(ctx); err != nil {
		return err
	}
	return u.old.clear(ctx)
}
