package schema

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/schema/diag"
)

// TestSet replaces values of the same description in CUE, YAML and JSON.
func TestSet(t *testing.T) {
	texts := map[string]string{
		"operator.cue": `
name:    "a"
version: "1.0.0"
image: {repository: "x/y", tag: "1"}
manager: replicas: 1
maintainers: [{name: "Jo"}, {name: "Bo"}]
parameters: level: default: "info"
labels: {"a.b/c": "d"}
`,
		"operator.yaml": `
name: a
version: 1.0.0
image: {repository: x/y, tag: "1"}
manager: {replicas: 1}
maintainers: [{name: Jo}, {name: Bo}]
parameters: {level: {default: info}}
labels: {a.b/c: d}
`,
		"operator.json": `{"name": "a", "version": "1.0.0", "image": {"repository": "x/y", "tag": "1"}, "manager": {"replicas": 1},
"maintainers": [{"name": "Jo"}, {"name": "Bo"}], "parameters": {"level": {"default": "info"}}, "labels": {"a.b/c": "d"}}`,
	}
	tests := []struct {
		set  string
		at   string
		want any
	}{
		{"version=2.0.0", "version", "2.0.0"},
		{"image.tag=3", "image.tag", "3"},
		{"image.tag=", "image.tag", ""},
		{"image.digest=" + digest, "image.digest", digest},
		{"manager.replicas=3", "manager.replicas", int64(3)},
		{"manager.leaderElection=false", "manager.leaderElection", false},
		{"manager.container.x.y=z", "manager.container.x.y", "z"},
		{"manager.pod.hostNetwork=true", "manager.pod.hostNetwork", true},
		{"manager.metrics=false", "manager.metrics", false},
		{"manager.resources=null", "manager.resources", nil},
		{"maintainers.1.name=Mo", "maintainers.1.name", "Mo"},
		{"maintainers.0={name: Mo}", "maintainers.0.name", "Mo"},
		{"parameters.level.default=5", "parameters.level.default", "5"},
		{"parameters.other.default=5", "parameters.other.default", int64(5)},
		{"parameters.other.default=1.5", "parameters.other.default", 1.5},
		{"parameters.other.default=a: b", "parameters.other.default", "a: b"},
		{"parameters.other.default=[x", "parameters.other.default", "[x"},
		{`labels.a\.b/c=e`, "labels.a.b/c", "e"},
		{"keywords=[a, b]", "keywords.1", "b"},
		{"summary=a=b", "summary", "a=b"},
		{"summary=true", "summary", "true"},
		{"release.replaces=0.9.0", "release.replaces", "0.9.0"},
		{"helm.values.a=\"5\"", "helm.values.a", "5"},
	}
	for name, text := range texts {
		for _, tt := range tests {
			doc, got := loaded(t, name, text, Options{Set: []string{tt.set}})
			if got != nil {
				t.Errorf("%s --set %s: %v", name, tt.set, got)
				continue
			}
			at := strings.ReplaceAll(tt.at, "a.b/c", "a·b/c")
			x := any(doc.Tree)
			for _, elem := range strings.Split(at, ".") {
				elem = strings.ReplaceAll(elem, "·", ".")
				switch v := x.(type) {
				case map[string]any:
					x = v[elem]
				case []any:
					x = v[elem[0]-'0']
				}
			}
			if diff := cmp.Diff(tt.want, x); diff != "" {
				t.Errorf("%s --set %s: %s", name, tt.set, diff)
			}
		}
	}
}

const digest = "sha256:0123456789012345678901234567890123456789012345678901234567890123"

// TestSetInCUE replaces a value before CUE evaluates: what refers to it follows.
func TestSetInCUE(t *testing.T) {
	const text = `package operator

import "strings"

name:     "a"
version:  string
image:    {repository: "x/y"}
image:    {tag: "v\(version)"} & {platforms: ["linux/amd64"]}
summary:  "\(name) \(version)"
homepage: #Site.url
#Site: url: "https://example.com"
manager: _common & {replicas: 2}
_common: {args: [strings.ToUpper("x")], ports: {for p in ["a"] {(p): 1}}}
keywords: [for k in ["x"] {k}]
`
	tests := []struct {
		name string
		set  []string
		want []string
		then func(Spec) bool
	}{
		{"open", nil, []string{`operator.cue:6:11: OPC1006: version has no value: string only says what it must be; write a value, or give one with --set version=…`}, nil},
		{"filled", []string{"version=1.2.3"}, nil, func(s Spec) bool {
			return s.Version == "1.2.3" && *s.Image.Tag == "v1.2.3" && s.Summary == "a 1.2.3"
		}},
		{"twice", []string{"version=1.2.3", "version=1.2.4", "name=b"}, nil, func(s Spec) bool { return s.Summary == "b 1.2.4" }},
		{"in a part", []string{"version=1.2.3", "image.platforms.0=linux/arm64", "image.tag=x"}, nil, func(s Spec) bool {
			return s.Image.Platforms[0] == "linux/arm64" && *s.Image.Tag == "x"
		}},
		{"a reference", []string{"version=1.2.3", "homepage=https://example.org", "manager.replicas=3"}, nil, func(s Spec) bool {
			return s.Homepage == "https://example.org" && *s.Manager.Replicas == 3
		}},
		{"new", []string{"version=1.2.3", "release.channels=[x]", "provider.name=P"}, nil, func(s Spec) bool {
			return s.Release.Channels[0] == "x" && s.Provider.Name == "P"
		}},
		{"made elsewhere", []string{"version=1.2.3", "manager.ports.a=2"},
			[]string{`--set manager.ports.a=2: OPC1006: manager.ports.a is said twice, differently: 2 and 1 (operator.cue:13:70: and here)`}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, got := loaded(t, "operator.cue", text, Options{Set: tt.set})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if tt.then != nil && !tt.then(doc.Spec) {
				t.Errorf("%+v", doc.Spec)
			}
		})
	}
}

