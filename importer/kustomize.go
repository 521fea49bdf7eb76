package importer

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	kustomize "github.com/opc-project/opc/verify/overlay"
)

// maxKustomized is how many objects a kustomization may read: kustomize compares each object with each other, so 5000
// take it half a minute. The largest real ones have some hundreds.
const maxKustomized = 1500

// Kustomization imports what kustomize builds from a folder of fsys. All that it names must stand in fsys: nothing is
// fetched. The findings are as for Bundle.
func Kustomization(fsys fs.FS, dir string, facts Facts, opts Options) (*Result, diag.List) {
	r := &reader{fsys: fsys}
	docs := r.kustomized(dir)
	if r.faults.HasErrors() {
		return nil, r.faults
	}
	if facts.ManagedBy == "" {
		facts.ManagedBy = "kustomize"
	}
	return r.imported(installedForm(facts), r.installed(docs, facts), opts)
}

// kustomizationIn is the kustomization's file in a folder, or "".
func kustomizationIn(fsys fs.FS, dir string) string {
	for _, name := range kube.KustomizationNames {
		if info, err := fs.Stat(fsys, path.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			return path.Join(dir, name)
		}
	}
	return ""
}

// kustomized builds a folder. Each object knows the file that it comes from, as far as its kind and name tell.
func (r *reader) kustomized(dir string) []*document {
	k := &kustomizer{reader: r, files: map[string][]byte{}, folders: map[string]bool{}}
	k.folder(dir)
	if n := len(flat(k.docs)); n > maxKustomized {
		r.fault(at(kustomizationIn(r.fsys, dir), 1), "the kustomization has more than %d objects: build it, and import the manifests", maxKustomized)
	}
	if r.faults.HasErrors() {
		return nil
	}
	r.built = k.docs
	tree, found := kustomize.Open(k.files)
	for _, f := range found {
		if f.Severity == diag.Error || f.Code == diag.NotRendered { // which a folder that is judged may be in parts
			pos := at(f.At.File, f.Line)
			for _, d := range k.docs {
				if d.file == f.At.File && f.At.Pointer != "" {
					pos = d.find(diag.Path(f.At.Pointer).Elems()...)
				}
			}
			r.fault(pos, "%s", f.Message)
		}
	}
	if r.faults.HasErrors() {
		return nil
	}
	var built []*kube.Object
	err := safely(func() (err error) { built, err = tree.Build(dir); return err })
	if len(built) > maxDocs {
		err = fmt.Errorf("there are more than %d objects", maxDocs)
	}
	if err != nil {
		r.fault(at(kustomizationIn(r.fsys, dir), 1), "kustomize can't build %s: %v", dir, err)
		return nil
	}
	var out []*document
	for _, o := range built {
		d := &document{file: dir, tree: o.Tree}
		if src := k.origin(d); src != nil {
			d.file, d.line, d.doc, d.src = src.file, src.line, src.doc, src
		}
		out = append(out, d)
	}
	return out
}

// kustomizer reads the files that kustomizations name.
type kustomizer struct {
	*reader
	files   map[string][]byte
	folders map[string]bool
	docs    []*document // of all files
}

// folder reads the kustomization of a folder, and all that it names.
func (k *kustomizer) folder(dir string) {
	if k.folders[dir] {
		return
	}
	k.folders[dir] = true
	name := kustomizationIn(k.fsys, dir)
	if name == "" {
		k.fault(at(dir, 1), "%s has no kustomization.yaml", dir)
		return
	}
	for _, d := range k.add(name) {
		k.named(dir, d.tree)
	}
}

// named reads every file and folder that a text of a kustomization names.
func (k *kustomizer) named(dir string, v any) {
	switch t := v.(type) {
	case tree:
		for _, key := range sortedKeys(t) {
			k.named(dir, t[key])
		}
	case []any:
		for _, e := range t {
			k.named(dir, e)
		}
	case string:
		k.ref(dir, t)
		if _, file, ok := strings.Cut(t, "="); ok {
			k.ref(dir, file) // a generator's key=file
		}
	}
}

func (k *kustomizer) ref(dir, text string) {
	name := path.Join(dir, text)
	if text == "" || strings.ContainsAny(text, "\n:") || !fs.ValidPath(name) {
		return
	}
	info, err := fs.Stat(k.fsys, name)
	switch {
	case err != nil:
		if strings.Contains(err.Error(), "escapes") {
			k.fault(at(name, 1), "%s is a link that leaves the folder", name)
		}
	case info.IsDir():
		if kustomizationIn(k.fsys, name) != "" {
			k.folder(name)
		}
	case k.files[name] == nil:
		k.add(name)
	}
}

// add reads a file. What is YAML must be readable, so that kustomize meets nothing that it would choke on.
func (k *kustomizer) add(name string) []*document {
	data, ok := k.file(name)
	if !ok {
		return nil
	}
	if k.total > maxBuilt {
		k.fault(at(name, 1), "the files are larger than %d MiB together", maxBuilt>>20)
		return nil
	}
	k.files[name] = data
	if !kube.IsManifest(name) && !kube.IsKustomization(name) {
		return nil
	}
	var out []*document
	docs, faults := kube.Read(name, data)
	k.unreadable(name, faults)
	for _, doc := range docs {
		if _, isTree := doc.Value.(tree); !isTree { // a patch may be a list
			continue
		}
		if d := k.document(name, doc); d != nil {
			out = append(out, d)
		}
	}
	for _, d := range out {
		d.alone = len(out) == 1
	}
	k.docs = append(k.docs, out...)
	return out
}

// origin finds the document that an object was built from: of the same kind, and of the name without what kustomize put
// before and behind it. The longest name is the most telling; patches, which have the same, stand after resources.
func (k *kustomizer) origin(built *document) *document {
	var best *document
	for _, d := range k.docs {
		if d.kind() != built.kind() || d.apiVersion() != built.apiVersion() || d.name() == "" || !strings.Contains(built.name(), d.name()) {
			continue
		}
		if best == nil || len(d.name()) > len(best.name()) || len(d.name()) == len(best.name()) && len(d.text) > len(best.text) {
			best = d
		}
	}
	return best
}
