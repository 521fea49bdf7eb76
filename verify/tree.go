package verify

import (
	"cmp"
	"context"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/bundle"
	"github.com/opc-project/opc/verify/fbc"
	"github.com/opc-project/opc/verify/judge"
	"github.com/opc-project/opc/verify/overlay"
)

// Found counts what stood in a tree, for people who want to know what was judged.
type Found struct{ Charts, Overlays, Bundles, Catalogs, Manifests []string }

// Len is the number of artifacts.
func (f Found) Len() int {
	return len(f.Charts) + len(f.Overlays) + len(f.Bundles) + len(f.Catalogs) + len(f.Manifests)
}

// Tree judges every artifact in a folder, whoever made it. Findings have positions in the folder's files. Where no
// profile is asked for, bundles are judged as OLM v0's catalogs do.
func Tree(ctx context.Context, fsys fs.FS, opts Options) (Found, diag.List, error) {
	files, err := readAll(fsys)
	if err != nil {
		return Found{}, nil, err
	}
	if len(opts.Profiles) == 0 {
		opts.Profiles = []Profile{OLMv0}
	}
	t := &tree{files: files, opts: opts, bench: bench("", opts), taken: map[string]bool{}, sources: map[string]bool{}}
	tasks := slices.Concat(t.charts(), t.bundles(), t.catalogs(), t.overlays(), t.manifests())
	return t.found, told(run(ctx, tasks...), t.place).Place(nil), ctx.Err()
}

// most is the size of a file above which it is none of a person's: 8 MiB.
const most = 8 << 20

// skipped are folders that hold no artifacts of the tree's own.
var skipped = []string{".git", "node_modules", "vendor", "bin", ".cache"}

func readAll(fsys fs.FS) (map[string][]byte, error) {
	out := map[string][]byte{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(skipped, d.Name()):
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil || info.Size() > most {
			return err
		}
		out[name], err = fs.ReadFile(fsys, name)
		return err
	})
	return out, err
}

// tree is one run over a folder.
type tree struct {
	files map[string][]byte
	opts  Options
	bench *judge.Bench
	taken map[string]bool // files that belong to an artifact
	// sources are those of kustomize folders.
	sources map[string]bool
	found   Found
}

// below returns the files below a folder, by their names in it, and takes them.
func (t *tree) below(dir string) map[string][]byte {
	out := map[string][]byte{}
	for name, data := range t.files {
		if rest, ok := under(dir, name); ok {
			out[rest] = data
			t.taken[name] = true
		}
	}
	return out
}

// under returns a name relative to a folder that it stands below.
func under(dir, name string) (string, bool) {
	if dir == "." {
		return name, true
	}
	return strings.CutPrefix(name, dir+"/")
}

// names lists the files that are not taken yet, in order.
func (t *tree) names() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(t.files)), func(name string) bool { return t.taken[name] })
}

func (t *tree) charts() []task {
	var out []task
	for _, name := range t.names() {
		if path.Base(name) != "Chart.yaml" || t.taken[name] {
			continue
		}
		dir := path.Dir(name)
		files := t.below(dir)
		t.found.Charts = append(t.found.Charts, dir)
		out = append(out, func() []kube.Finding { return t.chart(dir, files) })
	}
	return out
}

func (t *tree) bundles() []task {
	var out []task
	for _, name := range t.names() {
		dir := path.Dir(path.Dir(name))
		if path.Base(path.Dir(name)) != "manifests" || !isYAML(name) || t.taken[name] || !holdsCSV(t.files[name]) {
			continue
		}
		if path.Base(t.kustomization(path.Dir(name))) == "kustomization.yaml" {
			continue // what bundles are generated from
		}
		files := map[string][]byte{}
		for _, part := range []string{"manifests", "metadata", "tests"} {
			for rest, data := range t.below(path.Join(dir, part)) {
				files[path.Join(part, rest)] = data
			}
		}
		t.found.Bundles = append(t.found.Bundles, dir)
		out = append(out, func() []kube.Finding {
			b, findings := bundle.Load(dir, files)
			namespace := cmp.Or(b.SuggestedNamespace(), "operators")
			return append(findings, judged(b, t.bench, t.opts, judge.Install{Complete: true}, namespace, true)...)
		})
	}
	return out
}

func holdsCSV(data []byte) bool {
	return strings.Contains(string(data), "kind: ClusterServiceVersion") || strings.Contains(string(data), `"ClusterServiceVersion"`)
}

