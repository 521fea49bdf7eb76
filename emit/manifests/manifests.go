// Package manifests writes install.yaml: everything that an install applies, as one stream of plain objects, for
// `kubectl apply -f`. It holds what the overlay called default holds, so kustomize's default overlay and this file
// leave the same objects in a cluster.
package manifests

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
)

// File is the name of the one file that the target writes.
const File = "install.yaml"

// Target writes install.yaml.
var Target = &emit.Target{
	Name: "manifests",
	Doc:  "install.yaml: all objects of a plain install in one file, for kubectl apply -f",
	Emit: run,

	Outputs: []string{File},
}

func run(m *model.Operator) (*emit.FileSet, diag.List) {
	overlay := Overlay(m)
	objects := m.Install(overlay, "kustomize")
	trees := make([]map[string]any, len(objects))
	origins := []emit.Origin{{Path: overlay.From}}
	for i, o := range objects {
		trees[i] = o.Tree
		origins = append(origins, emit.DocumentOrigins(i, o)...)
	}
	set := &emit.FileSet{}
	var diags diag.List
	if err := set.Add(File, emit.Documents(trees, header(m, overlay)), origins...); err != nil {
		diags = append(diags, diag.Errorf(diag.Internal, overlay.From, "%s: %v", File, err))
	}
	if len(overlay.Patches) > 0 {
		diags = append(diags, diag.Warnf(diag.NotExpressible, overlay.From.Child("patches"),
			"%s is written without the raw patches of the overlay %s: only kustomize applies them", File, overlay.Name).
			WithHint("say the change under manager: or objects:, or leave the target out with --only"))
	}
	return set, diags
}

// Overlay is the overlay that install.yaml follows: the one called default, or a plain install where there is none.
func Overlay(m *model.Operator) model.Overlay {
	if i := slices.IndexFunc(m.Overlays, func(o model.Overlay) bool { return o.Name == "default" }); i >= 0 {
		return m.Overlays[i]
	}
	return m.DefaultOverlay()
}

// header tells who opens the file what it is and how it is applied.
func header(m *model.Operator, overlay model.Overlay) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s in the namespace %s, with everything it needs. Made by opc: do not edit.\n", m.Name, m.Version, overlay.Namespace)
	if !overlay.CreateNamespace {
		b.WriteString("The namespace must exist.\n")
	}
	// A client-side apply keeps a copy of each object in an annotation, which large CRDs don't fit into.
	b.WriteString("\n  kubectl apply --server-side -f install.yaml\n")
	return b.String()
}
