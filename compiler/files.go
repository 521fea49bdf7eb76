package compiler

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// object is one YAML document of a file that the description names, or one said in place.
type object struct {
	tree model.Tree
	from diag.Path // of the object itself
	file string    // base name without extension; "" when said in place
}

// inside cleans a path and refuses one that leaves the description's folder. Links that leave it are refused by the
// file system the caller opened.
func (s *state) inside(name string, at diag.Path) (string, bool) {
	clean := path.Clean(strings.TrimSuffix(name, "/"))
	if name == "" || !fs.ValidPath(clean) || strings.Contains(name, `\`) {
		s.add(diag.Errorf(diag.FileOutside, at, "%q is not a path below the description's folder", name).
			WithHint("write a path relative to the description, with /, without .. and not absolute"))
		return "", false
	}
	return clean, true
}

func (s *state) unreadable(name string, at diag.Path, err error) {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.add(diag.Errorf(diag.FileMissing, at, "%s does not exist", name).WithHint("paths are relative to the description's folder"))
	case strings.Contains(err.Error(), "escapes"):
		s.add(diag.Errorf(diag.FileOutside, at, "%s is a link that leaves the description's folder", name).
			WithHint("copy the file to a place below the description"))
	default:
		s.errorf(diag.FileContent, at, "can't read %s: %v", name, err)
	}
}

// expand lists the YAML and JSON files that a file, folder or pattern stands for, sorted.
func (s *state) expand(name string, at diag.Path) []string {
	clean, ok := s.inside(name, at)
	if !ok {
		return nil
	}
	files, err := kube.Manifests(s.files, clean)
	switch {
	case kube.IsPattern(clean) && (err != nil || len(files) == 0):
		s.add(diag.Errorf(diag.FileMissing, at, "%s matches no YAML or JSON file", name).WithHint("paths are relative to the description's folder"))
		return nil
	case err != nil:
		s.unreadable(name, at, err)
		return nil
	case len(files) == 0:
		s.add(diag.Errorf(diag.FileMissing, at, "the folder %s holds no YAML file", name))
	}
	return files
}

// objectsOf reads all objects that a file, folder or pattern holds.
func (s *state) objectsOf(name string, at diag.Path) []object {
	var out []object
	for _, file := range s.expand(name, at) {
		data, err := fs.ReadFile(s.files, file)
		if err != nil {
			s.unreadable(file, at, err)
			continue
		}
		out = append(out, s.parse(file, data, at)...)
	}
	return out
}

// parse reads the documents of a YAML file; each must be a Kubernetes object.
func (s *state) parse(file string, data []byte, at diag.Path) []object {
	docs, faults := kube.Read(file, data)
	s.unread(faults, at)
	var out []object
	for i, d := range docs {
		out = append(out, s.objectsIn(d.Value, file, diag.InFile(file, i), at)...)
	}
	if len(docs) == 0 && len(faults) == 0 {
		s.add(diag.Errorf(diag.FileContent, diag.InFile(file, 0), "%s is empty", file).WithRelated(at, "named here"))
	}
	return out
}

// objectsIn takes a document as an object, or a List as its items.
func (s *state) objectsIn(v any, file string, from, at diag.Path) []object {
	tree, ok := v.(map[string]any)
	if !ok {
		s.add(diag.Errorf(diag.FileContent, from, "%s is not a Kubernetes object: expected fields such as apiVersion and kind", file).WithRelated(at, "named here"))
		return nil
	}
	if items, ok := kube.Items(tree); ok {
		var out []object
		for i, item := range items {
			out = append(out, s.objectsIn(item, file, from.Child("items").Index(i), at)...)
		}
		return out
	}
	kind := kube.Text(tree["kind"])
	if kind == "" || model.MetaString(tree, "name") == "" {
		s.add(diag.Errorf(diag.FileContent, from, "%s is not a Kubernetes object: kind or metadata.name is missing", file).WithRelated(at, "named here"))
		return nil
	}
	if hasExpr(tree) {
		s.errorf(diag.FileContent, from, "%s contains one of the private-use characters U+E000 and U+E001, which opc reserves", file)
		return nil
	}
	base := path.Base(file)
	return []object{{tree: tree, from: from, file: strings.TrimSuffix(base, path.Ext(base))}}
}

// unread reports what is wrong with the text of a named file, at its line.
func (s *state) unread(faults []kube.Fault, at diag.Path) {
	for _, f := range faults {
		d := f.Diagnostic(diag.FileContent)
		if f.Broken {
			d.Message = f.At.File + " is not valid YAML: " + d.Message
		}
		s.add(d.WithRelated(at, "named here"))
	}
}

// inPlace is an object said in the description.
func inPlace(tree model.Tree, at diag.Path) object { return object{tree: model.Clone(tree), from: at} }

// inPlaceItems is an object said in the description, or what a List said there holds.
func (s *state) inPlaceItems(tree model.Tree, at diag.Path) []object {
	if _, ok := kube.Items(tree); !ok {
		return []object{inPlace(tree, at)}
	}
	out := s.objectsIn(model.Clone(tree), "the item", at, at)
	for i := range out {
		out[i].file = "" // named after the object
	}
	return out
}

func hasExpr(v any) bool {
	switch t := v.(type) {
	case map[string]any:
		for k, e := range t {
			if model.HasExpr(k) || hasExpr(e) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(t, hasExpr)
	case string:
		return model.HasExpr(t)
	}
	return false
}
