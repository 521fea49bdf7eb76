package importer

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/equal"
	"github.com/opc-project/opc/emit/olm"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// rounds bounds how often a description is compiled to find what it does not say yet. Each round either says more, or
// says a part in rawer words; there are fewer parts than rounds.
const rounds = 12

// fit compiles the description and compares with the source, until both are equal: what differs is said in a raw
// overlay, and what the short forms can't say at all, in the target's own words.
func (d *draft) fit() diag.List {
	d.secure()
	for range rounds {
		got, faults := d.roughly()
		if faults.HasErrors() {
			if !d.retreat(faults) {
				return faults
			}
			continue
		}
		if !d.correct(got) {
			return nil
		}
	}
	return nil
}

// roughly compiles the description without the schemas of CustomResourceDefinitions: they are large, come over as they
// are, and are proven equal at the end.
func (d *draft) roughly() (*bundle, diag.List) {
	files := maps.Clone(d.files)
	for name, data := range files {
		if strings.HasPrefix(name, "crds/") {
			files[name] = withoutSchemas(data)
		}
	}
	text, err := json.Marshal(d.spec)
	if err != nil {
		return nil, diag.List{diag.Errorf(diag.Internal, "", "a description that is no JSON: %v", err)}
	}
	return compile("operator.json", text, files)
}

// compile lowers a description and emits its bundle, in memory.
func compile(name string, text []byte, files map[string][]byte) (*bundle, diag.List) {
	fsys := fstest.MapFS{name: &fstest.MapFile{Data: text, Mode: 0o644}}
	for file, data := range files {
		fsys[file] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	doc, faults := schema.Load(fsys, name, schema.Options{})
	if faults.HasErrors() {
		return nil, faults
	}
	m, faults := compiler.Lower(doc, fsys, compiler.Options{})
	if faults.HasErrors() {
		return nil, faults
	}
	out, faults := olm.Target.Emit(m)
	if faults.HasErrors() {
		return nil, faults
	}
	sub, err := fs.Sub(out.FS(), "bundle")
	if err != nil {
		return nil, diag.List{diag.Errorf(diag.Internal, "", "%v", err)}
	}
	r := &reader{fsys: sub}
	return r.bundle(), r.faults
}

// withoutSchemas takes what is below the root of each schema out of a CustomResourceDefinition.
func withoutSchemas(data []byte) []byte {
	v, err := decode(data)
	t, ok := v.(tree)
	if err != nil || !ok {
		return data
	}
	for _, version := range trees(get(t, "spec", "versions")) {
		if root := object(get(version, "schema", "openAPIV3Schema")); root != nil {
			version["schema"] = tree{"openAPIV3Schema": tree{"type": "object", "description": text(root["description"])}}
		}
	}
	if out, err := json.Marshal(t); err == nil {
		return out
	}
	return data
}

// retreat says a part in rawer words, after lowering refused what the short forms say of it.
func (d *draft) retreat(faults diag.List) bool {
	for _, f := range faults {
		if f.Severity != diag.Error {
			continue
		}
		for _, part := range d.blamed(f) {
			if !d.raw[part] {
				d.raw[part] = true
				d.propose()
				d.secure()
				return true
			}
		}
	}
	return false
}

// blamed are the parts of the description that a finding is about.
func (d *draft) blamed(f diag.Diagnostic) []string {
	if file, _, _, ok := f.Path.File(); ok {
		folder, _, _ := strings.Cut(file, "/")
		return map[string][]string{"webhooks": {"webhooks"}, "samples": {"apis"}, "rbac": {"permissions"}, "docs": {"description", "icon"}}[folder]
	}
	elems := f.Path.Elems()
	if len(elems) == 0 {
		return nil
	}
	switch elems[0] {
	case "name", "version", "crds", "olm":
		return nil // there are no other words for them
	case "manager", "image":
		return []string{"workloads"}
	}
	return elems[:1]
}

// correct says what differs between the source and what the description compiled to. It reports whether it changed
// anything.
func (d *draft) correct(got *bundle) bool {
	// What a step says can settle what a later one would find, so each is compiled before the next.
	before := d.snapshot()
	for _, step := range []func(*bundle){d.correctWorkloads, d.correctObjects, d.correctCSV, d.correctAnnotations, d.correctScorecard} {
		if step(got); d.snapshot() != before {
			return true
		}
	}
	return false
}

// snapshot tells two states of the description apart.
func (d *draft) snapshot() string {
	text, err := json.Marshal(d.spec)
	if err != nil {
		panic(fmt.Sprintf("importer: a description that is no JSON: %v", err)) // it is made of decoded JSON
	}
	return string(text) + strings.Join(slices.Sorted(maps.Keys(d.files)), " ")
}

// correctAnnotations says what metadata/annotations.yaml has beside what opc writes.
func (d *draft) correctAnnotations(got *bundle) {
	want, have := d.bundleAnnotations(), object(get(got.annotations.tree, "annotations"))
	over := tree{}
	for key, value := range want {
		if !equal.Same("value", have[key], value) {
			over[key] = value
		}
	}
	for key := range have {
		if _, ok := want[key]; !ok {
			over[key] = nil
		}
	}
	for _, key := range sortedKeys(over) {
		put(d.spec, over[key], "olm", "bundleAnnotations", key)
	}
}

// differences lists the fields in which a bundle differs from the source.
func (d *draft) differences(got *bundle) []string {
	var out []string
	say := func(where string, a, b any) {
		for _, x := range equal.Compare(a, b) {
			out = append(out, fmt.Sprintf("%s: %s is %s, and comes back as %s", where, strings.Join(x.Path, "."), short(x.A), short(x.B)))
		}
	}
	a, b := canonicals(d.src), canonicals(got)
	keys := map[string]bool{}
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	for _, k := range sortedKeys(keys) {
		say(k, a[k], b[k])
	}
	return out
}

// canonicals are the parts of a bundle in the form in which they are compared.
func canonicals(b *bundle) map[string]any {
	out := map[string]any{}
	put := func(key string, d *document) {
		if c, err := equal.Canonical(d.tree); err == nil {
			out[key] = any(c)
		}
	}
	put(equal.ClusterServiceVersion, b.csv)
	for _, o := range b.objects {
		put(o.identity(), o)
	}
	for name, d := range map[string]*document{"metadata/annotations.yaml": b.annotations, "metadata/dependencies.yaml": b.dependencies, "metadata/properties.yaml": b.properties} {
		if d == nil {
			continue
		}
		if v := equal.Value(d.tree); len(object(v)) > 0 {
			out[name] = v
		}
	}
	return out
}

func short(v any) string {
	text, _ := json.Marshal(v)
	if v == nil {
		return "not there"
	}
	if len(text) > 80 {
		return string(text[:80]) + "…"
	}
	return string(text)
}
