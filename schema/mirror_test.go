package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"

	"github.com/opc-project/opc/schema/diag"
)

// TestMirror holds spec.go against the language in both directions: every field of one is a field of the other.
func TestMirror(t *testing.T) {
	m := &mirror{seen: map[string]bool{}}
	m.compare("", operator(), reflect.TypeFor[Spec]())
	for _, fault := range m.faults {
		t.Error(fault)
	}
	if m.fields < 200 {
		t.Errorf("only %d fields were compared", m.fields)
	}
}

// TestMirrorFinds holds that the comparison finds what differs.
func TestMirrorFinds(t *testing.T) {
	l := parseLanguage([]byte("#A: {a?: string, b?: #B | string, c?: [...#B], d?: [string]: #B}\n#B: {x?: string, y?: {...}}\n"))
	type b struct {
		X string         `json:"x"`
		Y map[string]any `json:"y"`
	}
	type wrong struct {
		X string `json:"x"`
	}
	for _, tt := range []struct {
		typ   reflect.Type
		fault bool
	}{
		{reflect.TypeFor[struct {
			A string       `json:"a"`
			B *b           `json:"b"`
			C []b          `json:"c"`
			D map[string]b `json:"d"`
		}](), false},
		{reflect.TypeFor[struct {
			A string       `json:"a"`
			B *wrong       `json:"b"`
			C []b          `json:"c"`
			D map[string]b `json:"d"`
		}](), true},
		{reflect.TypeFor[struct {
			A string           `json:"a"`
			B *b               `json:"b"`
			C []b              `json:"c"`
			D map[string]wrong `json:"d"`
		}](), true},
		{reflect.TypeFor[struct {
			A string       `json:"a"`
			B *b           `json:"b"`
			C []string     `json:"c"`
			D map[string]b `json:"d"`
			E string       `json:"e"`
		}](), true},
	} {
		m := &mirror{seen: map[string]bool{}}
		m.compare("", l.definition("A"), tt.typ)
		if (len(m.faults) > 0) != tt.fault {
			t.Errorf("%v: %v", tt.typ, m.faults)
		}
	}
}

type mirror struct {
	seen   map[string]bool
	faults []string
	fields int
}

func (m *mirror) faultf(format string, args ...any) {
	m.faults = append(m.faults, fmt.Sprintf(format, args...))
}

// compare holds a type of the language against one of Go. What is plain data in Go (any, map[string]any) mirrors
// everything.
func (m *mirror) compare(path string, t *typ, r reflect.Type) {
	views := viewsOf(r)
	if slices.ContainsFunc(views, isPlain) {
		return
	}
	for _, arm := range t.alternatives() {
		switch {
		case arm.kinds == listKind:
			if v := viewOf(views, func(v reflect.Type) bool { return v.Kind() == reflect.Slice }); v != nil {
				m.compare(path+"[]", arm.elem, v.Elem())
			} else {
				m.faultf("%s: a list in the language, %v in Go", path, r)
			}
		case arm.each != nil:
			if v := viewOf(views, func(v reflect.Type) bool { return v.Kind() == reflect.Map }); v != nil {
				m.compare(path+".*", arm.each, v.Elem())
			} else {
				m.faultf("%s: names of the user's own in the language, %v in Go", path, r)
			}
		case arm.kinds == mapKind:
			m.compareFields(path, arm, views)
		}
	}
	for _, v := range views {
		if names := namesOf(v); len(names) > 0 && !slices.ContainsFunc(t.alternatives(), func(a *typ) bool { return len(a.fields) > 0 }) {
			m.faultf("%s: no fields in the language, %v in Go", path, names)
		}
	}
}

