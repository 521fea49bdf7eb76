package importer

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube/equal"
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
			break
		}
	}
	return d.withSets()
}

// withSets says the parameters that set fields. They come last, since the fields can stand in a raw overlay, and change
// nothing by their defaults.
func (d *draft) withSets() diag.List {
	if d.helm == nil || d.raw["parameters"] || !d.helm.saySets(d) {
		return nil
	}
	_, faults := d.roughly()
	if !faults.HasErrors() {
		return nil
	}
	for _, f := range faults {
		if f.Severity == diag.Error {
			d.refuse(f)
		}
	}
	if len(d.refused) > 0 {
		return nil // they are left out the next time
	}
	return faults
}

// roughly compiles the description without the schemas of CustomResourceDefinitions: they are large, come over as they
// are, and are proven equal at the end.
func (d *draft) roughly() (*source, diag.List) {
	files := maps.Clone(d.files)
	for name, data := range files {
		if !strings.HasPrefix(name, "crds/") {
			continue
		}
		if d.rough[string(data)] == nil { // it is the same in each round
			if d.rough == nil {
				d.rough = map[string][]byte{}
			}
			d.rough[string(data)] = withoutSchemas(data)
		}
		files[name] = d.rough[string(data)]
	}
	text, err := json.Marshal(d.spec)
	if err != nil {
		return nil, diag.List{diag.Errorf(diag.Internal, "", "a description that is no JSON: %v", err)}
	}
	return d.compiled("operator.json", text, files)
}

// lowered is the model of the description as it stands.
func (d *draft) lowered() (*model.Operator, diag.List) {
	text, err := json.Marshal(d.spec)
	if err != nil {
		return nil, diag.List{diag.Errorf(diag.Internal, "", "a description that is no JSON: %v", err)}
	}
	return compile("operator.json", text, d.files, d.base)
}

// compiled is what a description compiles to in the form of the source.
func (d *draft) compiled(name string, text []byte, files map[string][]byte) (*source, diag.List) {
	m, faults := compile(name, text, files, d.base)
	if faults.HasErrors() {
		return nil, faults
	}
	return d.src.form.emit(m)
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
		d.refuse(f)
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

// refuse notes the parameter or feature that a finding is about.
func (d *draft) refuse(f diag.Diagnostic) {
	elems := f.Path.Elems()
	if file, _, _, ok := f.Path.File(); ok {
		elems = strings.Split(file, "/")
	}
	if len(elems) > 1 && (elems[0] == "parameters" || elems[0] == "features") {
		d.refused[elems[1]] = true
	}
}

// blamed are the parts of the description that a finding is about.
func (d *draft) blamed(f diag.Diagnostic) []string {
	if file, _, _, ok := f.Path.File(); ok {
		return d.namedBy(file)
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
	case "helm":
		if len(elems) > 1 && elems[1] == "crds" {
			return []string{rawCRDs}
		}
	}
	return elems[:1]
}

// rawCRDs is the part of the description that keeps the folder crds of a chart.
const rawCRDs = "helm.crds"

// namedBy is the part of the description that names a file, unless there are no other words for it.
func (d *draft) namedBy(file string) []string {
	for _, part := range []string{"webhooks", "apis", "permissions", "description", "icon", "manager", "workloads"} {
		if !names(d.spec[part], file) {
			continue
		}
		if part == "manager" {
			part = "workloads"
		}
		return []string{part}
	}
	return nil
}

// names reports whether a part of a description names a file, its folder, or a pattern that it matches.
func names(v any, file string) bool {
	switch t := v.(type) {
	case tree:
		return slices.ContainsFunc(sortedKeys(t), func(k string) bool { return names(t[k], file) })
	case []any:
		return slices.ContainsFunc(t, func(e any) bool { return names(e, file) })
	case string:
		matched, err := path.Match(t, file)
		return t == file || err == nil && matched || t == path.Dir(file)
	}
	return false
}

// correct says what differs between the source and what the description compiled to. It reports whether it changed
// anything.
func (d *draft) correct(got *source) bool {
	// What a step says can settle what a later one would find, so each is compiled before the next.
	before := d.snapshot()
	for _, step := range d.src.form.steps(d) {
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
func (d *draft) correctAnnotations(got *source) {
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
func (d *draft) differences(got *source) []string {
	var out []string
	say := func(where string, a, b any) {
		for _, x := range equal.Trees(a, b) {
			out = append(out, fmt.Sprintf("%s: %s is %s, and comes back as %s", where, strings.Join(x.Path, "."), short(x.Want), short(x.Got)))
		}
	}
	a, b := d.src.form.parts(d.src), d.src.form.parts(got)
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
