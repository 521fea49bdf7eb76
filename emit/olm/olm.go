// Package olm writes the OLM bundle (registry+v1): the ClusterServiceVersion, the CustomResourceDefinitions and further
// manifests, metadata and the scorecard's configuration
// (https://github.com/operator-framework/operator-registry/blob/master/docs/design/operator-bundle.md). What stands in
// it is computed in emit/internal/bundle; here it becomes files. Start at run.
package olm

import (
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/internal/bundle"
	"github.com/opc-project/opc/schema/diag"
)

// Target writes the OLM bundle.
var Target = &emit.Target{
	Name: "olm",
	Doc:  "OLM bundle (registry+v1): ClusterServiceVersion, manifests and metadata.",
	Emit: run,
	Lost: bundle.Lost,

	Outputs: []string{"bundle"},
	Whole:   []string{"bundle/manifests", "bundle/metadata"},
}

// Where the parts of a bundle stand.
const (
	manifestsDir = "bundle/manifests/"
	metadataDir  = "bundle/metadata/"
	scorecard    = "bundle/tests/scorecard/config.yaml"
)

// writer collects the files of one bundle.
type writer struct {
	m     *model.Operator
	files emit.FileSet
	diags diag.List
}

func run(m *model.Operator) (*emit.FileSet, diag.List) {
	b, diags := bundle.Make(m)
	w := &writer{m: m, diags: diags}
	w.file(manifestsDir+m.OLM.Package+".clusterserviceversion.yaml", emit.OrderedYAML(b.CSV, "", csvOrder), b.Origins...)
	w.manifests(b)
	w.metadata()
	w.size()
	w.fixed()
	return &w.files, w.diags
}

// file adds a file. A name that can't be added is a fault of opc's own: names are made from checked ones.
func (w *writer) file(name string, data []byte, origins ...emit.Origin) {
	if err := w.files.Add(name, data, origins...); err != nil {
		w.diags = append(w.diags, diag.Errorf(diag.Internal, "", "olm: %v", err))
	}
}

// csvOrder is the order in which people read a ClusterServiceVersion: who it is, how it is installed, the long lists.
func csvOrder(path []string) []string {
	switch strings.Join(path, ".") {
	case "spec":
		return []string{
			"displayName", "version", "replaces", "skips", "maturity", "minKubeVersion", "provider", "maintainers", "links", "keywords",
			"description", "icon", "installModes", "install", "customresourcedefinitions", "apiservicedefinitions", "nativeAPIs",
			"webhookdefinitions", "relatedImages",
		}
	case "spec.install":
		return []string{"strategy", "spec"}
	case "spec.install.spec":
		return []string{"deployments", "clusterPermissions", "permissions"}
	case "spec.install.spec.clusterPermissions", "spec.install.spec.permissions":
		return []string{"serviceAccountName"}
	case "spec.install.spec.deployments", "spec.links", "spec.maintainers", "spec.relatedImages", "spec.provider":
		return []string{"name", "label"}
	case "spec.customresourcedefinitions.owned", "spec.customresourcedefinitions.required":
		return []string{"name", "kind", "version", "displayName", "description"}
	case "spec.nativeAPIs":
		return []string{"group", "version", "kind"}
	case "spec.installModes":
		return []string{"type"}
	case "spec.webhookdefinitions":
		return []string{"type", "generateName", "deploymentName", "containerPort", "targetPort", "webhookPath", "conversionCRDs"}
	}
	return emit.KeyOrder(path)
}

// fixed reports the parameters that users of OLM can't choose: a Subscription sets environment variables, and no fields.
func (w *writer) fixed() {
	var names []string
	for _, p := range w.m.Parameters {
		if p.Env == "" {
			names = append(names, p.Name)
		}
	}
	if len(names) > 0 {
		w.diags = append(w.diags, diag.Warnf(diag.NotExpressible, "/parameters",
			"OLM installs the default of %s: a Subscription can only set environment variables, and these parameters have none", strings.Join(names, ", ")).
			WithHint("set env to a variable that the program reads, or accept the finding"))
	}
}
