package compiler

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
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
	docs, err := documents(data)
	if err != nil {
		s.add(diag.Errorf(diag.FileContent, diag.InFile(file, 0), "%s is not YAML: %v", file, err).WithRelated(at, "named here"))
		return nil
	}
	var out []object
	for i, tree := range docs {
		from := diag.InFile(file, i)
		if len(docs) == 1 {
			from = diag.InFile(file, 0)
		}
		kind, _ := tree["kind"].(string)
		if kind == "" || model.MetaString(tree, "name") == "" {
			s.add(diag.Errorf(diag.FileContent, from, "%s holds no Kubernetes object: it has no kind or no metadata.name", file).WithRelated(at, "named here"))
			continue
		}
		if hasExpr(tree) {
			s.errorf(diag.FileContent, from, "%s holds one of the private-use characters U+E000 and U+E001, which opc keeps for itself", file)
			continue
		}
		base := path.Base(file)
		out = append(out, object{tree: tree, from: from, file: strings.TrimSuffix(base, path.Ext(base))})
	}
	if len(docs) == 0 {
		s.add(diag.Errorf(diag.FileContent, diag.InFile(file, 0), "%s is empty", file).WithRelated(at, "named here"))
	}
	return out
}

// documents splits a YAML stream and reads each document as Kubernetes does; empty ones are left out.
func documents(data []byte) ([]model.Tree, error) {
	r := utilyaml.NewYAMLReader(newReader(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))))
	var out []model.Tree
	for {
		doc, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		text, err := yaml.YAMLToJSON(doc)
		if err != nil {
			return nil, err
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		tree, ok := schema.Numbers(v).(map[string]any)
		if !ok {
			return nil, errors.New("a document is not a set of fields")
		}
		out = append(out, tree)
	}
}

// inPlace is an object said in the description.
func inPlace(tree model.Tree, at diag.Path) object { return object{tree: model.Clone(tree), from: at} }

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

func newReader(data []byte) *bufio.Reader { return bufio.NewReader(bytes.NewReader(data)) }
