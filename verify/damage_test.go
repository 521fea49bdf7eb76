package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// damage is one way to break what was emitted: one file with one thing of it changed.
type damage struct {
	of         compiled
	usual      map[string]bool // the errors that are told of the whole files
	file, what string
	shape      string        // damages of one shape differ in names and numbers only
	data       func() []byte // nil takes the file away
}

// damages lists the ways to break a file: each field, element and value of YAML and JSON, each line of other texts.
func damages(file string, data []byte) []damage {
	out := []damage{{file: file, what: "take the file away", shape: "file " + family(file)}}
	if ext := path.Ext(file); !isTemplate(file) && (ext == ".yaml" || ext == ".json") {
		return append(out, damagedDocuments(file, data)...)
	}
	return append(out, damagedLines(file, string(data))...)
}

var numbers = regexp.MustCompile(`\d+`)

// family is what files of one kind have in common in their names.
func family(file string) string {
	switch {
	case strings.HasPrefix(file, "kustomize/overlays/"):
		return "kustomize/overlays"
	case strings.HasPrefix(file, "kustomize/components/"):
		return "kustomize/components"
	case strings.HasPrefix(file, "bundle/manifests/"):
		return "bundle/manifests"
	}
	return path.Dir(file)
}

// damagedDocuments breaks one thing of a file's documents at a time.
func damagedDocuments(file string, data []byte) []damage {
	docs, _ := kube.Read(file, data)
	var out []damage
	for i, d := range docs {
		kind := ""
		if t, ok := d.Value.(map[string]any); ok {
			if t["kind"] != nil && t["apiVersion"] == nil {
				continue // no client takes it as it is
			}
			kind, _ = t["kind"].(string)
			if schema, ok := t["schema"].(string); ok {
				kind = schema
			}
		}
		places(d.Value, "", "", func(what, shape string, broken func() any) {
			out = append(out, damage{file: file, what: what, shape: family(file) + " " + kind + " " + shape, data: func() []byte {
				return written(file, docs, i, broken())
			}})
		})
	}
	return out
}

// written is a file of documents with another value in the place of one.
func written(file string, docs []kube.Document, i int, v any) []byte {
	var text []string
	for j, d := range docs {
		value := d.Value
		if j == i {
			value = v
		}
		encode := yaml.Marshal
		if path.Ext(file) == ".json" {
			encode = json.Marshal
		}
		part, err := encode(value)
		if err != nil {
			panic(err) // it was YAML
		}
		text = append(text, string(part))
	}
	return []byte(strings.Join(text, "---\n"))
}

// places calls f for each way to break a value: broken returns the whole with that one change.
func places(v any, at, shape string, f func(what, shape string, broken func() any)) {
	inner := func(part any, put func(any) any, at, shape string) {
		places(part, at, shape, func(what, shape string, broken func() any) {
			f(what, shape, func() any { return put(broken()) })
		})
	}
	switch t := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(t)) {
			at, name := at+"/"+k, k
			if strings.ContainsAny(k, "./") || len(t) > 12 {
				name = "*"
			}
			f(drop(t[k])+at, "drop "+shape+"/"+name, func() any {
				c := maps.Clone(t)
				delete(c, k)
				return c
			})
			inner(t[k], func(x any) any {
				c := maps.Clone(t)
				c[k] = x
				return c
			}, at, shape+"/"+name)
		}
	case []any:
		for i, e := range t {
			at := at + "/" + strconv.Itoa(i)
			f(drop(e)+at, "drop "+shape+"/*", func() any { return slices.Delete(slices.Clone(t), i, i+1) })
			inner(e, func(x any) any {
				c := slices.Clone(t)
				c[i] = x
				return c
			}, at, shape+"/*")
		}
	case string:
		f("change "+at, "change "+shape, func() any { return t + "x" })
	case bool:
		f("change "+at, "change "+shape, func() any { return !t })
	case int64:
		f("change "+at, "change "+shape, func() any { return t + 1 })
	case float64:
		f("change "+at, "change "+shape, func() any { return t + 1 })
	}
}

