package bundle

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// metadata puts the ClusterServiceVersion together: its name, labels and annotations, and the spec.
func (b *builder) metadata() {
	m := b.m
	b.annotation("alm-examples", examples(m.Examples), "/apis")
	b.annotation("capabilities", m.Capability, "/capabilities")
	b.annotation("categories", strings.Join(m.Categories, ", "), "/categories")
	b.annotation("containerImage", b.containerImage(), "/image")
	b.annotation("createdAt", m.Release.Date, "/release/date")
	b.annotation("description", m.Summary, "/summary")
	b.annotation("repository", m.Source, "/source")
	b.annotation("support", m.Provider.Name, "/provider/name")
	b.annotation("olm.skipRange", m.Release.SkipRange, "/release/skipRange")
	b.annotation("operatorframework.io/suggested-namespace", m.Namespace, "/namespace")
	if m.NamespaceMeta.Telling() {
		b.annotation("operatorframework.io/suggested-namespace-template", b.namespaceTemplate(), m.NamespaceMeta.From)
	}
	for _, key := range slices.Sorted(maps.Keys(m.OLM.Annotations)) {
		b.annotations[key] = m.OLM.Annotations[key]
		b.add("/metadata/annotations/"+diag.Escape(key), diag.Path("/olm/annotations").Child(key))
	}
	meta := unless(model.Tree{"labels": b.labels(), "annotations": b.annotations})
	meta["name"] = m.OLM.CSVName
	b.add("/metadata/name", "/olm/csvName")
	b.csv = model.Tree{
		"apiVersion": "operators.coreos.com/v1alpha1", "kind": "ClusterServiceVersion", "metadata": meta, "spec": b.spec,
	}
}

// labels say on which platforms the operator runs, by which OperatorHub filters, and what the description adds. An
// operator without such labels runs on linux/amd64, to OLM; one that runs just there needs none.
func (b *builder) labels() model.Tree {
	labels := model.Tree{}
	put := func(key string) {
		labels[key] = "supported"
		b.add("/metadata/labels/"+diag.Escape(key), "/image/platforms")
	}
	if b.m.Image.Repository != "" && !slices.Equal(b.m.Image.Platforms, []string{"linux/amd64"}) {
		for _, p := range b.m.Image.Platforms {
			os, arch, _ := strings.Cut(p, "/")
			arch, _, _ = strings.Cut(arch, "/")
			put("operatorframework.io/arch." + arch)
			put("operatorframework.io/os." + os)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(b.m.OLM.Labels)) {
		labels[key] = b.m.OLM.Labels[key]
		b.add("/metadata/labels/"+diag.Escape(key), diag.Path("/olm/labels").Child(key))
	}
	return labels
}

// examples writes the examples as the console reads them: JSON in one annotation, in the order in which they were said.
func examples(list []model.Example) string {
	if len(list) == 0 {
		return ""
	}
	var trees []model.Tree
	for _, e := range list {
		trees = append(trees, e.Tree)
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(trees); err != nil {
		panic("bundle: an example that is not a tree of JSON values: " + err.Error())
	}
	return strings.TrimSpace(text.String())
}

// namespaceTemplate is the Namespace that OpenShift's console makes for the operator, as JSON. OLM itself makes none.
func (b *builder) namespaceTemplate() string {
	tree := b.m.NamespaceObject(b.m.DefaultOverlay(), b.scope).Tree
	text, err := json.Marshal(tree)
	if err != nil {
		panic("bundle: a Namespace that is not a tree of JSON values: " + err.Error())
	}
	return string(text)
}
