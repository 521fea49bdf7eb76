package importer

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/kube/equal"
	"github.com/opc-project/opc/schema/diag"
)

// bundle reads a bundle. What it can't read goes to the reader's faults.
func (r *reader) bundle() *source {
	b := &source{normal: map[*document]tree{}}
	seen := map[string]*document{}
	for _, name := range r.list("manifests") {
		if !kube.IsManifest(name) {
			r.lost(at(name, 1), "%s is no manifest: OLM's tools read only .yaml, .yml and .json", name)
			continue
		}
		docs := r.objects(name)
		if len(docs) > 1 {
			r.lost(at(name, docs[1].line+1), "%s holds %d objects: each gets a file of its own, since OLM's tools read only the first of a file", name, len(docs))
		}
		for _, d := range docs {
			r.manifest(b, d, seen)
		}
	}
	r.bundleMetadata(b)
	for _, name := range r.list("tests") {
		if name == "tests/scorecard/config.yaml" {
			b.scorecard = r.only(name)
			continue
		}
		r.lost(at(name, 1), "%s is not carried over: of the tests only tests/scorecard/config.yaml is", name)
	}
	r.others()
	if b.csv == nil && len(r.faults) == 0 {
		r.fault(at("manifests", 1), "the bundle has no ClusterServiceVersion")
	}
	return b
}

// manifest takes one object of a bundle.
func (r *reader) manifest(b *source, d *document, seen map[string]*document) {
	if d.kind() == "" || d.name() == "" {
		r.fault(at(d.file, d.line+1), "%s is not a Kubernetes object: kind or metadata.name is missing", d.file)
		return
	}
	normal, ok := r.typed(d)
	if !ok {
		return
	}
	if other := seen[d.identity()]; other != nil {
		r.fault(at(d.file, d.line+1), "the %s %s is defined twice, here and in %s:%d", d.kind(), d.name(), other.file, other.line+1)
		return
	}
	if d.kind() == equal.ClusterServiceVersion && !r.knownVersion(d) {
		return
	}
	seen[d.identity()] = d
	b.normal[d] = normal
	switch {
	case d.kind() != equal.ClusterServiceVersion:
		b.objects = append(b.objects, d)
	case b.csv != nil:
		r.fault(at(d.file, d.line+1), "a bundle has one ClusterServiceVersion: %s is the other", b.csv.file)
	default:
		b.csv = d
	}
}

// knownVersion reports whether OLM takes an object for a ClusterServiceVersion. OLM and its tools ask for the kind alone
// and create it as v1alpha1 (bundle_lister and step.go of operator-lifecycle-manager), so bundles with a forgotten group
// or another version are in catalogs.
func (r *reader) knownVersion(d *document) bool {
	group, _, found := strings.Cut(d.apiVersion(), "/")
	switch {
	case d.apiVersion() == csvVersion, d.apiVersion() == path.Base(csvVersion):
	case found && group == path.Dir(csvVersion):
		r.lost(d.find("apiVersion"), "there is no ClusterServiceVersion of %s: OLM reads it as %s", d.apiVersion(), csvVersion)
	default:
		r.fault(d.find("apiVersion"), "a ClusterServiceVersion of %s is unknown: expected %s", d.apiVersion(), csvVersion)
		return false
	}
	return true
}

// csvVersion is the only version of a ClusterServiceVersion that OLM serves.
const csvVersion = "operators.coreos.com/v1alpha1"

// typed reads an object as its Kubernetes type does, and reports the fields that the API server would drop.
func (r *reader) typed(d *document) (tree, bool) {
	normal, err := equal.Normal(d.tree)
	if err != nil {
		r.fault(d.mismatch(err), "the %s %s does not fit its type: %s", d.kind(), d.name(), strings.TrimPrefix(err.Error(), "json: "))
		return nil, false
	}
	for _, u := range equal.UnknownFields(d.tree) {
		name := strings.Join(u.Path, ".")
		d.odd = true
		if u.As != "" {
			r.lost(d.find(u.Path...), "%s is no field of a %s: it is read as %s, as OLM's tools do; the API server would drop it", name, d.kind(), u.As)
			continue
		}
		r.lost(d.find(u.Path...), "unknown field %s: the API server would drop it from a %s", name, d.kind())
	}
	return normal, true
}