func (m *mirror) compareFields(path string, t *typ, views []reflect.Type) {
	var best map[string]reflect.Type
	for _, v := range views {
		if names := namesOf(v); len(names) > 0 && (best == nil || slices.Equal(slices.Sorted(maps.Keys(names)), slices.Sorted(slices.Values(t.names())))) {
			best = names
		}
	}
	for _, f := range t.fields {
		m.fields++
		if r, ok := best[f.name]; ok {
			m.compare(path+"."+f.name, f.typ, r)
		} else {
			m.faultf("%s.%s: in the language, not in Go", path, f.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(best)) {
		if t.field(name) == nil {
			m.faultf("%s.%s: in Go, not in the language", path, name)
		}
	}
}

// viewsOf returns the types that a type can be read as: a struct without names in JSON is a choice between its fields.
func viewsOf(r reflect.Type) []reflect.Type {
	for r.Kind() == reflect.Pointer {
		r = r.Elem()
	}
	if r.Kind() != reflect.Struct || r == reflect.TypeFor[Env]() {
		return []reflect.Type{r}
	}
	out := []reflect.Type{r}
	for i := range r.NumField() {
		if f := r.Field(i); !f.Anonymous && (f.Tag.Get("json") == "" || f.Tag.Get("json") == "-") {
			out = append(out, viewsOf(f.Type)...)
		}
	}
	return out
}

func viewOf(views []reflect.Type, is func(reflect.Type) bool) reflect.Type {
	if i := slices.IndexFunc(views, is); i >= 0 {
		return views[i]
	}
	return nil
}

// isPlain reports a type that holds any JSON.
func isPlain(r reflect.Type) bool {
	switch r.Kind() {
	case reflect.Interface:
		return true
	case reflect.Map:
		return r.Elem().Kind() == reflect.Interface
	}
	return r == reflect.TypeFor[Env]()
}

// namesOf returns the fields of a struct by their names in JSON, those of embedded structs too.
func namesOf(r reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	if r.Kind() != reflect.Struct {
		return out
	}
	for i := range r.NumField() {
		f := r.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous:
			maps.Copy(out, namesOf(f.Type))
		case name != "" && name != "-":
			out[name] = f.Type
		}
	}
	return out
}

// TestJudgementIsCUEs gives everything in testdata to CUE's own judgement too: Check and CUE must agree on whether a
// description is right.
func TestJudgementIsCUEs(t *testing.T) {
	ctx := cuecontext.New()
	language := ctx.CompileBytes(Language()).LookupPath(cue.ParsePath("#Operator"))
	var wrong, right int
	for name, tree := range trees(t) {
		data, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		cueErr := language.Unify(ctx.CompileBytes(data)).Validate(cue.Concrete(true), cue.Final())
		diags := slices.DeleteFunc(Check(tree), func(d diag.Diagnostic) bool { return strings.Contains(d.Message, "U+E000") || d.Code == "OPC1007" })
		if (cueErr != nil) != diags.HasErrors() {
			t.Errorf("%s: CUE says %v, Check says %v\n%s", name, cueErr, lines(diags), data)
		}
		if cueErr != nil {
			wrong++
		} else {
			right++
		}
	}
	if wrong < 50 || right < 20 {
		t.Errorf("%d wrong and %d right descriptions are too few", wrong, right)
	}
}

// trees returns descriptions: those of testdata that can be read whole, and parts of them, so that faults are judged
// alone.
func trees(t *testing.T) map[string]map[string]any {
	t.Helper()
	out := map[string]map[string]any{}
	names, err := filepath.Glob("testdata/findings/*.*")
	if err != nil {
		t.Fatal(err)
	}
	good, err := filepath.Glob("testdata/good/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, good...) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		base := "operator" + filepath.Ext(name)
		doc, _ := Load(fstest.MapFS{base: {Data: text}}, base, Options{})
		if doc.Tree == nil {
			continue
		}
		out[name] = doc.Tree
		for field, value := range doc.Tree {
			out[name+" "+field] = map[string]any{"name": "a", "version": "1.0.0", field: value}
			fields, _ := value.(map[string]any)
			for sub, v := range fields {
				out[name+" "+field+"."+sub] = map[string]any{"name": "a", "version": "1.0.0", field: map[string]any{sub: v}}
			}
		}
	}
	return out
}
