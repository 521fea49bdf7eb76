package importer

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube/equal"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/chart"
)

// Renderer renders a chart as helm template does. It is handed in, since a chart that nobody vouches for can take any
// time and memory: who holds it within bounds stands at the edge.
type Renderer interface {
	// Templates returns what each file of the chart renders to, by its name in the chart's folder.
	Templates(chart.Release) (map[string]string, error)
}

// Start makes a renderer of a chart's files.
type Start func(files map[string][]byte) (Renderer, error)

// kubeVersion is the version of Kubernetes that charts are rendered for.
const kubeVersion = "1.34.0"

// Chart imports a Helm chart whose folder is the root of fsys. Its default rendering gives the objects, and renderings
// with each value changed the parameters and features. The findings are as for Bundle.
func Chart(fsys fs.FS, start Start, opts Options) (*Result, diag.List) {
	h := &helm{reader: &reader{fsys: fsys, lenient: true}, chance: map[string]bool{}, barred: map[*knob]string{}}
	h.metadata()
	files := h.chartFiles()
	if h.faults.HasErrors() {
		return nil, h.faults
	}
	renderer, err := start(files)
	if err != nil {
		h.fault(placed(err), "the chart can't be read: %v", plainHelm(err))
		return nil, h.faults
	}
	name := text(h.meta.tree["name"])
	release := chart.Release{Name: name, Namespace: name + "-system", KubeVersion: kubeVersion}
	h.old = newRendering(fsys, renderer, release, text(h.meta.tree["appVersion"]))
	src := h.source()
	if h.faults.HasErrors() {
		return nil, h.faults
	}
	src.form = h.form()
	d := newDraft(src)
	d.helm = h
	d.propose()
	if faults := d.fit(); faults.HasErrors() {
		return nil, faults
	}
	h.probe(d)
	return h.described(d, opts)
}

// described has the description say what the values of the source do, and writes it.
func (h *helm) described(d *draft, opts Options) (*Result, diag.List) {
	told, loss := len(h.told), len(h.loss)
	if faults := h.knobs(d); faults.HasErrors() {
		return nil, faults
	}
	d.intoFiles()
	out, faults := d.result(opts)
	if faults.HasErrors() {
		return nil, faults
	}
	if opts.Verify {
		out.Unequal = append(out.Unequal, h.unequal(d, out)...)
	}
	out.Found = append(out.Found, h.told...)
	found := slices.Concat(h.loss, d.loss)
	out.without = func(faults diag.List) (*Result, diag.List, bool) {
		if !h.bar(faults) {
			return nil, nil, false
		}
		h.told, h.loss = h.told[:told], h.loss[:loss]
		h.restore(d, h.plain)
		if faults := d.fit(); faults.HasErrors() {
			return nil, faults, true
		}
		out, found := h.described(d, opts)
		return out, found, true
	}
	return out, found
}

// helm is a chart on its way in.
type helm struct {
	*reader
	old    *rendering
	meta   *document       // Chart.yaml
	values *document       // values.yaml, or nil
	schema tree            // values.schema.json, or nil
	chance map[string]bool // fields that no two renderings agree on, by their object and path
	told   []Found
	usual  map[string]tree // what it renders to by default, by place
	fixed  *bool           // whether names are the same in every release; nil before anybody asks

	all        []*knob          // of the source
	unfinished bool             // whether there were too many values to try them all
	plain      savedDraft       // the description before it says what knobs do
	barred     map[*knob]string // knobs that the description must not say, and why

	passed     map[*knob]int // ways to say it that turned out not to do the same, or were none
	parameters []*parameter
	features   []*feature
	watch      *watch // nil where the installer does not choose what is watched
}

// maxFolders is how deep folders of a chart are nested at most: links can lead back to what they stand in.
const maxFolders = 32

// ChartFiles reads all files of a chart whose folder is the root of fsys, as Helm does: it follows links, also those to
// folders, within the file system.
func ChartFiles(fsys fs.FS) (map[string][]byte, diag.List) {
	r := &reader{fsys: fsys, lenient: true}
	files := r.chartFiles()
	return files, r.faults
}

// chartFiles reads all files of a chart, and follows links as Helm does. Folders whose names begin with a dot are no
// part of it.
func (r *reader) chartFiles() map[string][]byte {
	out := map[string][]byte{}
	r.chartFolder(".", out)
	return out
}

