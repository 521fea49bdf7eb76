package verify

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/bundle"
	"github.com/opc-project/opc/verify/chart"
	"github.com/opc-project/opc/verify/fbc"
	"github.com/opc-project/opc/verify/finding"
	"github.com/opc-project/opc/verify/judge"
	"github.com/opc-project/opc/verify/overlay"
)

// Found counts what stood in a tree, for people who want to know what was judged.
type Found struct{ Charts, Overlays, Bundles, Catalogs, Manifests []string }

// Len is the number of artifacts.
func (f Found) Len() int {
	return len(f.Charts) + len(f.Overlays) + len(f.Bundles) + len(f.Catalogs) + len(f.Manifests)
}

// Tree judges every artifact in a folder, whoever made it. Findings have positions in the folder's files.
func Tree(ctx context.Context, fsys fs.FS, opts Options) (Found, diag.List, error) {
	r, err := readAll(fsys)
	if err != nil {
		return Found{}, nil, err
	}
	t := &tree{files: r.files, unread: r.unread, opts: opts, bench: bench("", opts), taken: map[string]bool{}, sources: map[string]bool{}}
	tasks := slices.Concat(t.charts(), t.bundles(), t.catalogs(), t.overlays(), t.manifests())
	tasks = append(tasks, t.unjudged)
	return t.found, told(run(ctx, tasks...), t.place).Place(nil), ctx.Err()
}

// most is the size of a file above which it is none of a person's: 8 MiB.
const most = 8 << 20

// skipped are folders that hold no artifacts of the tree's own.
var skipped = []string{".git", "node_modules", "vendor", "bin", ".cache"}

// reading reads a folder.
type reading struct {
	fsys  fs.FS
	files map[string][]byte
	// unread are files that are there and can't be judged, with the reason.
	unread map[string]string
	loop   bool // a link led back to where it stands: no other one to a folder is followed
}

func readAll(fsys fs.FS) (*reading, error) {
	r := &reading{fsys: fsys, files: map[string][]byte{}, unread: map[string]string{}}
	return r, r.folder(".", 0, false)
}

// mostLinks is how many links to folders stand in the path of a file at most: they can lead back to where they stand.
const mostLinks = 4

// folder reads what is in a folder. A chart is read as Helm reads it: with what links lead to, and all of its folders.
func (r *reading) folder(dir string, links int, inChart bool) error {
	entries, err := fs.ReadDir(r.fsys, dir)
	if err != nil {
		return err
	}
	inChart = inChart || slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == "Chart.yaml" })
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		link := e.Type()&fs.ModeSymlink != 0
		if e.Type()&^(fs.ModeSymlink|fs.ModeDir) != 0 {
			r.unread[name] = "it is not a regular file"
			continue
		}
		info, err := fs.Stat(r.fsys, name)
		switch {
		case err != nil && !link:
			return err
		case err != nil:
			r.unread[name] = "it is a link that leads nowhere, or out of the repository"
		case info.IsDir() && (e.Name() == ".git" || !inChart && (link || slices.Contains(skipped, e.Name()))):
		case info.IsDir() && link && (r.loop || links == mostLinks):
			r.loop = true
			r.unread[name] = "it is a link, and links here lead back to where they stand"
		case info.IsDir():
			below := links
			if link {
				below++
			}
			if err := r.folder(name, below, inChart); err != nil {
				return err
			}
		case !info.Mode().IsRegular():
			r.unread[name] = "it is not a regular file"
		case info.Size() > most:
			r.unread[name] = fmt.Sprintf("it is larger than %d MiB", most>>20)
		default:
			if r.files[name], err = fs.ReadFile(r.fsys, name); err != nil && !link {
				return err
			} else if err != nil {
				delete(r.files, name)
				r.unread[name] = "it is a link that leads out of the repository"
			}
		}
	}
	return nil
}