// TestSetBelowText holds that a part of what a description says in a short form can be set, in each of its languages, and
// that the rest of the short form stays.
func TestSetBelowText(t *testing.T) {
	for name, text := range map[string]string{
		"operator.yaml": "name: a\nversion: 1.0.0\nimage: registry.example.com:5000/b:v9\nrelated: {db: 'example.com/db:1'}\nmanager: {metrics: false}\n",
		"operator.json": `{"name": "a", "version": "1.0.0", "image": "registry.example.com:5000/b:v9", "related": {"db": "example.com/db:1"}, "manager": {"metrics": false}}`,
		"operator.cue":  "name: \"a\"\nversion: \"1.0.0\"\nimage: \"registry.example.com:5000/b:v9\"\nrelated: db: \"example.com/db:1\"\nmanager: metrics: false\n",
	} {
		doc, got := loaded(t, name, text, Options{Set: []string{"image.repository=localhost/b", "related.db.env=DB", "manager.metrics.port=9090"}})
		image, db := doc.Spec.Image, doc.Spec.Related["db"]
		if got != nil || image == nil || image.Repository != "localhost/b" || image.Tag == nil || *image.Tag != "v9" || image.Reference != "" || db.Image != "example.com/db:1" || db.Env == nil || *db.Env != "DB" {
			t.Errorf("%s: %v %+v %+v", name, got, image, db)
		}
		if _, got := loaded(t, name, text, Options{Set: []string{"name.first=b"}}); len(got) != 1 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestFaultsOfSet holds that a fault in a setting is told at the setting.
func TestFaultsOfSet(t *testing.T) {
	tests := []struct{ set, want string }{
		{"version=v2", `--set version=v2: OPC1005: version is "v2": expected a semantic version such as 1.2.3 or 1.0.0-rc.1, without a leading "v"; did you mean "2.0.0"?`},
		{"version=", `--set version=: OPC1005: version is "": expected a semantic version such as 1.2.3 or 1.0.0-rc.1, without a leading "v"`},
		{"version", `--set version: OPC1005: a setting is a path and a value, such as version=1.2.3`},
		{"=1", `--set =1: OPC1005: a setting is a path and a value, such as version=1.2.3`},
		{"a..b=1", `--set a..b=1: OPC1005: a setting is a path and a value, such as version=1.2.3`},
		{"versoin=1.0.0", `--set versoin=1.0.0: OPC1002: unknown field "versoin"; did you mean "version"?`},
		{"manager.replica=2", `--set manager.replica=2: OPC1002: unknown field "replica" in manager; did you mean "replicas"?`},
		{"manager.replicas=many", `--set manager.replicas=many: OPC1004: manager.replicas is the text "many": expected a whole number, 0 or more`},
		{"provider.nam=x", `--set provider.nam=x: OPC1002: unknown field "nam" in provider; did you mean "name"?`},
		{"keywords=x", `--set keywords=x: OPC1004: keywords is the text "x": expected a list of texts; write a list: keywords: ["x"]`},
		{"parameters.series.default=7.30", `--set parameters.series.default=7.30: OPC1005: 7.30 is read as the number 7.3: expected a value that is kept as written; write 7.3, or put it in quotes if it is text: "7.30"`},
		{"summary=\ue000", "--set summary=\ue000: OPC1005: the text holds U+E000 or U+E001, which opc keeps for itself; remove the character: it has no meaning in Unicode"},
	}
	for name, text := range map[string]string{"operator.yaml": minimal, "operator.cue": "name: \"a\"\nversion: \"1.0.0\"\n"} {
		for _, tt := range tests {
			_, got := loaded(t, name, text, Options{Set: []string{tt.set}})
			if diff := cmp.Diff([]string{tt.want}, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
	_, got := loaded(t, "operator.yaml", minimal+"maintainers: [{name: Jo}]\n", Options{Set: []string{"maintainers.3.name=x"}})
	if diff := cmp.Diff([]string{`--set maintainers.3.name=x: OPC1005: there is no maintainers[3].name to set`}, got); diff != "" {
		t.Error(diff)
	}
}

// TestSetIsNoPlace holds that places beside a setting stay in the file.
func TestSetIsNoPlace(t *testing.T) {
	doc, _ := loaded(t, "operator.yaml", minimal+"image: {repository: a/b}\n", Options{Set: []string{"image.tag=x"}})
	for path, want := range map[diag.Path]string{
		"/image/tag": "--set image.tag=x", "/image": "operator.yaml:3:1", "/image/repository": "operator.yaml:3:21", "/image/tags": "operator.yaml:3:1",
	} {
		if pos, _ := doc.Index.Locate(path); pos.String() != want {
			t.Errorf("%s: %s, want %s", path, pos, want)
		}
	}
}
