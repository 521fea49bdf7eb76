package schema

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/opc-project/opc/schema/diag"
)

// good loads everything in testdata/good.
func good(t testing.TB) map[string]*Document {
	t.Helper()
	names, err := filepath.Glob("testdata/good/*")
	if err != nil || len(names) < 4 {
		t.Fatal(names, err)
	}
	out := map[string]*Document{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		base := "operator" + filepath.Ext(name)
		doc, diags := Load(fstest.MapFS{base: {Data: text}}, base, Options{})
		if diags != nil {
			t.Fatalf("%s: %q", name, lines(diags.Place(doc.Index)))
		}
		out[filepath.Base(name)] = doc
	}
	return out
}

// TestEveryFieldIsUsed holds that the descriptions in testdata/good say every field of the language.
func TestEveryFieldIsUsed(t *testing.T) {
	used := map[*field]bool{}
	for _, doc := range good(t) {
		use(operator(), doc.Tree, used)
	}
	everyField("", operator(), map[*typ]bool{}, func(path string, f *field) {
		if !used[f] {
			t.Errorf("%s is nowhere in testdata/good", path)
		}
	})
}

func use(t *typ, x any, used map[*field]bool) {
	for _, arm := range t.alternatives() {
		switch v := x.(type) {
		case map[string]any:
			for name, e := range v {
				if f := arm.field(name); f != nil {
					used[f] = true
					use(f.typ, e, used)
				} else if arm.each != nil {
					use(arm.each, e, used)
				}
			}
		case []any:
			for _, e := range v {
				if arm.elem != nil {
					use(arm.elem, e, used)
				}
			}
		}
	}
}

// everyField calls f for every field of a type, and of the types below it, once.
func everyField(path string, t *typ, seen map[*typ]bool, f func(path string, f *field)) {
	for _, arm := range t.alternatives() {
		if seen[arm] {
			continue
		}
		seen[arm] = true
		for _, below := range arm.fields {
			f(path+"."+below.name, below)
			everyField(path+"."+below.name, below.typ, seen, f)
		}
		for _, below := range []*typ{arm.each, arm.elem} {
			if below != nil {
				everyField(path, below, seen, f)
			}
		}
	}
}

var sentence = regexp.MustCompile(`^[A-Z].*[.!]$`)

// TestComments holds that the language documents itself: every field has full sentences and says its default, every
// required one says what is wanted, and every definition has a comment.
func TestComments(t *testing.T) {
	n := 0
	everyField("", operator(), map[*typ]bool{}, func(path string, f *field) {
		n++
		if !sentence.MatchString(f.doc) {
			t.Errorf("%s: the comment is no sentence: %q", path, f.doc)
		}
		if f.required && f.typ.want == "" && !slices.ContainsFunc(f.typ.alternatives(), func(a *typ) bool { return a.only != nil }) {
			t.Errorf("%s is required and does not say what is @want-ed", path)
		}
		if f.required && strings.Contains(f.doc, "Default:") {
			t.Errorf("%s is required and has a default", path)
		}
		if strings.Contains(f.doc, "Default: . ") || strings.HasSuffix(f.doc, "..") && !strings.HasSuffix(f.doc, "...") {
			t.Errorf("%s: %q", path, f.doc)
		}
		if _, after, found := strings.Cut(f.doc, "Default: "); found && regexp.MustCompile(`\. [A-Z]`).MatchString(after) {
			t.Errorf("%s: the default is not said last: %q", path, f.doc)
		}
		names := strings.Fields(strings.Join(append(f.alias, f.holds...), " "))
		for _, name := range names {
			if name == f.name {
				t.Errorf("%s is an alias of itself", path)
			}
		}
	})
	if n < 200 {
		t.Errorf("only %d fields", n)
	}
	l := parseLanguage(Language())
	for _, name := range l.order {
		if !sentence.MatchString(l.definition(name).doc) {
			t.Errorf("#%s: the comment is no sentence: %q", name, l.definition(name).doc)
		}
	}
}

// withoutDefault are the fields that say nothing of a default, since nothing is the only one they could have.
var withoutDefault = regexp.MustCompile(`^\.(helm|kustomize|olm|catalog)$|^\.permissions\.rules\.|\.(deployment|statefulSet|daemonSet|job|cronJob|pod|container|csv|chart|values|kustomization)$|\.webhooks\.hooks\.rules$`)

func TestDefaults(t *testing.T) {
	everyField("", operator(), map[*typ]bool{}, func(path string, f *field) {
		if !f.required && !strings.Contains(f.doc, "efault") && !withoutDefault.MatchString(path) {
			t.Errorf("%s does not say its default: %q", path, f.doc)
		}
	})
}

// TestAliases holds that no name leads to two fields of one type.
func TestAliases(t *testing.T) {
	l := parseLanguage(Language())
	for _, name := range l.order {
		seen := map[string]string{}
		for _, f := range l.definition(name).fields {
			for _, other := range append(slices.Clone(f.alias), f.holds...) {
				if first, dup := seen[other]; dup || l.definition(name).field(other) != nil {
					t.Errorf("#%s: %s is another name of %s and %s", name, other, first, f.name)
				}
				seen[other] = f.name
			}
		}
	}
}

// TestDeprecated holds that a field with an end is told, and still read.
func TestDeprecated(t *testing.T) {
	l := parseLanguage([]byte("#A: {a?: string @deprecated(\"2027-06-01 b\"), b?: string}\n"))
	c := &checker{}
	c.value("", l.definition("A"), map[string]any{"a": "x"})
	want := "-: OPC1008: a is deprecated, and works until 2027-06-01; write b instead"
	if got := lines(c.diags); len(got) != 1 || got[0] != want || c.diags.HasErrors() {
		t.Errorf("%q", got)
	}
}

func TestLanguageIsFormatted(t *testing.T) {
	formatted, err := Format(Language())
	if err != nil || !bytes.Equal(formatted, Language()) {
		t.Errorf("opc/operator.cue is not as cue fmt prints it: %v", err)
	}
	for i, line := range strings.Split(string(Language()), "\n") {
		if len(line) > 160 && !strings.Contains(line, "@") {
			t.Errorf("line %d has %d characters", i+1, len(line))
		}
	}
}

// TestMeant holds the suggestions for what stands in the wrong place.
func TestIntended(t *testing.T) {
	for _, tt := range []struct {
		at   diag.Path
		name string
		want string
	}{
		{"", "nmae", "name"}, {"", "Version", "version"}, {"", "crd", "crds"}, {"", "webhook", "webhooks"}, {"", "replicaCount", "manager.replicas"},
		{"", "env", "manager.env"}, {"", "certificates", "manager.metrics.certificates"}, {"", "x", ""}, {"", strings.Repeat("name", 1000000), ""},
		{"/manager", "envs", "env"}, {"/manager", "volumes", "manager.pod.volumes"}, {"/manager", "pdb", "podDisruptionBudget"},
		{"/manager/metrics", "replicas", "manager.replicas"}, {"/release", "channel", "channels"}, {"/watch", "installModes", "modes"},
	} {
		arms := operator().at(tt.at.Elems()).alternatives()
		if got := intended(tt.at, arms[len(arms)-1], tt.name); got != tt.want {
			t.Errorf("%s %.20s: %q, want %q", tt.at, tt.name, got, tt.want)
		}
	}
}
