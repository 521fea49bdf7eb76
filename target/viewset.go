package target

import (
	"maps"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

func (w *viewWriter) workloads(m *model.Operator) map[string]workload {
	scope := m.Scope(m.DefaultOverlay())
	out := map[string]workload{}
	for _, one := range m.Workloads {
		w.from(diag.Path("/workloads").Child(one.Key), one.From)
		out[one.Key] = workload{one.Kind, scope.String(one.Name), scope.String(one.Account), one.Container}
	}
	return out
}

func (w *viewWriter) features(m *model.Operator) map[string]feature {
	out := map[string]feature{}
	for _, f := range m.Features {
		w.from(diag.Path("/features").Child(f.Name), f.From)
		out[f.Name] = feature{f.Doc, f.Enabled, list(f.Requires)}
	}
	return out
}

func (w *viewWriter) parameters(m *model.Operator) map[string]parameter {
	out := map[string]parameter{}
	for _, p := range m.Parameters {
		w.from(diag.Path("/parameters").Child(p.Name), p.From)
		out[p.Name] = parameter{p.Doc, string(p.Type), p.Type.Value(p.Default), p.Env, p.Arg, each(p.Enum, func(_ int, text string) any { return p.Type.Value(text) })}
	}
	return out
}

func (w *viewWriter) overlays(m *model.Operator) map[string]overlay {
	out := map[string]overlay{}
	for _, o := range m.Overlays {
		w.from(diag.Path("/overlays").Child(o.Name), o.From)
		v := overlay{"kustomize/overlays/" + o.Name, o.Namespace, map[string]bool{}, map[string]any{}}
		maps.Copy(v.Features, o.Features)
		for _, p := range m.Parameters {
			v.Parameters[p.Name] = p.Type.Value(p.Default)
			if text, ok := o.Parameters[p.Name]; ok {
				v.Parameters[p.Name] = p.Type.Value(text)
			}
		}
		out[o.Name] = v
	}
	return out
}

func (w *viewWriter) watch(m *model.Operator) watch {
	w.from("/watch", m.Watch.From)
	return watch{list(m.Watch.Modes), m.Watch.Env}
}

func (w *viewWriter) release(m *model.Operator) release {
	w.from("/release", m.Release.From)
	r := m.Release
	return release{list(r.Channels), r.DefaultChannel, r.Replaces, list(r.Skips), r.SkipRange, r.Date}
}

func (w *viewWriter) olm(m *model.Operator) olm {
	w.from("/olm", m.OLM.From)
	w.from("/olm/catalogImage", m.Catalog.From.Child("image"))
	return olm{m.OLM.Package, m.OLM.CSVName, m.OLM.BundleImage, m.Catalog.Image}
}