// drop says that a value is taken away, and whether there is anything in it.
func drop(v any) string {
	if m, ok := v.(map[string]any); ok && len(m) == 0 || v == "" || v == false {
		return "drop empty "
	}
	return "drop "
}

// guard is the condition of a template's action.
var guard = regexp.MustCompile(`\{\{-? (if|with|range) `)

// damagedLines drops lines of a text, and turns the guards of templates.
func damagedLines(file, text string) []damage {
	lines := strings.SplitAfter(text, "\n")
	var out []damage
	comment := false
	for i, line := range lines {
		word := strings.TrimSpace(line)
		comment = comment || strings.HasPrefix(word, "{{/*")
		if comment || word == "" || strings.HasPrefix(word, "#") {
			comment = comment && !strings.Contains(word, "*/")
			continue
		}
		shape := family(file) + " " + numbers.ReplaceAllString(word, "0")
		with := func(what, line string) {
			changed := slices.Clone(lines)
			changed[i] = line
			out = append(out, damage{
				file: file, what: fmt.Sprintf("%s line %d: %s", what, i+1, word), shape: what + " " + shape,
				data: func() []byte { return []byte(strings.Join(changed, "")) },
			})
		}
		with("drop", "")
		if strings.Contains(word, "{{- if ") {
			with("turn", strings.Replace(guard.ReplaceAllString(line, "{{- if not ("), " }}", ") }}", 1))
		}
		if name, value, ok := strings.Cut(line, ": "); ok && !strings.Contains(value, "{{") && strings.TrimSpace(value) != "" {
			with("change", name+": "+strings.TrimRight(value, "\"\n")+"x"+value[len(strings.TrimRight(value, "\"\n")):])
		}
	}
	return out
}

// errors are what a check tells of the damage: those that it does not tell of the whole files.
func (d damage) errors() map[string]bool {
	files := &emit.FileSet{}
	for _, name := range d.of.files.Names() {
		f, _ := d.of.files.File(name)
		data := f.Data
		if name == d.file {
			if d.data == nil {
				continue
			}
			data = d.data()
		}
		if err := files.Add(name, data, f.Origins...); err != nil {
			panic(err)
		}
	}
	found := tells(d.of.model, files, d.file)
	maps.DeleteFunc(found, func(e string, _ bool) bool { return d.usual[e] })
	return found
}

// tells lists the errors of the parts of a check that read a file, by what they say and where, whichever setting of
// whichever artifact they came up in.
func tells(m *model.Operator, files *emit.FileSet, file string) map[string]bool {
	k := newCheck(m, files, Options{})
	tasks := []task{k.metadata, k.dockerfiles}
	switch dir, _, _ := strings.Cut(file, "/"); dir {
	case chartDir:
		tasks = append(tasks, k.chart()...)
	case kustomizeDir:
		tasks = append(tasks, k.kustomize, k.switched)
	case bundleDir, catalogDir:
		tasks = append(tasks, k.bundle)
	default:
		tasks = append(tasks, k.manifests)
	}
	out := map[string]bool{}
	for _, d := range told(run(context.Background(), tasks...), k.place) {
		if d.Severity == diag.Error {
			out[string(d.Code)+" "+string(d.Path)+" "+circumstances.ReplaceAllString(d.Message, "")] = true
		}
	}
	return out
}

var circumstances = regexp.MustCompile(`^with [^:]*: | \([^()]*\)$`)