// chartFolder reads the files of a folder, and of those below it.
func (r *reader) chartFolder(dir string, out map[string][]byte) {
	entries, err := fs.ReadDir(r.fsys, dir)
	switch {
	case err != nil:
		r.fault(at(dir, 1), "can't read the chart: %v", reason(err))
		return
	case strings.Count(dir, "/") > maxFolders:
		r.fault(at(dir, 1), "the folders of the chart are nested more than %d levels deep", maxFolders)
		return
	}
	for _, e := range entries {
		name, folder := path.Join(dir, e.Name()), e.IsDir()
		hidden := strings.HasPrefix(e.Name(), ".")
		if e.Type()&fs.ModeSymlink != 0 {
			info, err := fs.Stat(r.fsys, name)
			folder = err == nil && info.IsDir()
		}
		switch {
		case r.faults.HasErrors():
			return
		case folder && hidden || !folder && hidden && e.Name() != ".helmignore":
			continue
		case folder:
			r.chartFolder(name, out)
			continue
		}
		data, ok := r.file(name)
		if !ok {
			return
		}
		if out[name] = data; len(out) > maxFiles {
			r.fault(at(name, 1), "the chart has more than %d files", maxFiles)
			return
		}
	}
}

// metadata reads what is said of the chart, and its values.
func (h *helm) metadata() {
	h.meta = h.only("Chart.yaml")
	if h.meta == nil {
		if !h.faults.HasErrors() {
			h.fault(at("Chart.yaml", 1), "Chart.yaml holds nothing")
		}
		return
	}
	for _, field := range []string{"name", "version"} {
		if text(h.meta.tree[field]) == "" {
			h.fault(h.meta.find(field), "Chart.yaml has no %s, or one that is no text", field)
		}
	}
	if _, err := fs.Stat(h.fsys, "values.yaml"); err == nil {
		h.values = h.only("values.yaml")
	}
	if _, err := fs.Stat(h.fsys, "values.schema.json"); err == nil {
		if d := h.only("values.schema.json"); d != nil {
			h.schema = d.tree
		}
	}
	for _, dep := range trees(h.meta.tree["dependencies"]) {
		if name := text(dep["name"]); !h.includes(name) {
			d := diag.Errorf(diag.ImportSource, "", "the chart depends on the chart %s, which is not in its folder charts: helm refuses to render it", name).
				WithHint("run helm dependency build, or remove the dependency")
			d.Pos = h.meta.find("dependencies")
			h.faults = append(h.faults, d)
			continue
		}
		h.lost(h.meta.find("dependencies"),
			"the chart depends on the chart %s: its objects are carried over, but not as a separate chart", text(dep["name"]))
	}
}

// includes reports whether the folder charts has a chart, as a folder or as an archive that helm package named. The archive
// itself is not opened here: whoever renders it does that within bounds.
func (h *helm) includes(name string) bool {
	entries, _ := fs.ReadDir(h.fsys, "charts")
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		version, archive := strings.CutSuffix(strings.TrimPrefix(e.Name(), name+"-"), ".tgz")
		_, err := semver.StrictNewVersion(version)
		return e.Name() == name || archive && err == nil
	})
}

// source renders the chart twice, to find what is left to chance, and takes the objects.
func (h *helm) source() *source {
	docs, faults, err := h.old.first()
	for _, f := range faults {
		if f.Severity == diag.Error {
			h.faults = append(h.faults, f)
		} else {
			h.loss = append(h.loss, f)
		}
	}
	if err != nil {
		h.fault(placed(err), "the chart does not render with its default values: %v", plainHelm(err))
		return nil
	}
	again, _, err := h.old.documents(nil)
	if err != nil {
		h.fault(placed(err), "the chart does not render a second time: %v", plainHelm(err))
		return nil
	}
	for _, d := range docs {
		if d.kind() == "CustomResourceDefinition" && get(d.tree, "spec", "scope") == "Cluster" {
			h.old.cluster[text(get(d.tree, "spec", "group"))+"/"+text(get(d.tree, "spec", "names", "kind"))] = true
		}
	}
	h.findChance(docs, again)
	for _, label := range sortedKeys(h.old.helms) {
		name, value, _ := strings.Cut(label, "=")
		h.lost(at("Chart.yaml", 1), "the label %s is %q in the source: the new chart sets the value that Helm uses", name, value)
	}
	var own []*document
	for _, d := range docs {
		if !h.hook(d) {
			h.settleChance(d)
			h.settleSums(d)
			unkeep(d.tree)
			if d.is("", "ServiceAccount") && d.tree["automountServiceAccountToken"] == true {
				delete(d.tree, "automountServiceAccountToken") // Kubernetes' default, and what helm create writes
			}
			own = append(own, d)
		}
	}
	if h.faults.HasErrors() {
		return nil
	}
	s := h.installed(own, h.facts(own))
	s.chart = h.meta.tree
	return s
}

