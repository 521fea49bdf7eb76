package target

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// writer encodes the files of one target.
type writer struct {
	target *own
	view   *View
	made   *schema.Outcome
	set    emit.FileSet
	bytes  int
	diags  diag.List
}

// file encodes one file by the extension of its name; a text is written as it is.
func (w *writer) file(name string, v any) {
	at := diag.Path("").Child(filesField).Child(name)
	if problem := badName(name); problem != "" {
		w.fault(at, "%q %s: expected a path below the target's folder, such as application.yaml", name, problem)
		return
	}
	if above, ok := w.blocked(name); ok {
		w.fault(at, "%s is in a folder that has the name of the file %s", name, above)
		return
	}
	data, several, err := encode(path.Ext(name), v)
	if err != nil {
		w.fault(at, "%s: %v", name, err)
		return
	}
	if problem := w.tooMuch(len(data)); problem != "" {
		w.fault(at, "%s", problem)
		return
	}
	w.bytes += len(data)
	origins := []emit.Origin{{Path: w.target.at(at)}}
	if _, text := v.(string); !text {
		if list, ok := v.([]any); ok && !several && len(list) == 1 {
			origins, at, v = origins[:0], at.Index(0), list[0]
		}
		origins = w.origins(origins, at, "", v)
	}
	if err := w.set.Add(w.target.name+"/"+name, data, origins...); err != nil {
		w.fault(at, "%v", err)
	}
}

// origins are those of a value and all below it. A value that stands above others has one of its own only as a file or a
// document: a finding about it is of the target.
func (w *writer) origins(out []emit.Origin, at diag.Path, pointer string, v any) []emit.Origin {
	if pointer != "" || len(out) == 0 {
		out = append(out, emit.Origin{Pointer: pointer, Path: w.target.origin(w.view, w.made, at)})
	}
	switch t := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(t)) {
			out = w.origins(out, at.Child(k), pointer+"/"+diag.Escape(k), t[k])
		}
	case []any:
		for i, e := range t {
			out = w.origins(out, at.Index(i), string(diag.Path(pointer).Index(i)), e)
		}
	}
	return out
}

func (w *writer) fault(at diag.Path, format string, args ...any) {
	w.diags = append(w.diags, diag.Errorf(diag.Target, w.target.at(at), format, args...))
}

// badName says what is wrong with the name of a file.
func badName(name string) string {
	switch {
	case name == "." || !fs.ValidPath(name):
		return "is not a path below a folder"
	case strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune(`\:*?"<>|`, r) }):
		return "has a character that not every system allows in a file name"
	}
	return ""
}

// blocked finds a file whose name is that of a folder that another file is in. Names come sorted, files before what is
// below them.
func (w *writer) blocked(name string) (above string, ok bool) {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, ok := w.set.File(w.target.name + "/" + dir); ok {
			return dir, true
		}
	}
	return "", false
}

// encode writes a value in the format of an extension; several is true for a stream of several documents.
func encode(ext string, v any) (data []byte, several bool, err error) {
	if text, ok := v.(string); ok {
		return []byte(text), false, checkText(ext, text)
	}
	switch ext {
	case ".yaml", ".yml":
		return encodeYAML(v)
	case ".json":
		data, err = encodeJSON(v)
		return data, false, err
	case ".toml":
		data, err = encodeTOML(v)
		return data, false, err
	}
	return nil, false, errors.New("the name ends in none of .yaml, .yml, .json and .toml: expected text for it")
}

// encodeYAML writes a struct as a document, and a list of structs as one document each.
func encodeYAML(v any) (data []byte, several bool, err error) {
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	var b bytes.Buffer
	for i, e := range list {
		tree, ok := e.(map[string]any)
		switch {
		case !ok && isList:
			return nil, false, errors.New("a list in YAML is a stream of documents: expected structs in it; encode another list with yaml.Marshal")
		case !ok:
			return nil, false, errors.New("expected a struct, a list of structs, or text")
		}
		if i > 0 {
			b.WriteString("---\n")
		}
		if tree["apiVersion"] != nil && tree["kind"] != nil {
			b.Write(emit.YAML(tree, ""))
		} else {
			b.Write(emit.PlainYAML(tree, ""))
		}
	}
	return b.Bytes(), len(list) > 1, nil
}

func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}

func encodeTOML(v any) ([]byte, error) {
	tree, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("TOML is a table: expected a struct")
	}
	if hasNull(tree) {
		return nil, errors.New("TOML has no null: leave the field out")
	}
	var b bytes.Buffer
	e := toml.NewEncoder(&b)
	e.Indent = ""
	err := e.Encode(tree)
	return b.Bytes(), err
}

// hasNull reports whether null is in a value: the encoder would leave it out.
func hasNull(v any) bool {
	switch t := v.(type) {
	case nil:
		return true
	case map[string]any:
		for _, e := range t {
			if hasNull(e) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(t, hasNull)
	}
	return false
}

// checkText checks text that the target encoded itself. YAML is read when its objects are verified.
func checkText(ext, text string) error {
	switch ext {
	case ".json":
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			return errors.New("the text is not JSON: " + err.Error())
		}
	case ".toml":
		var v map[string]any
		if _, err := toml.Decode(text, &v); err != nil {
			return errors.New("the text is not TOML: " + err.Error())
		}
	}
	return nil
}
