package importer

import (
	"bytes"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/kube/equal"
	"github.com/opc-project/opc/schema/diag"
)

// draft is a description in the making.
type draft struct {
	src   *source
	base  fs.FS    // files that the description may name in place, or nil
	place *inPlace // the same by what they hold, or nil
	csv   tree     // the source's ClusterServiceVersion in its normal form, without empty fields

	spec      tree
	comments  map[diag.Path]string
	files     map[string][]byte
	rough     map[string][]byte  // CustomResourceDefinitions without their schemas, by their text
	canonical map[*document]tree // of objects of the source
	loss      diag.List
	raw       map[string]bool // parts that the short forms can't say: they are said in the target's own words

	name, pkg, prefix string
	fileOf            map[*document]string // the file that an object of the source went to
	made, unlike      map[*document]bool   // objects that opc makes by itself; those that it makes differently
	extra             map[*document]bool   // objects of an install that are said in files of their own
	workloads         []*workload          // the manager first
	relatedEnv        []string             // variables of the manager that hold related images
	refused           map[string]bool      // parameters and features that can't be said, by name
	helm              *helm                // the chart that is imported, or nil
}

// workload is a Deployment, StatefulSet or DaemonSet of the source.
type workload struct {
	kind  kube.WorkloadKind
	key   string
	name  string
	entry tree // of install.spec.deployments
	pod   tree
	main  tree // the container that the short forms speak of
	plain bool // nothing of it is what kubebuilder makes by default
}

func newDraft(b *source) *draft {
	d := &draft{
		src: b, csv: equal.Pruned(b.normal[b.csv]), spec: tree{}, comments: map[diag.Path]string{}, files: map[string][]byte{}, raw: map[string]bool{}, unlike: map[*document]bool{}, extra: map[*document]bool{}, refused: map[string]bool{},
	}
	return d
}

// propose writes the description as far as the short forms reach.
func (d *draft) propose() {
	d.spec, d.comments, d.files = tree{}, map[diag.Path]string{}, map[string][]byte{}
	d.fileOf, d.made = map[*document]string{}, map[*document]bool{}
	d.identity()
	d.findWorkloads()
	if d.raw["workloads"] {
		d.workloads = nil
	}
	d.names()
	d.ownRoles()
	d.image()
	d.related()
	d.watch()
	d.crds()
	d.apis()
	if d.src.facts == nil {
		d.webhooks()
	} else {
		d.installedWebhooks()
	}
	for _, w := range d.workloads {
		d.workload(w)
	}
	if d.src.facts == nil {
		d.manifests()
		d.permissions()
		d.scorecard()
	} else {
		d.installedObjects()
		d.installedPermissions()
		d.accounts()
	}
	some(d.spec, "dockerfile", d.src.built)
	d.requires()
	d.release()
	if d.helm != nil {
		d.helm.more(d)
	}
	for _, part := range sortedKeys(d.raw) {
		delete(d.spec, part)
	}
	if d.raw["workloads"] || len(d.workloads) == 0 {
		d.spec["manager"] = false
	}
}

// csvSpec returns a field of the ClusterServiceVersion's spec.
func (d *draft) csvSpec(path ...string) any {
	return get(d.csv, append([]string{"spec"}, path...)...)
}

func (d *draft) annotation(key string) string {
	return text(object(get(d.csv, "metadata", "annotations"))[key])
}

// bundleAnnotation is an annotation of metadata/annotations.yaml.
func (d *draft) bundleAnnotation(key string) string {
	return text(d.bundleAnnotations()[key])
}

func (d *draft) bundleAnnotations() tree {
	if d.src.annotations == nil {
		return nil
	}
	return object(d.src.annotations.tree["annotations"])
}

var (
	dnsLabel = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	version  = regexp.MustCompile(`^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
)

// label makes a DNS label of a text.
func label(s string) string {
	s = regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(s), "-")
	return strings.Trim(s, "-")
}

// addFile names a new file after what it holds; two that would have the same name are told apart by a number.
func (d *draft) addFile(dir, base, ext string, data []byte) string {
	base = regexp.MustCompile(`[^A-Za-z0-9._-]+`).ReplaceAllString(base, "-")
	name := dir + base + ext
	for n := 2; d.taken(name, data); n++ {
		name = dir + base + "-" + strconv.Itoa(n) + ext
	}
	d.files[name] = data
	return name
}

func (d *draft) taken(name string, data []byte) bool {
	for other, content := range d.files {
		if strings.EqualFold(other, name) && !bytes.Equal(content, data) {
			return true
		}
	}
	return false
}

// objectFile is the text of an object as a file: the source's own, with its comments, unless it holds what a reader
// would stumble over.
func (d *draft) objectFile(o *document) []byte {
	if o.alone && !o.odd && !noisy(o.tree) {
		return append(bytes.TrimRight(o.text, "\n "), '\n')
	}
	t := clone(o.tree)
	if known := equal.UnknownFields(t); len(known) > 0 {
		t, _ = equal.Normal(t)
	}
	if md := object(t["metadata"]); md != nil {
		if md["creationTimestamp"] == nil {
			delete(md, "creationTimestamp")
		}
	}
	if equal.Known(t) {
		delete(t, "status")
	}
	return yamlOf(object(equal.WithoutNulls(t)))
}

// noisy reports whether an object holds what tools leave behind: an empty creation time, a status.
func noisy(t tree) bool {
	_, created := object(t["metadata"])["creationTimestamp"]
	_, status := t["status"]
	return created || status
}

// What kubebuilder puts behind the operator's name.
const (
	managerSuffix        = "-controller-manager"
	webhookServiceSuffix = "-webhook-service"
	metricsReaderSuffix  = "-metrics-reader"
	metricsServiceSuffix = "-metrics-service"
	metricsMonitorSuffix = "-metrics-monitor"
	metricsCertsSuffix   = "-metrics-certs"
	metricsCertsVolume   = "metrics-certs"
)
