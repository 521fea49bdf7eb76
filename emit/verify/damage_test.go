package verify

import (
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

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/verify/manifest"
	"github.com/opc-project/opc/schema/diag"
)

// damage is one way to break what was emitted: one file with one thing of it changed.
type damage struct {
	of         compiled
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
	docs, _ := manifest.Parse(file, data)
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
				var text []string
				for j, d := range docs {
					v := d.Value
					if j == i {
						v = broken()
					}
					part, err := yaml.Marshal(v)
					if err != nil {
						panic(err) // it was YAML
					}
					text = append(text, string(part))
				}
				return []byte(strings.Join(text, "---\n"))
			}})
		})
	}
	return out
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
			f("drop "+at, "drop "+shape+"/"+name, func() any {
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
			f("drop "+at, "drop "+shape+"/*", func() any { return slices.Delete(slices.Clone(t), i, i+1) })
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

// damaged is what a check says of files of which one is broken: the parts that read it are run.
func damaged(c compiled, d damage) diag.List {
	files := &emit.FileSet{}
	for _, name := range c.files.Names() {
		f, _ := c.files.File(name)
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
	k := newCheck(c.model, files, Options{})
	dir, _, _ := strings.Cut(d.file, "/")
	var tasks []task
	switch dir {
	case "chart":
		tasks = k.chart()
	case "kustomize":
		tasks = []task{k.kustomize, k.switched}
	case "bundle", "catalog":
		tasks = []task{k.bundle}
	default:
		tasks = []task{k.manifests}
	}
	return told(run(append(tasks, k.metadata)...), k.place)
}

// passed are damages that the proof lets pass, with the reason. What is none of these must be caught.
var passed = []struct{ pattern, why string }{
	{`^chart/(README\.md|\.helmignore)|^chart/templates/NOTES\.txt`, "it is for people; no installer reads it"},
	{`^(Dockerfile|bundle\.Dockerfile|catalog\.Dockerfile|[a-zA-Z.]*\.dockerignore|install\.yaml|catalog/.*): take the file away`, "a target can be left out (--only)"},
	{`^chart/values\.schema\.json: take the file away`, "values are then not checked, and rendered the same"},
	{`^Dockerfile\.dockerignore`, "it makes the build's context smaller, and changes no image"},
	{`^Dockerfile: `, "how the program is built, and labels that nobody reads to install: docker build, or opc build, tells; the last stage's base, user and program are held"},
	{`^bundle\.Dockerfile: .*(LABEL|#)`, "labels are read by name: those of the bundle format are held"},
	{`^chart/templates/tests/`, "the pod of helm test is no part of a release"},
	{`^chart/templates/_helpers\.tpl: .*(instead"|\{\{- fail )`, "a message for people"},
	{`^chart/values\.schema\.json`, "it only refuses values; that every default, toggle and overlay passes is held"},
	{`includeSelectors`, "false is what kustomize takes when it is left out"},
	{`^kustomize/overlays/[^:]*: (drop|change) /replacements`, "it moves copies of the overlay into another namespace, and changes nothing where it stands"},
	{`^kustomize/overlays/[^:]*-patch\.yaml: drop /apiVersion`, "kustomize finds the object by its kind and name all the same"},
}

// TestDamage breaks what all descriptions of the repository compile to, one thing at a time, and holds that the proof tells
// of each. With OPC_DAMAGE=1 every way is tried, which takes minutes; as a rule it is one in sixty.
func TestDamage(t *testing.T) {
	list := chosenDamages(t)
	found := make([]diag.List, len(list))
	var wg sync.WaitGroup
	turn := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, d := range list {
		wg.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			found[i] = damaged(d.of, d)
		})
	}
	wg.Wait()
	caught, let, used := 0, 0, map[int]bool{}
	for i, d := range list {
		why := slices.IndexFunc(passed, func(p struct{ pattern, why string }) bool {
			return regexp.MustCompile(p.pattern).MatchString(d.file + ": " + d.what)
		})
		switch {
		case found[i].HasErrors():
			caught++
		case why >= 0:
			used[why] = true
			let++
		default:
			t.Errorf("%s: %s: %s: nothing tells of it", d.of.name, d.file, d.what)
		}
	}
	t.Logf("%d of %d damages caught (%.1f%%), %d let pass for a reason that is written down", caught, len(list), 100*float64(caught)/float64(len(list)), let)
	if len(list) < 100 {
		t.Errorf("only %d damages", len(list))
	}
}

// chosenDamages are damages of every shape, or one in so many of them.
func chosenDamages(t *testing.T) []damage {
	every := 60
	if n, err := strconv.Atoi(os.Getenv("OPC_DAMAGE")); err == nil && n > 0 {
		every = n
	}
	seen := map[string]bool{}
	var out []damage
	all := cases(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		c := compile(t, name, all[name])
		for _, file := range c.files.Names() {
			f, _ := c.files.File(file)
			for _, d := range damages(file, f.Data) {
				if seen[d.shape] {
					continue
				}
				if seen[d.shape] = true; len(seen)%every == 0 {
					d.of = c
					out = append(out, d)
				}
			}
		}
	}
	return out
}
