// Package all is the one list of targets.
package all

import (
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/catalog"
	"github.com/opc-project/opc/emit/dockerfile"
	"github.com/opc-project/opc/emit/helm"
	"github.com/opc-project/opc/emit/kustomize"
	"github.com/opc-project/opc/emit/manifests"
	"github.com/opc-project/opc/emit/olm"
)

// Targets are the built-in targets, in the order in which they run and are listed.
var Targets = []*emit.Target{
	dockerfile.Target,
	helm.Target,
	kustomize.Target,
	manifests.Target,
	olm.Target,
	catalog.Target,
}
