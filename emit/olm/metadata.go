package olm

import (
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
)

// metadata writes what OLM's tools read of a bundle before they read its manifests.
func (w *writer) metadata() {
	annotations := w.m.BundleAnnotations()
	tree := model.Tree{}
	for key, value := range annotations {
		tree[key] = value
		if scalar, ok := w.m.OLM.BundleScalars[key]; ok {
			tree[key] = scalar
		}
	}
	data := emit.OrderedYAML(model.Tree{"annotations": tree}, "", annotationOrder)
	w.file(metadataDir+"annotations.yaml", data, w.annotationOrigins(annotations)...)
	w.list("dependencies", w.m.OLM.Dependencies, "/requires/dependencies")
	w.list("properties", w.m.OLM.Properties, "/olm/properties")
	if !w.m.HasScorecard() {
		return
	}
	config, ok := w.m.OLM.Scorecard.(map[string]any)
	if !ok {
		config = standardTests()
	}
	w.file(scorecard, emit.YAML(config, ""), emit.Origin{Path: "/olm/scorecard"})
}

// annotationOrder is the order of the bundle format's own description.
func annotationOrder([]string) []string {
	return []string{
		model.BundleMediaType, model.BundleManifests, model.BundleMetadata,
		model.BundlePackage, model.BundleChannels, model.BundleDefaultChannel,
	}
}

func (w *writer) annotationOrigins(annotations map[string]string) []emit.Origin {
	from := map[string]diag.Path{
		model.BundlePackage: "/olm/package", model.BundleChannels: "/release/channels",
		model.BundleDefaultChannel: "/release/defaultChannel",
		model.BundleTestMediaType:  "/olm/scorecard", model.BundleTestConfig: "/olm/scorecard",
	}
	for key := range w.m.OLM.BundleAnnotations {
		from[key] = diag.Path("/olm/bundleAnnotations").Child(key)
	}
	out := []emit.Origin{{Pointer: "", Path: ""}}
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		if path, ok := from[key]; ok {
			out = append(out, emit.Origin{Pointer: "/annotations/" + diag.Escape(key), Path: path})
		}
	}
	return out
}

// list writes a file of metadata that holds a list of types and values.
func (w *writer) list(name string, entries []any, from diag.Path) {
	if entries == nil {
		return
	}
	origins := []emit.Origin{{Pointer: "", Path: from}}
	for i := range entries {
		origins = append(origins, emit.Origin{Pointer: string(diag.Path("/" + name).Index(i)), Path: from.Index(i)})
	}
	order := func([]string) []string { return []string{"type"} }
	w.file(metadataDir+name+".yaml", emit.OrderedYAML(model.Tree{name: entries}, "", order), origins...)
}

// testImage holds the scorecard's tests, at the version of operator-sdk whose tests these are.
const testImage = "quay.io/operator-framework/scorecard-test:v1.42.2"

// standardTests are the six tests that operator-sdk's scaffold runs.
func standardTests() model.Tree {
	var tests []any
	for _, t := range []struct{ suite, test string }{
		{"basic", "basic-check-spec"}, {"olm", "olm-bundle-validation"}, {"olm", "olm-crds-have-validation"},
		{"olm", "olm-crds-have-resources"}, {"olm", "olm-spec-descriptors"}, {"olm", "olm-status-descriptors"},
	} {
		tests = append(tests, model.Tree{
			"image": testImage, "entrypoint": []any{"scorecard-test", t.test},
			"labels": model.Tree{"suite": t.suite, "test": t.test + "-test"},
		})
	}
	return model.Tree{
		"apiVersion": "scorecard.operatorframework.io/v1alpha3", "kind": "Configuration", "metadata": model.Tree{"name": "config"},
		"stages": []any{model.Tree{"parallel": true, "tests": tests}},
	}
}