// passed are damages that the proof lets pass, with the reason. What is none of these must be caught.
var passed = []struct{ pattern, why string }{
	// For people.
	{`^chart/README\.md|^chart/templates/NOTES\.txt`, "it is for people; no installer reads it"},
	{`^chart/values\.schema\.json: (drop|change) /(.*/)?(title|description)$`, "it is for people; Helm reads what a value may be"},
	{`^chart/templates/_helpers\.tpl: change line \d+: \{\{- fail `, "the words of a message for people"},

	// What is left out on purpose, or needs not be there.
	{`^(Dockerfile|bundle\.Dockerfile|catalog\.Dockerfile|Dockerfile\.dockerignore|install\.yaml|catalog/.*): take the file away`, "a target can be left out (--only)"},
	{`^Dockerfile\.dockerignore: drop line \d+: [^!]`, "the builder is sent more than it needs, which changes no image; that it is sent what it needs is held"},
	{`^bundle/manifests/.*: (drop|change) /spec/conversion/webhook/clientConfig/service/path$`, "OLM writes the conversion of what a webhook of the ClusterServiceVersion converts"},
	{`^chart/\.helmignore`, "it keeps files out of a packaged chart that opc does not write"},
	{`^Dockerfile: .*(--mount=type=(cache|secret)|go mod download|COPY go\.mod )`, "the modules have a layer of their own, so that building again is quicker; what go build itself needs is held"},
	{`^chart/templates/extra/nameless\.yaml`, "no client takes an object without apiVersion; the description accepts that"},

	// What means the same.
	{`: drop empty .*/(affinity|value)$`, "to Kubernetes, an empty text and an empty affinity are as none"},
	{`^catalog/.*: drop empty /(relatedImages/\d+/name|properties/\d+/value/.*)$`, "OLM and opm read the catalog into types of Go, where empty and absent are one"},
	{`^chart/values\.schema\.json: drop /properties/parameters/properties/\w+/type$`, "the values of its enum are of that type"},
	{`^chart/values\.schema\.json: (drop|change) /properties/watchNamespaces/uniqueItems$`, "where one namespace can be watched, maxItems refuses a second"},
	{`^chart/templates/_helpers\.tpl: drop line \d+: \{\{- default "default" \.Values\.workloads\.idle\.`, "that workload's pod names no service account"},

	{`^chart/templates/_helpers\.tpl: drop line \d+: \{\{- fail \(printf "[\w.]+: (two elements have the name|the chart sets %s itself)`,
		"the API server refuses an element that stands twice; the tests of emit/helm hold that the chart says so first"},
	{`^chart/values\.schema\.json: (drop|change) /(definitions/|properties/(\w+/properties/)*(affinity|dnsConfig|extraEnv|hostAliases|lifecycle|livenessProbe|podSecurityContext|readinessProbe|resources|securityContext|startupProbe|strategy|updateStrategy|volumeClaimTemplates|namespaceSelector|objectSelector)/)`,
		"the schema of a field of Kubernetes is derived from its type, which TestShape checks; what is wider the API server refuses"},

	{`^chart/values\.schema\.json: (drop|change) /properties/workloads/properties/\w+/properties/(backoffLimit|ttlSecondsAfterFinished)/minimum$`,
		"the API server refuses a negative number of a Job; the tests of emit/helm hold that the chart says so first"},

	{`^chart/values\.schema\.json: (drop|change) /properties/(\w+/properties/)*podLabels/properties/`,
		"the tests of emit/helm hold that the chart refuses the labels that it sets itself"},

	// What only a namePrefix above the overlay needs.
	{`^kustomize/base/(namereference\.yaml|kustomization\.yaml): .*(/nameReference|/configurations|path|fieldSpecs)`, "it lets names follow a namePrefix above the overlay, which TestPrefixAbove builds"},
	{`^kustomize/base/namespace/replacements\.yaml: change .*/select/name$`, "it lets host names follow a namePrefix above the overlay, which TestPrefixAbove builds"},
	{`^kustomize/components/[^:]*: (drop|change) .*inject-ca-from$`, "a replacement of the overlay writes the name that the Certificate has there"},

	// What kustomize does by itself.
	{`/kustomization\.yaml: drop /(apiVersion|kind)$`, "kustomize fills it in"},
	{`/kustomization\.yaml: drop empty /labels/\d+/includeSelectors$`, "false is what kustomize takes when it is left out"},
	{`/replacements\.yaml: change /metadata/name$`, "it is the configuration of a transformer, which nothing refers to"},
	{`^kustomize/.*: drop /(target|patches/\d+/target|replacements/\d+/(source|targets/\d+/select))/(group|kind|name)$`, "what is left of the selector selects the same"},
	{`^kustomize/overlays/[^:]*-patch\.yaml: (drop|change) /(apiVersion|kind|metadata/name)$`, "the target in kustomization.yaml says which object is patched"},
	{`^kustomize/components/[^:]*: (drop|change) /(metadata|subjects/\d+|webhooks/\d+/clientConfig/service)/namespace$`, "kustomize gives it the namespace of the overlay"},
	{`^kustomize/overlays/[^:]*: change /(metadata/name|subjects/\d+/namespace)$`, "kustomize gives a Namespace, and a service account's binding, the namespace of the overlay"},
	{`^kustomize/overlays/[^:]*: (drop|change) /(replacements|transformers)`, "it moves copies of the overlay into another namespace, and changes nothing where it stands"},
}

