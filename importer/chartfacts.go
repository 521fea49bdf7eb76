package importer

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"strings"

	helmtarget "github.com/opc-project/opc/emit/helm"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube/equal"
	"github.com/opc-project/opc/schema/diag"
)

// hub begins the annotations of Artifact Hub (https://artifacthub.io/docs/topics/annotations/helm/).
const hub = "artifacthub.io/"

func (h *helm) annotation(name string) string {
	return text(object(h.meta.tree["annotations"])[name])
}

// hubList reads an annotation that holds a list.
func (h *helm) hubList(name string) []tree {
	v, err := decode([]byte(h.annotation(hub + name)))
	if err != nil {
		return nil
	}
	return trees(v)
}

// facts are what Chart.yaml says, in the words of a ClusterServiceVersion. The operator's version is that of what the
// chart installs; that of the chart itself is said beside it where it is another.
func (h *helm) facts(docs []*document) Facts {
	meta := h.meta.tree
	f := Facts{Name: text(meta["name"]), Namespace: h.old.release.Namespace, CSV: tree{}}
	for _, v := range []string{text(meta["appVersion"]), text(meta["version"])} {
		if v = strings.TrimPrefix(v, "v"); f.Version == "" && version.MatchString(v) {
			f.Version = v
		}
	}
	spec, annotations := tree{}, tree{}
	display := h.annotation("charts.openshift.io/name")
	some(spec, "displayName", display)
	if d := text(meta["description"]); d != display && d != compiler.InWords(f.Name) {
		some(annotations, "description", d)
	}
	some(spec, "keywords", meta["keywords"])
	some(spec, "maintainers", anys(trees(meta["maintainers"])))
	some(spec, "links", h.links(annotations))
	if icon, ok := strings.CutPrefix(text(meta["icon"]), "data:"); ok {
		if media, data, ok := strings.Cut(icon, ";base64,"); ok {
			spec["icon"] = []any{tree{"base64data": data, "mediatype": media}}
		}
	}
	some(annotations, "capabilities", h.annotation(hub+"operatorCapabilities"))
	some(annotations, "categories", helmtarget.Category(h.annotation(hub+"category")))
	if owned := h.owned(docs); owned != nil {
		put(spec, owned, "customresourcedefinitions", "owned")
	}
	if examples := h.hubList("crdsExamples"); len(examples) > 0 {
		if data, err := json.Marshal(examples); err == nil {
			annotations["alm-examples"] = string(data)
		}
	}
	put(f.CSV, annotations, "metadata", "annotations")
	for _, image := range h.hubList("images") {
		for _, platform := range texts(image["platforms"]) {
			system, arch, _ := strings.Cut(platform, "/")
			put(f.CSV, "supported", "metadata", "labels", osLabel+system)
			put(f.CSV, "supported", "metadata", "labels", archLabel+arch)
		}
	}
	f.CSV["spec"] = spec
	return f
}

// links are the page, the source and what else Artifact Hub shows.
func (h *helm) links(annotations tree) []any {
	var out []any
	home, source := text(h.meta.tree["home"]), ""
	if all := texts(h.meta.tree["sources"]); len(all) > 0 {
		source = all[0]
		annotations["repository"] = source
	}
	if home != "" {
		out = append(out, tree{"name": "Homepage", "url": home})
	}
	if source != "" {
		out = append(out, tree{"name": "Source", "url": source})
	}
	for _, l := range h.hubList("links") {
		if l["url"] != source && l["url"] != home {
			out = append(out, l)
		}
	}
	return out
}

// owned are the APIs that Artifact Hub shows, if they are all that the chart has: else a description that lists them
// would take the others away.
func (h *helm) owned(docs []*document) []any {
	var out []any
	listed := map[string]bool{}
	for _, c := range h.hubList("crds") {
		listed[text(c["name"])+" "+text(c["version"])] = true
		entry := tree{}
		for _, field := range []string{"name", "kind", "version", "displayName", "description"} {
			entry[field] = text(c[field])
		}
		out = append(out, entry)
	}
	for _, d := range docs {
		if d.kind() != "CustomResourceDefinition" {
			continue
		}
		for _, v := range trees(get(d.tree, "spec", "versions")) {
			if v["served"] == true && !listed[d.name()+" "+text(v["name"])] {
				return nil
			}
			// Artifact Hub shows one line.
			root := text(get(v, "schema", "openAPIV3Schema", "description"))
			for _, e := range trees(out) {
				if e["name"] == d.name() && e["version"] == v["name"] && e["description"] == strings.Join(strings.Fields(root), " ") {
					e["description"] = root
				}
			}
		}
	}
	return out
}

