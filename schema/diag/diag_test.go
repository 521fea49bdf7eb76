package diag_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/schema/diag"
)

func TestPath(t *testing.T) {
	p := diag.Path("").Child("apis").Child("a.b/c~d").Index(2).Child("x")
	if p != "/apis/a.b~1c~0d/2/x" {
		t.Error(p)
	}
	if diff := cmp.Diff([]string{"apis", "a.b/c~d", "2", "x"}, p.Elems()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string(nil), diag.Path("").Elems()); diff != "" {
		t.Error(diff)
	}
	if _, _, _, ok := p.File(); ok {
		t.Errorf("%s is a path in a file", p)
	}
}

func TestPathInFile(t *testing.T) {
	p := diag.InFile("config/crd.yaml", 1).Join("/spec/versions/0")
	file, doc, rest, ok := p.File()
	if !ok || file != "config/crd.yaml" || doc != 1 || rest != "/spec/versions/0" {
		t.Error(file, doc, rest, ok)
	}
	for _, want := range []diag.Path{"@config/crd.yaml#1/spec/versions", "@config/crd.yaml#1/spec", "@config/crd.yaml#1"} {
		parent, ok := p.Parent()
		if !ok || parent != want {
			t.Errorf("%s: %v, want %s", parent, ok, want)
		}
		p = parent
	}
	if _, ok := p.Parent(); ok {
		t.Error("a document has a parent")
	}
	file, doc, rest, ok = diag.InFile("c#/a#b.yaml", 12).Child("x#1").File()
	if !ok || file != "c#/a#b.yaml" || doc != 12 || rest != "/x#1" {
		t.Error(file, doc, rest, ok)
	}
	for _, none := range []diag.Path{"@a", "@a#x/b", "/a#1/b"} {
		if _, _, _, ok := none.File(); ok {
			t.Errorf("%s is a path in a file", none)
		}
	}
}

func TestDotted(t *testing.T) {
	for path, want := range map[diag.Path]string{
		"": "the description", "/name": "name", "/maintainers/0/email": "maintainers[0].email", "/apis/a.b.c/x": `apis["a.b.c"].x`,
		"/labels/a~1b": `labels["a/b"]`, "/env/": `env[""]`, "/0": "[0]", "@a.yaml#0/spec/x": "spec.x",
	} {
		if got := path.Dotted(); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestPos(t *testing.T) {
	for want, p := range map[string]diag.Pos{"-": {}, "a.cue:1:2": {File: "a.cue", Line: 1, Col: 2}, "--set a=b": {File: "--set a=b"}} {
		if got := p.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// places knows two paths, and the file of all others.
type places map[diag.Path]diag.Pos

func (p places) Locate(path diag.Path) (diag.Pos, bool) {
	pos, ok := p[path]
	if !ok {
		pos = diag.Pos{File: "a.yaml", Line: 1, Col: 1}
	}
	return pos, ok
}

// TestPlace holds that findings are placed, sorted, and told once; and that the list that was given stays as it was.
func TestPlace(t *testing.T) {
	at := func(line int) diag.Pos { return diag.Pos{File: "a.yaml", Line: line, Col: 1} }
	set := diag.Pos{File: "--set a=b"}
	list := diag.List{
		diag.Errorf(diag.BadValue, "/b", "second").WithRelated("/a", "see"),
		diag.Errorf(diag.BadValue, "/a", "first"),
		diag.Errorf(diag.BadValue, "/a", "first"),
		diag.Warnf(diag.MissingField, "/a", "before"),
		{Code: diag.Syntax, Severity: diag.Error, Pos: at(9), Message: "placed"},
		{Code: diag.Syntax, Severity: diag.Error, Pos: set, Message: "flag"},
	}
	before := slices.Clone(list)
	var got []string
	for _, d := range list.Place(places{"/a": at(2), "/b": at(3)}) {
		line := d.Pos.String() + " " + d.Message
		for _, r := range d.Related {
			line += " (" + r.Pos.String() + " " + r.Message + ")"
		}
		got = append(got, line)
	}
	want := []string{"--set a=b flag", "a.yaml:2:1 before", "a.yaml:2:1 first", "a.yaml:3:1 second (a.yaml:2:1 see)", "a.yaml:9:1 placed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, list); diff != "" {
		t.Error(diff)
	}
	if list.Count(diag.Warning) != 1 || !list.HasErrors() || (diag.List{list[3]}).HasErrors() {
		t.Error("miscounted")
	}
	if got := list.Place(nil); got[0].Pos != (diag.Pos{}) {
		t.Error("placed by nobody")
	}
}

func TestNearest(t *testing.T) {
	known := []string{"name", "namespace", "version", "replicas"}
	for name, want := range map[string]string{
		"nmae": "name", "Name": "name", "NAMESPACE": "namespace", "versoin": "version", "replica": "replicas", "x": "", "": "", strings.Repeat("name", 1000): "",
	} {
		if got := diag.Nearest(name, known); got != want {
			t.Errorf("%.20s: %q, want %q", name, got, want)
		}
	}
}

// TestRules holds that every code is documented, once, in order.
func TestRules(t *testing.T) {
	rules := diag.Rules()
	for i, r := range rules {
		if i > 0 && r.Code <= rules[i-1].Code {
			t.Errorf("%s stands behind %s", r.Code, rules[i-1].Code)
		}
		if r.Title == "" || !strings.HasSuffix(r.Why, ".") && !strings.HasSuffix(r.Why, "…") {
			t.Errorf("%s is not explained: %q %q", r.Code, r.Title, r.Why)
		}
		if found, ok := diag.Explain(r.Code); !ok || found != r {
			t.Errorf("%s is not found", r.Code)
		}
	}
	if _, ok := diag.Explain("OPC0000"); ok {
		t.Error("a code that is none is explained")
	}
}