// TestDamage breaks what all descriptions of the repository compile to, one thing at a time, and holds that the proof tells
// of each. With OPC_DAMAGE=1 every way is tried, eight minutes of processor time, and every entry of passed must let something
// pass; as a rule one way in sixty is tried, which most entries have no part in.
func TestDamage(t *testing.T) {
	list := chosenDamages(t)
	told := make([]bool, len(list))
	var wg sync.WaitGroup
	turn := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, d := range list {
		wg.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			told[i] = len(d.errors()) > 0
		})
	}
	wg.Wait()
	found, let, used := 0, 0, map[int]int{}
	for i, d := range list {
		why := slices.IndexFunc(passed, func(p struct{ pattern, why string }) bool {
			return regexp.MustCompile(p.pattern).MatchString(d.file + ": " + d.what)
		})
		switch {
		case told[i]:
			found++
		case why >= 0:
			used[why]++
			let++
		default:
			t.Errorf("%s: %s: %s: nothing tells of it", d.of.name, d.file, d.what)
		}
	}
	t.Logf("%d of %d damages caught (%.1f%%), %d let pass for a reason that is written down", found, len(list), 100*float64(found)/float64(len(list)), let)
	for i, p := range passed {
		t.Logf("%5d %s: %s", used[i], p.pattern, p.why)
		if used[i] == 0 && everyDamage() == 1 {
			t.Errorf("%s lets nothing pass: remove it", p.pattern)
		}
	}
	if len(list) < 100 {
		t.Errorf("only %d damages", len(list))
	}
}

// everyDamage is how many ways there are to one that is tried.
func everyDamage() int {
	if n, err := strconv.Atoi(os.Getenv("OPC_DAMAGE")); err == nil && n > 0 {
		return n
	}
	return 60
}

// chosenDamages are damages of every shape, or one in so many of them.
func chosenDamages(t *testing.T) []damage {
	every := everyDamage()
	seen := map[string]bool{}
	var out []damage
	all := cases(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		c, usual := compile(t, name, all[name]), map[string]map[string]bool{} // the errors, by artifact
		for _, file := range c.files.Names() {
			f, _ := c.files.File(file)
			for _, d := range damages(file, f.Data) {
				if seen[d.shape] {
					continue
				}
				if seen[d.shape] = true; len(seen)%every == 0 {
					dir, _, _ := strings.Cut(file, "/")
					if usual[dir] == nil {
						usual[dir] = tells(c.model, c.files, file)
					}
					d.of, d.usual = c, usual[dir]
					out = append(out, d)
				}
			}
		}
	}
	return out
}
