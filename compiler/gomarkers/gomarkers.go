// Package gomarkers makes CustomResourceDefinitions and Roles from the markers in Go packages, with controller-tools
// as a library. It runs the Go tool and reads the disk, so it stands at the edge, and only descriptions that say
// from: "go" pay for it. It is the only importer of controller-tools.
package gomarkers

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"
	"sigs.k8s.io/controller-tools/pkg/crd"
	"sigs.k8s.io/controller-tools/pkg/genall"
	"sigs.k8s.io/controller-tools/pkg/loader"
	"sigs.k8s.io/controller-tools/pkg/markers"
	"sigs.k8s.io/controller-tools/pkg/rbac"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// Version is the version of controller-tools, which stands in the CRDs it makes. Asked at run time, the library would
// answer with the version of the program it is built into, so that two builds of opc would write different CRDs.
const Version = "v0.23.0"

const versionAnnotation = "controller-gen.kubebuilder.io/version"

// Generator reads Go packages below Dir, an absolute path. It implements compiler.Generator.
type Generator struct{ Dir string }

// CRDs makes the CustomResourceDefinitions of the packages, as YAML documents.
func (g Generator) CRDs(ctx context.Context, from *schema.FromGo) ([]byte, error) {
	gen, err := configured[crd.Generator]("crd", from.Options)
	if err != nil {
		return nil, err
	}
	out, err := g.run(ctx, gen, from)
	if err != nil {
		return nil, err
	}
	return annotate(out)
}

// Roles makes the Roles and ClusterRoles of the packages, called manager-role, as YAML documents.
func (g Generator) Roles(ctx context.Context, from *schema.FromGo) ([]byte, error) {
	gen, err := configured[rbac.Generator]("rbac", append([]string{"roleName=manager-role"}, from.Options...))
	if err != nil {
		return nil, err
	}
	return g.run(ctx, gen, from)
}

// configured makes a generator from options as controller-gen takes them, such as maxDescLen=0.
func configured[T any, P interface {
	*T
	genall.Generator
}](name string, options []string) (genall.Generator, error) {
	var zero T
	def, err := markers.MakeDefinition(name, markers.DescribesPackage, zero)
	if err != nil {
		return nil, err
	}
	marker := "+" + name
	if len(options) > 0 {
		marker += ":" + strings.Join(options, ",")
	}
	value, err := def.Parse(marker)
	if err != nil {
		return nil, fmt.Errorf("the options %s: %w", strings.Join(options, ", "), err)
	}
	out, ok := value.(T)
	if !ok {
		return nil, fmt.Errorf("the options %s are not those of %s", strings.Join(options, ", "), name)
	}
	return P(&out), nil
}

func (g Generator) run(ctx context.Context, gen genall.Generator, from *schema.FromGo) ([]byte, error) {
	paths := slices.Clone(from.Packages)
	if len(paths) == 0 {
		paths = []string{"./..."}
	}
	for i, p := range paths {
		if !filepath.IsLocal(strings.TrimPrefix(p, "./")) {
			return nil, fmt.Errorf("the package %s is not below the description's folder", p)
		}
		paths[i] = g.Dir + "/" + strings.TrimPrefix(p, "./")
	}
	list := genall.Generators{&gen}
	rt, err := list.ForRootsWithConfig(&packages.Config{Context: ctx, Dir: g.Dir}, paths...)
	if err != nil {
		return nil, errors.New(strings.TrimSpace(strings.ReplaceAll(err.Error(), g.Dir+"/", "")))
	}
	out := &memory{}
	own := rt.GenerationContext
	own.OutputRule = out
	if _, checks := gen.(genall.NeedsTypeChecking); !checks {
		own.Checker = nil
	}
	err = gen.Generate(&own)
	if faults := g.faults(rt.Roots); faults != nil {
		return nil, faults
	}
	return out.documents(), err
}

// faults collects what the loader found, each a compiler.MarkerFault where its place is known. Type errors are left out:
// the generator checks only the types it needs, and others can look undefined to it.
func (g Generator) faults(roots []*loader.Package) error {
	var faults []error
	for _, root := range roots {
		for _, e := range root.Errors {
			pos := g.pos(e.Pos)
			switch {
			case e.Kind == packages.TypeError:
			case pos.IsValid():
				faults = append(faults, &compiler.MarkerFault{Pos: pos, Message: e.Msg})
			default:
				faults = append(faults, fmt.Errorf("%s: %s", root.PkgPath, e.Msg))
			}
		}
	}
	slices.SortFunc(faults, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	return errors.Join(slices.CompactFunc(faults, func(a, b error) bool { return a.Error() == b.Error() })...)
}

// pos reads a position as the loader writes it, file:line:col; it is not valid where the file is not below Dir.
func (g Generator) pos(text string) diag.Pos {
	rest, col := number(text)
	file, line := number(rest)
	rel, err := filepath.Rel(g.Dir, file)
	if err != nil || !filepath.IsLocal(rel) {
		return diag.Pos{}
	}
	return diag.Pos{File: filepath.ToSlash(rel), Line: line, Col: col}
}

// number splits the number behind the last colon from a text.
func number(text string) (rest string, n int) {
	i := max(strings.LastIndex(text, ":"), 0)
	n, err := strconv.Atoi(strings.TrimPrefix(text[i:], ":"))
	if err != nil {
		return text, 0
	}
	return text[:i], n
}

// memory is an output rule that keeps what is written.
type memory struct{ files []*file }

type file struct {
	bytes.Buffer
	name string
}

func (*file) Close() error { return nil }

// Open implements genall.OutputRule.
func (m *memory) Open(_ *loader.Package, name string) (io.WriteCloser, error) {
	f := &file{name: name}
	m.files = append(m.files, f)
	return f, nil
}

func (m *memory) documents() []byte {
	slices.SortFunc(m.files, func(a, b *file) int { return cmp.Compare(a.name, b.name) })
	var out bytes.Buffer
	for _, f := range m.files {
		if !bytes.HasPrefix(f.Bytes(), []byte("---")) {
			out.WriteString("---\n")
		}
		out.Write(f.Bytes())
	}
	return out.Bytes()
}

// annotate writes the library's own version into the CRDs.
func annotate(stream []byte) ([]byte, error) {
	var out bytes.Buffer
	for doc := range bytes.SplitSeq(stream, []byte("\n---\n")) {
		var tree map[string]any
		if err := kube.Decode("", bytes.TrimPrefix(doc, []byte("---\n")), &tree); err != nil {
			return nil, err
		}
		if md, ok := tree["metadata"].(map[string]any); ok {
			if a, ok := md["annotations"].(map[string]any); ok {
				a[versionAnnotation] = Version
			}
		}
		text, err := kube.Encode(tree)
		if err != nil {
			return nil, err
		}
		out.WriteString("---\n")
		out.Write(text)
	}
	return out.Bytes(), nil
}
