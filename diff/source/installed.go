package source

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/verify/bundle"
)

// Installed makes a bundle and a chart comparable: both become what they install, with nothing that only one of them can
// say, such as values, texts and upgrade edges.
func Installed(s *Side) *Side {
	if s.Operator == nil {
		return s
	}
	from := s.Operator
	out := *s
	out.Chart, out.Bundle = true, false
	out.Operator = &model.Operator{
		Name: from.Name, Version: from.Version, Objects: from.Objects, CRDs: from.CRDs,
		Overlays: []model.Overlay{{Name: "default", CreateNamespace: true}},
	}
	if s.Bundle {
		out.Operator.Objects, out.Operator.CRDs = nil, nil
		files, all, label := map[string][]byte{}, fstest.MapFS{}, s.Name+":"
		if o, ok := s.Index.(*origins); ok {
			label = o.label
		}
		_ = fs.WalkDir(s.bundle, ".", func(name string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				files[name], _ = fs.ReadFile(s.bundle, name) // it was read before
				all[name] = &fstest.MapFile{Data: files[name], Mode: 0o644}
			}
			return nil
		})
		b, _ := bundle.Load(".", files)
		for _, obj := range b.Install(inNamespace) {
			install(out.Operator, obj)
		}
		out.Index = inChart(all, label, manifests(s.bundle).csv())
	}
	out.Operator.Helm.CRDs = "" // where they stand is the chart's own matter
	out.Operator.Objects = withoutInstaller(out.Operator.Objects)
	return &out
}

// withoutInstaller leaves out what each installer does in its own way: certificates, the Services of webhooks, and the
// labels of the release.
func withoutInstaller(objects []model.Object) []model.Object {
	called, secrets := map[string]bool{}, map[any]bool{}
	for _, o := range objects {
		if o.Kind() == "Certificate" {
			secrets[model.At(o.Tree, "spec", "secretName")] = true
		}
		hooks := kube.List(o.Tree["webhooks"])
		for _, h := range hooks {
			hook := kube.Map(h)
			name := kube.Text(model.At(hook, "clientConfig", "service", "name"))
			called[name] = true
		}
	}
	var out []model.Object
	for _, o := range objects {
		switch kind := o.Kind(); {
		case kind == "Issuer", kind == "Certificate", kind == "Namespace", kind == "Service" && called[o.Name()]:
			continue
		}
		o.Tree = kube.Map(unreleased(o.Tree))
		if labels := kube.Map(model.At(o.Tree, "metadata", "labels")); labels != nil {
			// The recommended labels say how an object is managed (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/).
			maps.DeleteFunc(labels, func(k string, _ any) bool { return strings.HasPrefix(k, "app.kubernetes.io/") })
		}
		if pod := kube.Map(model.At(o.Tree, "spec", "template", "spec")); pod != nil {
			unmount(pod, secrets)
		}
		out = append(out, o)
	}
	return out
}

// unmount takes the volumes of some Secrets out of a pod: OLM mounts certificates in its own way.
func unmount(pod model.Tree, secrets map[any]bool) {
	gone := map[any]bool{}
	drop := func(in model.Tree, field string, is func(model.Tree) bool) {
		list := kube.List(in[field])
		list = slices.DeleteFunc(slices.Clone(list), func(e any) bool { entry := kube.Map(e); return is(entry) })
		if delete(in, field); len(list) > 0 {
			in[field] = list
		}
	}
	drop(pod, "volumes", func(v model.Tree) bool {
		name := model.At(v, "secret", "secretName")
		gone[v["name"]] = name != nil && secrets[name]
		return gone[v["name"]]
	})
	for _, field := range []string{"containers", "initContainers"} {
		list := kube.List(pod[field])
		for _, e := range list {
			container := kube.Map(e)
			drop(container, "volumeMounts", func(v model.Tree) bool { return gone[v["name"]] })
		}
	}
}

// unreleased is a tree without the labels by which an installer tells its own objects apart.
func unreleased(v any) any {
	switch t := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range t {
			if k != "app.kubernetes.io/instance" && k != "app.kubernetes.io/managed-by" {
				out[k] = unreleased(e)
			}
		}
		return out
	case []any:
		out := make([]any, len(t))
		for i, e := range t {
			out[i] = unreleased(e)
		}
		return out
	}
	return v
}
