// Package compiler lowers a description to the model: short forms become Kubernetes objects, files are read, names are
// resolved, lists are sorted. Lower is a list of passes, one file each; it reads files only through the fs.FS it is
// given. Nothing here knows CUE or an output format.
package compiler

import (
	"cmp"
	"context"
	"io/fs"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// Generator makes CustomResourceDefinitions and Roles from the markers in Go packages, as YAML documents. It reads the
// disk and runs the Go tool, so the caller provides it. Faults of the Go files are *MarkerFault, several of them joined.
type Generator interface {
	CRDs(ctx context.Context, from *schema.FromGo) ([]byte, error)
	Roles(ctx context.Context, from *schema.FromGo) ([]byte, error)
}

// MarkerFault is a fault that a Generator found in a Go file.
type MarkerFault struct {
	Pos     diag.Pos // File is relative to the description's folder
	Message string
}

// Error returns the place and the message.
func (f *MarkerFault) Error() string { return f.Pos.String() + ": " + f.Message }

// Catalogs reads the files of a catalog image by its reference, which has a digest. It uses the network, so the caller
// provides it. Nil files mean that the caller does not need them.
type Catalogs interface {
	Catalog(ctx context.Context, ref string) (map[string][]byte, error)
}

// Options are what lowering needs besides the description.
type Options struct {
	Generator Generator // may be nil: then from: "go" is refused
	Catalogs  Catalogs  // may be nil: then catalog.extends can't be an image
}

// pass is one step of lowering. Order matters: later passes use what earlier ones put into the model.
type pass struct {
	name string
	run  func(*state)
}

var passes = []pass{
	{"included", (*state).included},
	{"identity", (*state).identity},
	{"image", (*state).image},
	{"features", (*state).features},
	{"parameters", (*state).parameters},
	{"watch", (*state).watch},
	{"crds", (*state).crds},
	{"apis", (*state).apis},
	{"webhooks", (*state).webhooks},
	{"listeners", (*state).listeners},
	{"workloads", (*state).workloads},
	{"permissions", (*state).permissions},
	{"metrics", (*state).metrics},
	{"certificates", (*state).certificates},
	{"guards", (*state).guards},
	{"objects", (*state).objects},
	{"subjects", (*state).subjects},
	{"links", (*state).links},
	{"sets", (*state).sets},
	{"imageLinks", (*state).imageLinks},
	{"availability", (*state).availability},
	{"release", (*state).release},
	{"dockerfile", (*state).dockerfile},
	{"targets", (*state).targets},
	{"overlays", (*state).overlays},
	{"finish", (*state).finish},
}

// Lower turns a description that passed the schema into the model. files is rooted at the description's folder. All
// faults are reported; the model is complete only when none is an error.
func Lower(ctx context.Context, doc *schema.Document, files fs.FS, opts Options) (*model.Operator, diag.List) {
	s := newState(ctx, &doc.Spec, files, opts)
	for _, p := range passes {
		p.run(s)
	}
	return s.m, s.diags
}

// finish sorts what has an identity of its own and finds names that are used twice or are too long.
func (s *state) finish() {
	slices.SortStableFunc(s.m.Objects, func(a, b model.Object) int {
		return cmp.Or(cmp.Compare(rank(a.Kind()), rank(b.Kind())), cmp.Compare(a.Kind(), b.Kind()),
			cmp.Compare(model.MetaString(a.Tree, "namespace"), model.MetaString(b.Tree, "namespace")), cmp.Compare(a.Name(), b.Name()))
	})
	s.names()
	if len(s.m.Objects) == 0 && len(s.m.CRDs) == 0 && len(s.m.OLM.Manifests) == 0 && !s.diags.HasErrors() {
		s.add(diag.Errorf(diag.NothingToShip, "/manager", "the description installs nothing").WithHint("describe a manager, workloads, crds or objects"))
	}
}

// rank orders kinds as an installer must: what others need comes first.
func rank(kind string) int {
	order := []string{"Namespace", "PriorityClass", "ServiceAccount", "Secret", "ConfigMap", "ClusterRole", "ClusterRoleBinding",
		"Role", "RoleBinding", "Service", "Deployment", "StatefulSet", "DaemonSet", "PodDisruptionBudget", "NetworkPolicy", "Issuer", "Certificate",
		"ServiceMonitor", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"}
	if i := slices.Index(order, kind); i >= 0 {
		return i
	}
	return len(order)
}
