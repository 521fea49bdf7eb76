// Package dockerfile writes the Dockerfiles of the operator's image, of its OLM bundle and of its catalog, and says
// what the builder does not need to see. It knows nothing of the other targets, only where the output tree has their
// files. Read image.go first; quote.go and check.go keep what users write on the line where it belongs.
package dockerfile

import (
	"bytes"
	"embed"
	"text/template"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
)

// Target writes Dockerfile, Dockerfile.dockerignore, bundle.Dockerfile and catalog.Dockerfile.
var Target = &emit.Target{
	Name: "dockerfile",
	Doc:  "Dockerfiles of the operator's image, its OLM bundle and its catalog",
	Emit: run,

	Outputs: []string{"Dockerfile", "Dockerfile.dockerignore", "bundle.Dockerfile", "catalog.Dockerfile"},
}

//go:embed templates/*.tmpl
var files embed.FS

var templates = template.Must(template.ParseFS(files, "templates/*.tmpl"))

// run leaves out the operator's Dockerfile when its image comes from elsewhere, and each file that has a fault.
func run(m *model.Operator) (*emit.FileSet, diag.List) {
	w := &writer{set: &emit.FileSet{}}
	if m.Image.Repository != "" {
		c := &checker{}
		img := newImage(m, c)
		ignore := newIgnore(m.Dockerfile)
		if w.found(c.diags) {
			w.write("Dockerfile", "Dockerfile.tmpl", img, m.Dockerfile.From)
			w.write("Dockerfile.dockerignore", "dockerignore.tmpl", ignore, m.Dockerfile.From)
		}
	}
	c := &checker{}
	bundle := newBundle(m, c)
	if w.found(c.diags) {
		w.write("bundle.Dockerfile", "bundle.Dockerfile.tmpl", bundle, m.OLM.From)
	}
	c = &checker{}
	catalog := newCatalog(c, m)
	if w.found(c.diags) {
		w.write("catalog.Dockerfile", "catalog.Dockerfile.tmpl", catalog, m.Catalog.From)
	}
	return w.set, w.diags
}

// writer fills templates into the file set.
type writer struct {
	set   *emit.FileSet
	diags diag.List
}

// found takes over the findings about a file and reports whether it can be written.
func (w *writer) found(diags diag.List) bool {
	w.diags = append(w.diags, diags...)
	return !diags.HasErrors()
}

func (w *writer) write(name, tmpl string, data any, from diag.Path) {
	var b bytes.Buffer
	err := templates.ExecuteTemplate(&b, tmpl, data)
	if err == nil {
		err = w.set.Add(name, b.Bytes(), emit.Origin{Path: from})
	}
	if err != nil {
		w.diags = append(w.diags, diag.Errorf(diag.Internal, from, "%s: %v", name, err))
	}
}