// mismatch finds the field that an error of decoding is about. The error leaves out the indexes of lists.
func (d *document) mismatch(err error) diag.Pos {
	var m *json.UnmarshalTypeError
	if !errors.As(err, &m) || m.Field == "" {
		return at(d.file, d.line+1)
	}
	return d.find(indexed(d.tree, strings.Split(m.Field, "."))...)
}

// indexed puts the index of the first list element that has the next field into a path.
func indexed(v any, fields []string) []string {
	if len(fields) == 0 {
		return nil
	}
	switch t := v.(type) {
	case tree:
		return append([]string{fields[0]}, indexed(t[fields[0]], fields[1:])...)
	case []any:
		for i, e := range t {
			if m, ok := e.(tree); ok && m[fields[0]] != nil {
				return append([]string{strconv.Itoa(i)}, indexed(m, fields)...)
			}
		}
	}
	return nil
}

// bundleMetadata reads what stands in metadata/.
func (r *reader) bundleMetadata(b *source) {
	files := map[string]**document{"annotations": &b.annotations, "dependencies": &b.dependencies, "properties": &b.properties}
	for _, name := range r.list("metadata") {
		base, ext := strings.TrimSuffix(path.Base(name), path.Ext(name)), path.Ext(name)
		into, known := files[base]
		if !known || path.Dir(name) != "metadata" || ext != ".yaml" && ext != ".yml" {
			r.lost(at(name, 1), "%s is not carried over: OLM's tools read annotations.yaml, dependencies.yaml and properties.yaml", name)
			continue
		}
		if d := r.only(name); d != nil {
			*into = d
		}
	}
	for field, d := range map[string]*document{"dependencies": b.dependencies, "properties": b.properties} {
		if d != nil && d.tree[field] != nil && list(d.tree[field]) == nil {
			r.fault(d.find(field), "%s is not a list", field)
		}
		if d == nil {
			continue
		}
		for i, e := range list(d.tree[field]) {
			if text(object(e)["type"]) == "" {
				r.fault(d.find(field, strconv.Itoa(i), "type"), "an entry of %s has no type that is a text", field)
			}
		}
	}
	if b.annotations != nil && b.annotations.tree["annotations"] != nil && object(b.annotations.tree["annotations"]) == nil {
		r.fault(b.annotations.find("annotations"), "annotations is not a set of fields")
	}
}

// only reads a file that holds one document.
func (r *reader) only(name string) *document {
	data, ok := r.file(name)
	if !ok {
		return nil
	}
	docs, faults := kube.Read(name, data)
	if r.unreadable(name, faults); len(docs) == 0 {
		return nil
	}
	if len(docs) > 1 {
		r.lost(at(name, docs[1].Start+1), "%s has %d documents: OLM's tools read only the first one", name, len(docs))
	}
	d := r.document(name, docs[0])
	if d != nil {
		d.alone = true
	}
	return d
}

// own are files at the root of a bundle's folder that opc writes itself.
var own = []string{"bundle.Dockerfile", "Dockerfile"}

// others reports what stands beside the folders of a bundle.
func (r *reader) others() {
	entries, err := fs.ReadDir(r.fsys, ".")
	if err != nil {
		return
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case e.IsDir() && slices.Contains([]string{"manifests", "metadata", "tests"}, name) || strings.HasPrefix(name, "."):
		case slices.Contains(own, name):
			r.lost(at(name, 1), "%s is not carried over: opc writes its own", name)
		default:
			r.lost(at(name, 1), "%s is not carried over: it is no part of a bundle", name)
		}
	}
}
