package compiler

import (
	"context"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// state is what the passes share.
type state struct {
	ctx   context.Context // that of Lower, for what it starts
	spec  *schema.Spec
	files fs.FS
	opts  Options
	m     *model.Operator
	diags diag.List

	base    string            // what names begin with, without the dash; "" when names are literal
	renamed map[string]string // names in files whose objects get the prefix -> the name as an expression
	manager *schema.Manager   // never nil; None where there is none
	// hookService is the Service that the first webhook of webhooks.from calls, and where it says so.
	hookService   string
	hookServiceAt diag.Path
	noCRDs        bool // CRDs were asked for and none could be read: that is told, and not what follows from it
}

func newState(ctx context.Context, spec *schema.Spec, files fs.FS, opts Options) *state {
	s := &state{ctx: ctx, spec: spec, files: files, opts: opts, m: &model.Operator{}, renamed: map[string]string{}, manager: spec.Manager}
	if s.manager == nil {
		s.manager = &schema.Manager{}
	}
	return s
}

func (s *state) add(d ...diag.Diagnostic) { s.diags = append(s.diags, d...) }

func (s *state) errorf(code diag.Code, path diag.Path, format string, args ...any) {
	s.add(diag.Errorf(code, path, format, args...))
}

// ownName is the name of an object that opc makes: the operator's name with a suffix such as "-webhook-service".
func (s *state) ownName(suffix string) string {
	if s.base == "" {
		return strings.TrimPrefix(suffix, "-")
	}
	return model.Name(suffix)
}

// nameExpr turns a name as it stands in the cluster into one that follows the operator's name where it begins with it.
func (s *state) nameExpr(name string) string {
	if s.base == "" || name == "" || model.HasExpr(name) {
		return name
	}
	if rest, ok := strings.CutPrefix(name, s.base); ok && (rest == "" || rest[0] == '-') {
		return model.Name(rest)
	}
	return name
}

// prefixed gives a name from a file the operator's prefix, as kustomize's namePrefix does.
func (s *state) prefixed(name string) string {
	if s.base == "" {
		return name
	}
	return model.Name("-" + name)
}

// plainName is a name at default values, for messages and file names.
func (s *state) plainName(expr string) string {
	scope := model.Scope{Name: s.base, Namespace: s.m.Namespace}
	return scope.String(expr)
}

func (s *state) addObject(o model.Object) { s.m.Objects = append(s.m.Objects, o) }

// metadata of a namespaced object that opc makes itself.
func (s *state) metadata(name string, labels map[string]any) map[string]any {
	md := s.clusterMetadata(name, labels)
	md["namespace"] = model.Namespace()
	return md
}

// clusterMetadata is metadata of a cluster-scoped object that opc makes itself.
func (s *state) clusterMetadata(name string, labels map[string]any) map[string]any {
	md := map[string]any{"name": name}
	all := map[string]any{}
	for k, v := range s.spec.Labels {
		if v != nil {
			all[k] = *v
		}
	}
	maps.Copy(all, labels)
	if len(all) > 0 {
		md["labels"] = all
	}
	if len(s.spec.Annotations) > 0 {
		md["annotations"] = stringMap(s.spec.Annotations)
	}
	return md
}

// commonLabels are kubebuilder's labels of what it scaffolds.
func (s *state) commonLabels() map[string]any {
	return s.kept(map[string]any{model.LabelName: model.Ref(model.OpAppName, ""), model.LabelManagedBy: model.Ref(model.OpManagedBy, "")})
}

// kept leaves out those labels that the description removes from all objects.
func (s *state) kept(labels map[string]any) map[string]any {
	maps.DeleteFunc(labels, func(k string, _ any) bool { v, said := s.spec.Labels[k]; return said && v == nil })
	return labels
}

// managerLabels are those and the manager's own, by which services select its pods.
func (s *state) managerLabels() map[string]any {
	l := s.commonLabels()
	maps.Copy(l, s.managerSelector())
	return l
}

func (s *state) managerSelector() map[string]any {
	return s.selector(&s.manager.Workload, "manager")
}

func stringMap(m map[string]string) map[string]any {
	if m == nil {
		return nil
	}
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

func stringList(l []string) []any {
	out := make([]any, len(l))
	for i, v := range l {
		out[i] = v
	}
	return out
}

// has reports whether the operator has a feature.
func (s *state) has(feature string) bool {
	return slices.ContainsFunc(s.m.Features, func(f model.Feature) bool { return f.Name == feature })
}

func deref[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
