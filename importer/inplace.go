package importer

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/kube"
)

// inPlace are the files of a project that a description may name where they stand, so that nothing is copied.
type inPlace struct {
	fsys   fs.FS
	docs   map[string][]*document // what each file holds
	copied map[*document]bool     // objects that differ from what their file says
}

// fileInPlace is the file of the project that an object was built from, or "" where it can't be named: there is none, or
// what was built is not what the file says.
func (d *draft) fileInPlace(o *document) string {
	if d.place == nil || o.src == nil || d.place.copied[o] {
		return ""
	}
	return o.src.file
}

// saidInPlace reports whether an object is one of those that the description reads from a file as what they are.
func (d *draft) saidInPlace(o *document) bool {
	return d.isCRD(o) || kube.IsWebhookConfiguration(o.kind()) && d.spec["webhooks"] != nil ||
		slices.ContainsFunc(d.src.grants, func(g grant) bool { return g.role == o && d.sayableGrant(g) })
}

// holdsOnly reports whether a file holds nothing but what the given objects were built from.
func (d *draft) holdsOnly(file string, objects []*document) bool {
	for _, doc := range d.place.docs[file] {
		if !slices.ContainsFunc(objects, func(o *document) bool { return o.src == doc && !d.place.copied[o] }) {
			return false
		}
	}
	return len(d.place.docs[file]) > 0
}

// crdSources are the files that hold the CustomResourceDefinitions: their folder, where it holds nothing else.
func (d *draft) crdSources() []any {
	var files []string
	copied := false
	for _, c := range d.crdsOf() {
		if file := d.fileInPlace(c.doc); file != "" && d.holdsOnly(file, []*document{c.doc}) {
			d.fileOf[c.doc] = file
			files = append(files, file)
			continue
		}
		copied = true
		d.fileOf[c.doc] = d.addFile("crds/", c.group+"_"+text(get(c.doc.tree, "spec", "names", "plural")), ".yaml", d.objectFile(d.withoutConversion(c.doc)))
	}
	var out []any
	if len(files) > 0 {
		if dir := path.Dir(files[0]); d.isAll(dir, files) {
			out = append(out, dir)
		} else {
			out = append(out, anys(d.patterns(files))...)
		}
	}
	if copied {
		out = append(out, "crds")
	}
	return out
}

// isAll reports whether files are all manifests of a folder.
func (d *draft) isAll(dir string, files []string) bool {
	n := 0
	for _, name := range d.manifestsIn(dir) {
		if !slices.Contains(files, name) {
			return false
		}
		n++
	}
	return n == len(files) && dir != "."
}

// manifestsIn are the manifests in a folder, as a description that names the folder finds them.
func (d *draft) manifestsIn(dir string) []string {
	files, err := kube.Manifests(d.place.fsys, dir)
	if err != nil {
		return nil
	}
	return files
}

// patterns says files by as few patterns as match just them, and none of them twice.
func (d *draft) patterns(files []string) []string {
	left := slices.Sorted(slices.Values(files))
	var out []string
	for len(left) > 0 {
		best, matched := left[0], left[:1]
		for _, pattern := range boundaries(left[0]) {
			all, err := kube.Manifests(d.place.fsys, pattern)
			wanted := err == nil && !slices.ContainsFunc(all, func(name string) bool { return !slices.Contains(left, name) })
			if wanted && len(all) > len(matched) {
				best, matched = pattern, all
			}
		}
		out = append(out, best)
		left = slices.DeleteFunc(slices.Clone(left), func(name string) bool { return slices.Contains(matched, name) })
	}
	return out
}

// boundaries are the patterns that leave out one run of words of a file's name.
func boundaries(name string) []string {
	dir, base := path.Split(name)
	if strings.ContainsAny(name, `*?[\`) {
		return nil
	}
	var cuts []int
	for i, r := range base {
		if r == '_' || r == '-' || r == '.' {
			cuts = append(cuts, i)
		}
	}
	var out []string
	for _, end := range cuts {
		for _, start := range slices.Backward(cuts) {
			if start < end {
				out = append(out, dir+base[:start+1]+"*"+base[end:])
			}
		}
		out = append(out, dir+"*"+base[end:]) // the least telling
	}
	return out
}

// objectSources says the extra objects: those of the project's files where they stand, the rest in files of their own.
func (d *draft) objectSources(extra []*document) []any {
	var prefixed, plain []string
	var written []any
	for _, o := range extra {
		file := d.fileInPlace(o)
		switch {
		case file == "" || !d.holdsOnly(file, extra):
			d.fileOf[o] = d.addFile("objects/", o.name()+"_"+strings.ToLower(o.kind()), ".yaml", d.objectFile(o))
			written = append(written, d.fileOf[o])
		case o.src.name() == o.name():
			plain = append(plain, file)
		case d.prefix+"-"+o.src.name() == o.name():
			prefixed = append(prefixed, file)
		default:
			d.place.copied[o] = true
			d.fileOf[o] = d.addFile("objects/", o.name()+"_"+strings.ToLower(o.kind()), ".yaml", d.objectFile(o))
			written = append(written, d.fileOf[o])
		}
	}
	slices.Sort(plain)
	slices.Sort(prefixed)
	var out []any
	if files := d.patterns(slices.Compact(prefixed)); len(files) > 0 {
		out = append(out, tree{"files": anys(files)})
	}
	out = append(out, anys(d.patterns(slices.Compact(plain)))...)
	return append(out, written...)
}
