// Package helm writes the Helm chart: Chart.yaml, values.yaml with its JSON schema, one template for each object, a
// README and notes. The objects come from the model as they are; the chart turns their expressions into template
// actions and their conditions into guards (node.go), and adds the knobs that people expect of a chart (workload.go,
// knobs.go). Start at run.
//
// The package imports no Helm. internal/tree prints the templates; tests hold them against Helm's own engine.
package helm

import (
	"path"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/schema/diag"
)

// Target writes the Helm chart.
var Target = &emit.Target{
	Name: "helm",
	Doc:  "Helm chart with a schema for its values",
	Emit: run,
	Lost: Lost,

	Outputs: []string{"chart"},
	Whole:   []string{"chart/crds", "chart/templates"},
}

// chart is what the steps of writing a chart share.
type chart struct {
	m      *model.Operator
	values *value
	files  *emit.FileSet
	diags  diag.List

	known    map[string]bool   // conditions that are decided for every install with Helm
	watches  bool              // whether the installer can choose the watched namespaces
	accounts []account         // service accounts of workloads
	secrets  map[string]string // names of Secrets with certificates -> the helper that gives them
	reserved map[string]bool   // labels that the chart sets itself on some object
	// annotationKeys are the annotations that the chart sets itself on some object.
	annotationKeys map[string]bool
	images         []image // images with values of their own

	additions []addition // lists that the installer can make longer
}

func run(m *model.Operator) (*emit.FileSet, diag.List) {
	c := built(m)
	c.documents()
	c.lostNamespace()
	return c.files, c.diags
}

// built writes the templates, and thereby finds the values.
func built(m *model.Operator) *chart {
	c := &chart{
		m: m, values: &value{}, files: &emit.FileSet{}, known: map[string]bool{model.AtomOLM: false},
		secrets: map[string]string{}, reserved: map[string]bool{}, annotationKeys: map[string]bool{},
	}
	c.decide()
	c.standardValues()
	c.objects()
	c.crds()
	c.extraObjects()
	c.testPod()
	c.commonLabels()
	c.commonAnnotations()
	c.overlayValues()
	return c
}

// decide settles what does not differ between installs with Helm.
func (c *chart) decide() {
	c.watches = c.m.Watch.Env != ""
	switch {
	case c.m.Watch.Own:
		c.known[model.AtomWatchSome] = true
	case !c.watches:
		c.known[model.AtomWatchSome] = false
	}
}

// add puts a file into the chart.
func (c *chart) add(name string, data []byte, origins ...emit.Origin) {
	if err := c.files.Add(path.Join("chart", name), data, origins...); err != nil {
		c.diags = append(c.diags, diag.Errorf(diag.Internal, "", "the chart: %v", err))
	}
}

// include calls one of the chart's named templates, which bear the chart's name as Helm's conventions ask.
func (c *chart) include(name string) tree.Expr {
	return tree.Call("include", tree.Text(c.m.Name+"."+name), tree.Context())
}

func root(from diag.Path) emit.Origin { return emit.Origin{Path: from} }