// hook reports whether an object belongs to an event of a release, and not to the release.
func (h *helm) hook(d *document) bool {
	if !isHook(d) {
		return false
	}
	kind := text(get(d.tree, "metadata", "annotations", "helm.sh/hook"))
	pos := d.find("metadata", "annotations", "helm.sh/hook")
	if strings.HasPrefix(kind, "test") {
		h.lost(pos, "the %s %s is a test: the chart of opc has one of its own", d.kind(), d.name())
		return true
	}
	h.lost(pos, "the %s %s is a hook for %s: a description has none", d.kind(), d.name(), kind)
	return true
}

// unkeep takes the annotation off a CustomResourceDefinition by which Helm keeps it: charts of opc have a value for it.
func unkeep(t tree) {
	if annotations := object(get(t, "metadata", "annotations")); annotations != nil && t["kind"] == "CustomResourceDefinition" {
		delete(annotations, "helm.sh/resource-policy")
	}
}

// view is the form in which objects of charts are compared: without the annotation by which Helm keeps definitions, and
// without the name of the chart in their labels, which a chart of opc adds.
func (h *helm) view(t tree) tree {
	t = h.probeView(t)
	unkeep(t)
	return t
}

// probeView is the form in which renderings of one chart are compared.
func (h *helm) probeView(t tree) tree {
	t = clone(t)
	unsum(t)
	md := object(t["metadata"])
	if labels := object(md["labels"]); labels[model.LabelName] == h.meta.tree["name"] {
		delete(labels, model.LabelName)
	}
	h.expand(t)
	return t
}

// settleSums takes annotations off the pods that hold a checksum of other objects: it is another with each value that
// changes them, so what it is by default says nothing.
func (h *helm) settleSums(d *document) {
	for _, key := range unsum(d.tree) {
		h.lost(d.find("spec", "template", "metadata", "annotations", key),
			"the annotation %s on the pods of %s %s is a checksum of rendered templates and is not carried over: the pods don't restart when only that content changes",
			key, d.kind(), d.name())
	}
}

// checksum is what sha256sum and sha1sum make of a text.
var checksum = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// unsum takes checksums out of the annotations of a workload's pods, and returns their names.
func unsum(t tree) []string {
	annotations := object(get(t, "spec", "template", "metadata", "annotations"))
	var out []string
	for _, key := range sortedKeys(annotations) {
		name := strings.ToLower(key)
		if (strings.Contains(name, "checksum") || strings.Contains(name, "hash")) && checksum.MatchString(text(annotations[key])) {
			delete(annotations, key)
			out = append(out, key)
		}
	}
	return out
}

// findChance finds the fields that two renderings with the same values don't agree on.
func (h *helm) findChance(a, b []*document) {
	other := map[string]*document{}
	for _, d := range b {
		other[d.place()] = d
	}
	for _, d := range a {
		o := other[d.place()]
		if o == nil {
			continue
		}
		for _, x := range equal.Trees(d.tree, o.tree) {
			h.chance[d.place()+"\x00"+strings.Join(x.Path, "\x00")] = true
			h.lost(d.find(x.Path...), "%s of the %s %s is another at each rendering", strings.Join(x.Path, "."), d.kind(), d.name())
		}
	}
}

// settleChance takes out of an object what is left to chance.
func (h *helm) settleChance(d *document) {
	var walk func(t tree, at string)
	walk = func(t tree, at string) {
		for _, k := range sortedKeys(t) {
			if h.chance[at+"\x00"+k] {
				delete(t, k)
				continue
			}
			if below := object(t[k]); below != nil {
				walk(below, at+"\x00"+k)
			}
		}
	}
	if len(h.chance) > 0 {
		walk(d.tree, d.place())
	}
}

// placed is where an error of Helm's came from.
func placed(err error) diag.Pos {
	if pos, _ := chart.TemplateFault(err); pos.IsValid() {
		return pos
	}
	return at("Chart.yaml", 1)
}

// plainHelm is the last of an error's reasons, which is the one that says something, in one line.
func plainHelm(err error) string {
	_, message := chart.TemplateFault(err)
	if i := strings.LastIndex(message, ">: "); i >= 0 {
		return message[i+3:]
	}
	return message
}