// tree is one run over a folder.
type tree struct {
	files  map[string][]byte
	unread map[string]string
	opts   Options
	bench  *judge.Bench
	taken  map[string]bool // files that belong to an artifact
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

// unjudged reports files that can't be read. In a chart or bundle they are a part of it, which Helm and OLM read or refuse.
func (t *tree) unjudged() []finding.Finding {
	var out []finding.Finding
	for _, name := range slices.Sorted(maps.Keys(t.unread)) {
		severity := diag.Warning
		for _, dir := range slices.Concat(t.found.Charts, t.found.Bundles) {
			if rest, ok := under(dir, name); ok && !t.ignored(dir, rest) {
				severity = diag.Error
			}
		}
		if severity == diag.Error || isYAML(name) {
			out = append(out, finding.InFile(kube.Place{File: name}, diag.BadManifest, severity, "%s is not read: %s", path.Base(name), t.unread[name]).
				WithHint("put a regular file of less than %d MiB there, or remove it", most>>20))
		}
	}
	return out
}

// ignored reports whether a file is no part of the chart in a folder.
func (t *tree) ignored(dir, name string) bool {
	rules, ok := t.files[path.Join(dir, ".helmignore")]
	return ok && chart.Ignores(rules, name)
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
		out = append(out, func() []finding.Finding { return t.chart(dir, files) })
	}
	return out
}

func (t *tree) bundles() []task {
	var out []task
	for _, name := range t.names() {
		dir := path.Dir(path.Dir(name))
		if !isYAML(name) || t.taken[name] || !t.ofBundle(name) {
			continue
		}
		if path.Base(t.kustomization(path.Join(dir, "manifests"))) == "kustomization.yaml" {
			continue // what bundles are generated from
		}
		files := map[string][]byte{}
		for _, part := range []string{"manifests", "metadata", "tests"} {
			for rest, data := range t.below(path.Join(dir, part)) {
				files[path.Join(part, rest)] = data
			}
		}
		t.found.Bundles = append(t.found.Bundles, dir)
		out = append(out, func() []finding.Finding {
			b, findings := bundle.Load(dir, files)
			namespace := cmp.Or(b.SuggestedNamespace(), "operators")
			return append(findings, judged(b, t.bench, t.opts, judge.Install{Complete: true}, namespace, true)...)
		})
	}
	return out
}

// ofBundle reports whether a file shows that the folder above its own is a bundle: a ClusterServiceVersion among the
// manifests, or metadata that says so beside some manifests.
func (t *tree) ofBundle(name string) bool {
	switch dir := path.Dir(name); path.Base(dir) {
	case "manifests":
		return holdsCSV(t.files[name])
	case "metadata":
		prefix := path.Join(path.Dir(dir), "manifests") + "/"
		return strings.Contains(string(t.files[name]), model.BundleMediaType+": registry+v1") &&
			slices.ContainsFunc(t.names(), func(other string) bool { return strings.HasPrefix(other, prefix) })
	}
	return false
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
		out = append(out, func() []finding.Finding {
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
	return []task{func() []finding.Finding {
		out := findings
		for _, dir := range roots {
			out = append(out, t.overlay(built, dir)...)
		}
		return out
	}}
}

// overlay judges what a folder builds. One with a ClusterServiceVersion is what a bundle is generated from: OLM makes the
// certificates, and what people apply are the folders that it names.
func (t *tree) overlay(built *overlay.Tree, dir string) []finding.Finding {
	objects, err := built.Build(dir)
	if err != nil {
		return []finding.Finding{notBuilt(dir, dir, err)}
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
	var faults []finding.Finding
	for _, name := range t.names() {
		if !isYAML(name) {
			continue
		}
		objects, broken := kube.Objects(name, t.files[name])
		if len(objects) == 0 {
			continue // something else in YAML
		}
		faults = append(faults, finding.OfFaults(broken)...)
		key := path.Dir(name)
		if whole(objects) {
			key = name
		}
		sets[key] = append(sets[key], objects...)
	}
	out := []task{func() []finding.Finding { return faults }}
	for _, key := range slices.Sorted(maps.Keys(sets)) {
		t.found.Manifests = append(t.found.Manifests, key)
		out = append(out, func() []finding.Finding {
			return t.bench.Set(kube.Set{Name: key, Objects: sets[key]}, judge.Install{})
		})
	}
	return out
}

// whole reports whether objects are an install by themselves: several, with something that runs.
func whole(objects []*kube.Object) bool {
	return len(objects) > 1 && slices.ContainsFunc(objects, func(o *kube.Object) bool {
		return kube.IsWorkload(o.Group(), o.Kind())
	})
}

func sortedNames(files map[string][]byte) []string { return slices.Sorted(maps.Keys(files)) }
