// Package overlay builds kustomize folders with kustomize's own library, in memory. Nothing is fetched: a folder that
// names something outside its tree is not built.
package overlay

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// Tree is a tree of files with kustomize folders in it.
type Tree struct {
	files   map[string][]byte
	disk    filesys.FileSystem
	folders map[string]folder
}

// folder is one folder with a kustomization.
type folder struct {
	file      string
	component bool
	refs      []string // files and folders that it names, relative to the tree
	remote    string   // something that it names outside the tree
}

// Open reads the kustomize folders of a tree.
func Open(files map[string][]byte) (*Tree, []finding.Finding) {
	t := &Tree{files: files, disk: filesys.MakeFsInMemory(), folders: map[string]folder{}}
	var findings []finding.Finding
	for _, name := range slices.Sorted(maps.Keys(files)) {
		// A name that kustomize refuses is told where a kustomization asks for the file.
		_ = t.disk.WriteFile("/"+name, files[name])
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if kube.IsKustomization(name) {
			f, more := t.read(name)
			t.folders[path.Dir(name)] = f
			findings = append(findings, more...)
		}
	}
	return t, findings
}

// lists are the fields of a kustomization that name files and folders.
var lists = []string{"resources", "components", "bases", "crds", "configurations", "generators", "transformers", "validators"}

func (t *Tree) read(name string) (folder, []finding.Finding) {
	f := folder{file: name}
	docs, faults := kube.Read(name, t.files[name])
	findings := finding.OfFaults(faults)
	if len(docs) == 0 {
		return f, findings
	}
	tree := kube.Map(docs[0].Value)
	f.component = tree["kind"] == "Component"
	for _, field := range lists {
		entries := kube.List(tree[field])
		for i, e := range entries {
			text := kube.Text(e)
			if text == "" || strings.Contains(text, "\n") {
				continue // written in place
			}
			at := path.Join(path.Dir(name), text)
			if !t.has(at) {
				f.remote = text
				place := kube.Place{File: name, Pointer: fmt.Sprintf("/%s/%d", field, i)}
				if strings.HasPrefix(at, "../") {
					findings = append(findings, finding.InFile(place, diag.NotRendered, diag.Warning, "%s is outside the folder: its output is not validated", text).
						WithHint("judge a folder above, which holds both"))
				} else if strings.Contains(text, "://") || strings.Contains(text, "?") || strings.HasPrefix(text, "github.com/") || strings.HasPrefix(text, "git@") {
					findings = append(findings, finding.InFile(place, diag.NotRendered, diag.Warning, "%s is remote and is not fetched: its output is not validated", text))
				} else {
					findings = append(findings, finding.InFile(place, diag.LeadsNowhere, diag.Error, "%s does not exist", text))
				}
				continue
			}
			f.refs = append(f.refs, at)
		}
	}
	return f, findings
}

func (t *Tree) has(name string) bool { return t.disk.Exists("/" + name) }

// Roots lists the folders that no other one names, components left out: those that people apply.
func (t *Tree) Roots() []string {
	named := map[string]bool{}
	for _, f := range t.folders {
		for _, ref := range f.refs {
			named[ref] = true
		}
	}
	var out []string
	for _, dir := range slices.Sorted(maps.Keys(t.folders)) {
		if f := t.folders[dir]; !f.component && !named[dir] {
			out = append(out, dir)
		}
	}
	return out
}

// Folders lists the folders that a folder names, components left out.
func (t *Tree) Folders(dir string) []string {
	return slices.DeleteFunc(slices.Clone(t.folders[dir].refs), func(ref string) bool {
		f, ok := t.folders[ref]
		return !ok || f.component
	})
}

// Local reports whether a folder, and all that it names, stands in the tree.
func (t *Tree) Local(dir string) bool {
	f, ok := t.folders[dir]
	if !ok {
		return true // a file
	}
	return f.remote == "" && !slices.ContainsFunc(f.refs, func(ref string) bool { return !t.Local(ref) })
}

// Build builds a folder as kubectl apply -k does. An error is kustomize's own.
func (t *Tree) Build(dir string) ([]*kube.Object, error) {
	if !t.Local(dir) {
		return nil, fmt.Errorf("%s names what is not in the tree", dir)
	}
	prepare()
	built, err := t.run(dir)
	if err != nil {
		return nil, err
	}
	var out []*kube.Object
	for i, r := range built.Resources() {
		tree, err := plain(r)
		if err != nil {
			return nil, err
		}
		out = append(out, &kube.Object{Tree: tree, At: kube.Place{File: dir, Doc: i}})
	}
	return out, nil
}

// run lets kustomize build a folder. It panics on some objects that no client takes, such as a subject whose kind is a
// list.
func (t *Tree) run(dir string) (built resmap.ResMap, err error) {
	defer func() {
		if v := recover(); v != nil {
			built, err = nil, fmt.Errorf("it fails on an object that is not as it expects: %v", v)
		}
	}()
	return krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(t.disk, path.Join("/", dir))
}

// plain turns kustomize's resource into a tree, by its nodes: going by way of text costs more than the build.
func plain(r *resource.Resource) (map[string]any, error) {
	value, faults := kube.Value(r.YNode())
	if len(faults) > 0 {
		return nil, fmt.Errorf("%s: %s", r.CurId(), faults[0].Message)
	}
	tree, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s is not an object", r.CurId())
	}
	return tree, nil
}

// All lists every folder with a kustomization.
func (t *Tree) All() []string { return slices.Sorted(maps.Keys(t.folders)) }