func isYAML(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(name))
}

func (t *tree) catalogs() []task {
	folders := map[string]map[string][]byte{}
	for _, name := range t.names() {
		if !isYAML(name) || !strings.Contains(string(t.files[name]), "olm.") {
			continue
		}
		docs, _ := kube.Read(name, t.files[name])
		if !slices.ContainsFunc(docs, func(d kube.Document) bool { return fbc.IsBlob(d.Value) }) {
			continue
		}
		dir := path.Dir(path.Dir(name)) // one folder for each package
		if folders[dir] == nil {
			folders[dir] = map[string][]byte{}
		}
		rest, _ := under(dir, name)
		folders[dir][rest] = t.files[name]
		t.taken[name] = true
	}
	var out []task
	for _, dir := range slices.Sorted(maps.Keys(folders)) {
		t.found.Catalogs = append(t.found.Catalogs, dir)
		out = append(out, func() []kube.Finding {
			c, findings := fbc.Load(dir, folders[dir])
			return append(append(findings, c.Judge()...), c.Edges()...)
		})
	}
	return out
}

// overlays builds the kustomize folders that no other one names. Files below such a folder belong to it.
func (t *tree) overlays() []task {
	files := map[string][]byte{}
	folders := false
	for _, name := range t.names() {
		files[name] = t.files[name]
		folders = folders || strings.HasPrefix(path.Base(name), "kustomization.y")
	}
	if !folders {
		return nil
	}
	built, findings := overlay.Open(files)
	for _, dir := range built.All() {
		for name := range files {
			if _, ok := under(dir, name); ok {
				t.taken[name], t.sources[name] = true, true
			}
		}
	}
	roots := slices.DeleteFunc(built.Roots(), func(dir string) bool { return !built.Local(dir) }) // which is told
	t.found.Overlays = roots
	// kustomize keeps what it knows of Kubernetes in one place for the whole process, so folders are built one by one.
	return []task{func() []kube.Finding {
		out := findings
		for _, dir := range roots {
			out = append(out, t.overlay(built, dir)...)
		}
		return out
	}}
}

// overlay judges what a folder builds. One with a ClusterServiceVersion is what a bundle is generated from: OLM makes the
// certificates, and what people apply are the folders that it names.
func (t *tree) overlay(built *overlay.Tree, dir string) []kube.Finding {
	objects, err := built.Build(dir)
	if err != nil {
		return []kube.Finding{notBuilt(dir, dir, err)}
	}
	set := kube.Set{Name: dir, Objects: objects}
	if len(set.Find("operators.coreos.com", "ClusterServiceVersion")) == 0 {
		return t.bench.Set(set, judge.Install{})
	}
	out := t.bench.Set(set, judge.Install{Provided: func(kind, _ string) bool { return kind == "CA" }})
	for _, below := range built.Folders(dir) {
		out = append(out, t.overlay(built, below)...)
	}
	return out
}

// manifests judges what is left: a file that holds a whole install by itself, others by folder.
func (t *tree) manifests() []task {
	sets := map[string][]*kube.Object{}
	var faults []kube.Finding
	for _, name := range t.names() {
		if !isYAML(name) {
			continue
		}
		objects, broken := kube.Objects(name, t.files[name])
		if len(objects) == 0 {
			continue // something else in YAML
		}
		faults = append(faults, bundle.Faults(broken)...)
		key := path.Dir(name)
		if whole(objects) {
			key = name
		}
		sets[key] = append(sets[key], objects...)
	}
	out := []task{func() []kube.Finding { return faults }}
	for _, key := range slices.Sorted(maps.Keys(sets)) {
		t.found.Manifests = append(t.found.Manifests, key)
		out = append(out, func() []kube.Finding {
			return t.bench.Set(kube.Set{Name: key, Objects: sets[key]}, judge.Install{})
		})
	}
	return out
}

// whole reports whether objects are an install by themselves: several, with something that runs.
func whole(objects []*kube.Object) bool {
	return len(objects) > 1 && slices.ContainsFunc(objects, func(o *kube.Object) bool {
		return slices.Contains([]string{"Deployment", "StatefulSet", "DaemonSet"}, o.Kind())
	})
}

func sortedNames(files map[string][]byte) []string { return slices.Sorted(maps.Keys(files)) }