// kubeBound is a bound of a range of Kubernetes versions, with what says nothing: a last zero, and the -0 by which Helm
// takes versions of vendors.
var kubeBound = regexp.MustCompile(`(\d+\.\d+)(\.\d+)?(-0)?`)

// more says what Chart.yaml has and a ClusterServiceVersion does not.
func (h *helm) more(d *draft) {
	some(d.spec, "license", h.annotation(hub+"license"))
	if v := text(h.meta.tree["kubeVersion"]); v != "" {
		d.spec["kubernetes"] = kubeBound.ReplaceAllStringFunc(v, func(bound string) string {
			return strings.TrimSuffix(strings.TrimSuffix(bound, "-0"), ".0")
		})
	}
	for _, o := range d.src.objects {
		if d.isCRD(o) && strings.HasPrefix(o.file, "crds/") && !d.raw[rawCRDs] {
			put(d.spec, "crds", "helm", "crds")
		}
	}
	h.sayWatch(d)
	h.sayParameters(d)
	h.sayFeatures(d)
}

// form is a Helm chart. A description is fitted to what an install leaves; that the chart it compiles to leaves the same
// is proven in the end.
func (h *helm) form() *form {
	return &form{
		emit: h.emit,
		steps: func(d *draft) []func(*source) {
			return []func(*source){d.correctInstalled, d.correctWorkloadObjects, func(got *source) { h.correctChart(d, got) }}
		},
		parts: func(s *source) map[string]any {
			out := map[string]any{}
			for _, o := range s.objects {
				out[o.told()] = any(canonical(h.view(o.tree)))
			}
			return out
		},
		view: h.view,
	}
}

// emit are the objects of a plain install, as Helm leaves them, and Chart.yaml.
func (h *helm) emit(m *model.Operator) (*source, diag.List) {
	s := emitInstalled(m, "")
	kept := s.objects[:0]
	for _, o := range s.objects {
		if o.is("", "Namespace") && o.name() == m.Namespace {
			continue // helm install --create-namespace makes it
		}
		h.old.unlabel(o.tree)
		h.old.unlabel(s.normal[o])
		kept = append(kept, o)
	}
	s.objects = kept
	files, faults := helmtarget.Target.Emit(m)
	if faults.HasErrors() {
		return nil, faults
	}
	out, err := fs.Sub(files.FS(), "chart")
	if err != nil {
		return nil, diag.List{diag.Errorf(diag.Internal, "", "%v", err)}
	}
	s.files = out
	r := &reader{fsys: out}
	if d := r.only("Chart.yaml"); d != nil {
		s.chart = d.tree
	}
	return s, r.faults
}

// correctChart says what Chart.yaml has beside what opc writes.
func (h *helm) correctChart(d *draft, got *source) {
	over := tree{}
	for _, field := range sortedKeys(h.meta.tree) {
		want := h.meta.tree[field]
		switch field {
		case "apiVersion", "dependencies", "annotations":
			continue
		case "appVersion":
			if h.fromAppVersion(d) {
				continue // the image's tag follows it
			}
		case "description":
			if want == d.spec["displayName"] || want == compiler.InWords(d.name) {
				continue
			}
		}
		if !equal.Same(field, got.chart[field], want) {
			over[field] = want
		}
	}
	for _, field := range sortedKeys(over) {
		put(d.spec, over[field], "helm", "chart", field)
	}
	have := object(got.chart["annotations"])
	for key, value := range object(h.meta.tree["annotations"]) {
		if s, ok := value.(string); ok && have[key] != s && (have[key] == nil || !h.sameList(have[key], s)) {
			put(d.spec, s, "helm", "annotations", key)
		}
	}
}

// sameList compares annotations that hold lists.
func (h *helm) sameList(a any, b string) bool {
	x, errX := decode([]byte(text(a)))
	y, errY := decode([]byte(b))
	return errX == nil && errY == nil && len(equal.Trees(equal.Value(x), equal.Value(y))) == 0
}

// fromAppVersion reports whether the image has the operator's version for its tag: then the chart of opc takes it from
// appVersion, which must be just that.
func (h *helm) fromAppVersion(d *draft) bool {
	if len(d.workloads) == 0 {
		return false
	}
	_, tag, _, ok := compiler.ParseImage(text(d.workloads[0].main["image"]))
	return ok && tag == strings.ReplaceAll(text(d.spec["version"]), "+", "_") && d.spec["image"] != nil
}
