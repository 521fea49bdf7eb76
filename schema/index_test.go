package schema

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/opc-project/opc/schema/diag"
)

// located holds paths against positions; a position with a "~" in front is that of an ancestor.
func located(t *testing.T, doc *Document, wants map[diag.Path]string) {
	t.Helper()
	for path, want := range wants {
		pos, exact := doc.Index.Locate(path)
		got := pos.String()
		if !exact {
			got = "~" + got
		}
		if got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestPositionsInCUE(t *testing.T) {
	fsys := fstest.MapFS{
		"operator.cue": {Data: []byte(`package operator

import "example.com/op/common"

name:    "a"
version: common.version
image: repository: "x/y"
keywords: [
	"a",
	name,
]
manager: {
	args: ["x"]
	ports: {for n, p in _ports {"\(n)-port": p}}
}
_ports: {http: 80}
manager: replicas: 1 + 1
provider: #P & {url: "u"}
#P: {name: "P", url: string}
labels: "q/r~s.t": "x"
"annotations": {a: "b"}
maintainers: [for n in ["Jo"] {name: n}, {name: "Bo"}]
helm: values: {
	common
	x: *1 | int
}
`)},
		"more.cue": {Data: []byte(`package operator

manager: image: "a/b"
image: tag: "ö", image: platforms: ["linux/amd64"]
`)},
		"cue.mod/module.cue": {Data: []byte("module: \"example.com/op\"\nlanguage: version: \"v0.9.0\"\n")},
		"common/common.cue":  {Data: []byte("package common\n\nversion: \"1.0.0\"\n")},
	}
	doc, diags := Load(fsys, "operator.cue", Options{})
	if diags != nil {
		t.Fatal(lines(diags.Place(doc.Index)))
	}
	located(t, doc, map[diag.Path]string{
		"":                         "operator.cue:1:1",
		"/name":                    "operator.cue:5:10",
		"/version":                 "operator.cue:6:10", // where it is used, not where it is defined
		"/image":                   "more.cue:4:1",      // the first of several declarations
		"/image/repository":        "operator.cue:7:20",
		"/image/tag":               "more.cue:4:13",
		"/image/platforms":         "more.cue:4:26",
		"/image/platforms/0":       "more.cue:4:38",
		"/keywords":                "operator.cue:8:1",
		"/keywords/0":              "operator.cue:9:2",
		"/keywords/1":              "operator.cue:10:2",
		"/keywords/2":              "~operator.cue:8:1",
		"/manager":                 "more.cue:3:1",
		"/manager/args/0":          "operator.cue:13:9",
		"/manager/ports/http-port": "operator.cue:14:43",
		"/manager/replicas":        "operator.cue:17:20",
		"/manager/image":           "more.cue:3:17",
		"/manager/env/X":           "~more.cue:3:1",
		"/provider":                "operator.cue:18:11",
		"/provider/url":            "operator.cue:18:22", // the text, not the rule
		"/provider/name":           "operator.cue:19:12",
		"/labels/q~1r~0s.t":        "operator.cue:20:20",
		"/annotations/a":           "operator.cue:21:20",
		"/maintainers/0/name":      "operator.cue:22:38",
		"/maintainers/1/name":      "operator.cue:22:49",
		"/helm/values/version":     "common/common.cue:3:10",
		"/helm/values/x":           "operator.cue:25:5",
		"/nothing/at/all":          "~operator.cue:1:1",
	})
}

func TestPositionsInYAML(t *testing.T) {
	doc, diags := Load(fstest.MapFS{"operator.yaml": {Data: []byte(`name: a
version: &v "1.0.0"
summary: *v
provider:
  name: "Ü" # comment
keywords:
- a
-   b
manager: {args: [x, "y"], replicas: 1}
image: &image
  repository: x/y
workloads:
  web: {deployment: &d {spec: {paused: true}}}
  api:
    deployment: *d
    pod:
      <<: *d
      hostname: h
labels: {größe: "1", next: "2"}
description: |
  text
olm: {bundleAnnotations: {a/b~c.d: }}
`)}}, "operator.yaml", Options{})
	if diags != nil {
		t.Fatal(lines(diags.Place(doc.Index)))
	}
	located(t, doc, map[diag.Path]string{
		"":                                      "operator.yaml:1:1",
		"/name":                                 "operator.yaml:1:7",
		"/version":                              "operator.yaml:2:10",
		"/summary":                              "operator.yaml:3:10",
		"/provider":                             "operator.yaml:4:1",
		"/provider/name":                        "operator.yaml:5:9",
		"/provider/url":                         "~operator.yaml:4:1",
		"/keywords":                             "operator.yaml:6:1",
		"/keywords/1":                           "operator.yaml:8:5",
		"/keywords/9":                           "~operator.yaml:6:1",
		"/manager":                              "operator.yaml:9:1",
		"/manager/args/1":                       "operator.yaml:9:21",
		"/manager/replicas":                     "operator.yaml:9:37",
		"/image":                                "operator.yaml:10:1",
		"/workloads/web/deployment/spec":        "operator.yaml:13:25",
		"/workloads/api/deployment":             "operator.yaml:15:17", // the alias
		"/workloads/api/deployment/spec/paused": "operator.yaml:13:40", // what it stands for
		"/workloads/api/pod/spec/paused":        "operator.yaml:13:40",
		"/workloads/api/pod/hostname":           "operator.yaml:18:17",
		"/labels/größe":                         "operator.yaml:19:19", // columns count bytes
		"/labels/next":                          "operator.yaml:19:30",
		"/description":                          "operator.yaml:20:14",
		"/olm/bundleAnnotations/a~1b~0c.d":      "operator.yaml:22:27",
		"/nothing":                              "~operator.yaml:1:1",
	})
}

// TestPositionsInNamedFiles looks into files that the description names.
func TestPositionsInNamedFiles(t *testing.T) {
	fsys := fstest.MapFS{
		"operator.yaml": {Data: []byte(minimal)},
		"config/a.yaml": {Data: []byte(`# comment
---
# only a comment
---
kind: First
spec:
  list: [a, {b: c}]
  "q/r~s": x
  base: &base {k: v}
  copy: *base
  more:
    <<: *base
---
kind: Second
---
self: &self
  <<: *self
`)},
		"config/b.json":    {Data: []byte("{\n\t\"kind\": \"B\",\n\t\"spec\": {\"größe\": [1], \"b\": 2}}\n")},
		"config/bad.yaml":  {Data: []byte("kind: First\n---\nkind: [\n")},
		"config/empty.yml": {},
	}
	doc, _ := Load(fsys, "operator.yaml", Options{})
	located(t, doc, map[diag.Path]string{
		"@config/a.yaml#0":               "config/a.yaml:5:1",
		"@config/a.yaml#0/kind":          "config/a.yaml:5:7",
		"@config/a.yaml#0/spec":          "config/a.yaml:6:1",
		"@config/a.yaml#0/spec/list/1/b": "config/a.yaml:7:17",
		"@config/a.yaml#0/spec/q~1r~0s":  "config/a.yaml:8:12",
		"@config/a.yaml#0/spec/copy/k":   "config/a.yaml:9:19",
		"@config/a.yaml#0/spec/more/k":   "config/a.yaml:9:19",
		"@config/a.yaml#0/spec/none/k":   "~config/a.yaml:6:1",
		"@config/a.yaml#1/kind":          "config/a.yaml:14:7",
		"@config/a.yaml#2/self/x":        "~config/a.yaml:16:1",
		"@config/a.yaml#3/kind":          "~config/a.yaml:1:1",
		"@config/b.json#0/kind":          "config/b.json:2:10",
		"@config/b.json#0/spec/größe/0":  "config/b.json:3:23",
		"@config/b.json#0/spec/b":        "config/b.json:3:32",
		"@config/b.json#1/spec":          "~config/b.json:1:1",
		"@config/bad.yaml#0/kind":        "config/bad.yaml:1:7",
		"@config/bad.yaml#1/kind":        "~config/bad.yaml:1:1",
		"@config/empty.yml#0/kind":       "~config/empty.yml:1:1",
		"@config/absent.yaml#0/kind":     "~config/absent.yaml:1:1",
		"@../outside.yaml#0/kind":        "~../outside.yaml:1:1",
	})
}

// TestPositionsAtOnce asks from several goroutines: targets run side by side.
func TestPositionsAtOnce(t *testing.T) {
	fsys := fstest.MapFS{"operator.cue": {Data: []byte("name: \"a\"\nversion: \"1.0.0\"\n")}, "a.yaml": {Data: []byte("kind: A\n")}}
	doc, _ := Load(fsys, "operator.cue", Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			located(t, doc, map[diag.Path]string{"/version": "operator.cue:2:10", "@a.yaml#0/kind": "a.yaml:1:7"})
		})
	}
	wg.Wait()
}

// TestPositionsAfterAFault holds that places are known also when the description is not evaluated.
func TestPositionsAfterAFault(t *testing.T) {
	for name, text := range map[string]string{"operator.cue": "name: \"a", "operator.yaml": "name: [", "operator.json": "{"} {
		doc, diags := Load(fstest.MapFS{name: {Data: []byte(text)}}, name, Options{})
		if !diags.HasErrors() {
			t.Error(name)
		}
		located(t, doc, map[diag.Path]string{"/name": "~" + name + ":1:1"})
	}
	long := strings.Repeat("/x", 5000)
	doc, _ := Load(fstest.MapFS{"operator.yaml": {Data: []byte(minimal)}}, "operator.yaml", Options{})
	located(t, doc, map[diag.Path]string{diag.Path(long): "~operator.yaml:1:1"})
}
