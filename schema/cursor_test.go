package schema

import (
	"strings"
	"testing"

	"github.com/opc-project/opc/schema/diag"
)

// TestCursorAt marks the cursor by ‸ in texts as they are while somebody types.
func TestCursorAt(t *testing.T) {
	for _, c := range []struct {
		file, text string
		path       diag.Path
		word       string
		key        bool
	}{
		{"operator.yaml", "name: kiln\nvers‸ion: 1.0.0\n", "/version", "version", true},
		{"operator.yaml", "name: kiln\nver‸", "/ver", "ver", true},
		{"operator.yaml", "name: kiln\nmanager:\n  ‸\n", "/manager/", "", true},
		{"operator.yaml", "name: kiln\nmanager:\n  repl‸\n  args: [a]\n", "/manager/repl", "repl", true},
		{"operator.yaml", "manager:\n  kind: State‸\n", "/manager/kind", "State", false},
		{"operator.yaml", "manager:\n  kind: ‸\nname: kiln\n", "/manager/kind", "", false},
		{"operator.yaml", "crds: [config/a.yaml, config/‸b.yaml]\n", "/crds/1", "config/b.yaml", false},
		{"operator.yaml", "crds:\n- config/a.yaml\n- 'config/‸b.yaml'\n", "/crds/1", "config/b.yaml", false},
		{"operator.yaml", "permissions:\n- sc‸\n", "/permissions/0/sc", "sc", true},
		{"operator.yaml", "permissions:\n- scope: ‸\n", "/permissions/0/scope", "", false},
		{"operator.json", `{"name": "kiln", "man‸ager": {"replicas": 1}}`, "/manager", "manager", true},
		{"operator.json", `{"name": "kiln", "manager": {"re‸"}}`, "/manager/re", "re", true},
		{"operator.json", `{"name": "ki‸ln"}`, "/name", "kiln", false},
		{"operator.cue", "package operator\n\nname: \"kiln\"\nmanager: {\n\trepl‸\n}\n", "/manager/repl", "repl", true},
		{"operator.cue", "package operator\n\nname: \"kiln\"\nmanager: repl‸icas: 2\n", "/manager/replicas", "replicas", true},
		{"operator.cue", "manager: kind: \"Stateful‸\"\n", "/manager/kind", "Stateful", false},
		{"operator.cue", "manager: kind: ‸\nname: \"kiln\"\n", "/manager/kind", "", false},
		{"operator.cue", "crds: [\"config/a.yaml\", \"config/b‸.yaml\"]\n", "/crds/1", "config/b.yaml", false},
		{"operator.cue", "permissions: [{sco‸}]\n", "/permissions/0/sco", "sco", true},
		{"operator.cue", "image: \"a\"\n‸\nname: \"kiln\"\n", "/", "", true},
		{"operator.cue", "labels: \"app.example/x‸\": \"a\"\n", "/labels/app.example~1x", "app.example/x", true},
	} {
		before, after, _ := strings.Cut(c.text, "‸")
		got, ok := CursorAt(c.file, []byte(before+after), len(before))
		if !ok || got.Path != c.path || got.Word != c.word || got.Key != c.key {
			t.Errorf("%q: %v %+v, want %s %q %t", c.text, ok, got, c.path, c.word, c.key)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, c := range []struct {
		path       diag.Path
		name, want string
	}{
		{"/manager/replicas", "replicas", "a whole number"},
		{"/crds/0", "crds", ""},
		{"/features/mirror/description", "description", "text"},
		{"/overlays/prod", "prod", ""},
	} {
		h, ok := HelpOf(c.path)
		if !ok || h.Name != c.name || !strings.Contains(h.Type, c.want) || h.Name != "prod" && h.Doc == "" {
			t.Errorf("%s: %v %+v", c.path, ok, h)
		}
	}
	for _, p := range []diag.Path{"", "/manager/pod/tolerations/0/key", "/nothing"} {
		if h, ok := HelpOf(p); ok {
			t.Errorf("%s: %+v", p, h)
		}
	}
	if f := FieldsAt(""); len(f) < 20 || f[1].Name != "name" || !f[1].Required {
		t.Errorf("%d fields: %+v", len(f), f[:2])
	}
	if v := strings.Join(ValuesAt("/manager/kind"), " "); v != "Deployment StatefulSet DaemonSet Job CronJob" {
		t.Error(v)
	}
}

// FuzzCursorAt holds that no text that somebody types is too odd to answer.
func FuzzCursorAt(f *testing.F) {
	f.Add("operator.cue", "manager: {\n\trepl\n}\n", 16)
	f.Add("operator.yaml", "crds:\n- 'config/b.yaml\n", 14)
	f.Add("operator.json", `{"a": ["`, 8)
	f.Fuzz(func(t *testing.T, name, text string, offset int) {
		c, ok := CursorAt(name, []byte(text), offset)
		if ok && (c.Start < 0 || c.End > len(text) || c.Start > offset || c.End < offset) {
			t.Errorf("%+v", c)
		}
		if ok {
			HelpOf(c.Path)
			FieldsAt(c.Path)
		}
	})
}
