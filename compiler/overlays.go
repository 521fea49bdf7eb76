package compiler

import (
	"maps"
	"regexp"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

var dnsLabel = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)

// overlays fills in the ways to install with kustomize; without any there is one, called default.
func (s *state) overlays() {
	all := s.spec.Overlays
	if len(all) == 0 {
		all = map[string]schema.Overlay{"default": {}}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		at := diag.Path("/overlays").Child(name)
		if !dnsLabel.MatchString(name) {
			s.errorf(diag.BadValue, at, "%q can't name an overlay: expected lower-case letters, digits and dashes", name)
		}
		s.m.Overlays = append(s.m.Overlays, s.overlay(name, at, all[name]))
	}
}

func (s *state) overlay(name string, at diag.Path, sp schema.Overlay) model.Overlay {
	out := model.Overlay{
		Node: model.Node{From: at}, Name: name, Namespace: sp.Namespace, CreateNamespace: deref(sp.CreateNamespace, !sp.OmitNamespace), OmitNamespace: sp.OmitNamespace, Replicas: sp.Replicas,
		Features: s.defaultFeatures(), Watch: sp.Watch, Resources: sp.Resources, Patches: sp.Patches, Labels: sp.Labels, Annotations: sp.Annotations,
	}
	if sp.Replicas != nil && !s.manager.None && !kindOf(&s.manager.Workload).Replicas {
		s.add(diag.Errorf(diag.Conflict, at.Child("replicas"), "the manager is a DaemonSet, which has no number of replicas: it runs one pod on each node").
			WithHint("remove replicas"))
	}
	switch {
	case sp.OmitNamespace && (sp.Namespace != "" || out.CreateNamespace):
		s.add(diag.Errorf(diag.Conflict, at.Child("omitNamespace"), "the overlay %s omits the namespace, and sets or creates one", name).
			WithHint("remove omitNamespace, or namespace and createNamespace"))
	case out.Namespace == "":
		out.Namespace = s.m.Namespace
	}
	if sp.Image != nil {
		out.Image = &model.Image{Node: model.Node{From: at.Child("image")}, Repository: sp.Image.Repository, Tag: deref(sp.Image.Tag, ""), Digest: sp.Image.Digest}
		if out.Image.Repository == "" {
			out.Image.Repository = s.m.Image.Repository
		}
		if out.Image.Tag == "" && out.Image.Digest == "" {
			out.Image.Tag = s.m.Image.Tag
		}
	}
	s.quantities(sp.Resources, at.Child("resources"))
	s.overlayParameters(&out, sp, at)
	s.overlayFeatures(&out, sp, at)
	if len(out.Watch) > 0 && s.m.Watch.Env == "" {
		s.add(diag.Errorf(diag.Conflict, at.Child("watch"), "the operator can't be told which namespaces to watch").
			WithHint("say so: watch: modes: [\"AllNamespaces\", \"OwnNamespace\"], and read WATCH_NAMESPACE in the program"))
	}
	return out
}

// defaultFeatures is every feature with its default.
func (s *state) defaultFeatures() map[string]bool {
	out := map[string]bool{}
	for _, f := range s.m.Features {
		out[f.Name] = f.Enabled
	}
	return out
}

func (s *state) overlayParameters(out *model.Overlay, sp schema.Overlay, at diag.Path) {
	for _, name := range slices.Sorted(maps.Keys(sp.Parameters)) {
		where := at.Child("parameters").Child(name)
		i := slices.IndexFunc(s.m.Parameters, func(p model.Parameter) bool { return p.Name == name })
		if i < 0 {
			s.errorf(diag.UnknownName, where, "no parameter is called %s", name)
			continue
		}
		text, typ := scalarText(sp.Parameters[name])
		if own := s.m.Parameters[i].Type; own != typ && (own.Whole() || typ.Whole()) {
			s.errorf(diag.BadValue, where, "the parameter %s must be of type %s, like its default", name, own)
			continue
		}
		if over, ok := schema.Numbers(sp.Parameters[name]).(map[string]any); ok {
			// As Helm does with a map among the values: it is laid over the default, and null removes.
			standard := kube.Map(typ.Value(s.m.Parameters[i].Default))
			text = jsonText(model.Merge(standard, over))
		}
		if msg := Violates(s.m.Parameters[i], text); msg != "" {
			s.errorf(diag.BadValue, where, "the parameter %s %s", name, msg)
		}
		if out.Parameters == nil {
			out.Parameters = map[string]string{}
		}
		out.Parameters[name] = text
	}
}

func (s *state) overlayFeatures(out *model.Overlay, sp schema.Overlay, at diag.Path) {
	if sp.Features == nil {
		return
	}
	set := func(name string, on bool, where diag.Path) {
		if !s.has(name) {
			s.add(diag.Errorf(diag.UnknownName, where, "no feature is called %s", name).WithHint("there are %v", slices.Sorted(maps.Keys(out.Features))))
			return
		}
		out.Features[name] = on
	}
	for i, name := range sp.Features.On {
		set(name, true, at.Child("features").Index(i))
	}
	for _, name := range slices.Sorted(maps.Keys(sp.Features.Each)) {
		set(name, sp.Features.Each[name], at.Child("features").Child(name))
	}
	standard := s.defaultFeatures()
	for _, f := range s.m.Features {
		for _, need := range f.Requires {
			if out.Features[f.Name] && !out.Features[need] && s.has(need) && !(standard[f.Name] && !standard[need]) {
				s.add(diag.Errorf(diag.Conflict, at.Child("features"), "the feature %s is on, but %s, which it requires, is off", f.Name, need).
					WithHint("switch %s on, or %s off", need, f.Name))
			}
		}
	}
}
