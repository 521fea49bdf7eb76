// Package bundle reads an OLM bundle (registry+v1), judges it with operator-framework's own validators, and says what
// OLM makes of it in a cluster.
package bundle

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// Bundle is a bundle as its files say it.
type Bundle struct {
	Dir         string            // where its files stand in the tree
	CSV         *kube.Object      // nil where there is none
	Manifests   []*kube.Object    // the others
	Annotations map[string]string // of metadata/annotations.yaml
	Package     string
	Channels    []string
	Default     string // the default channel
	Size, Gzip  int64  // of all files
	// Converted are definitions whose conversion webhook somebody else than OLM sets up, as it is known of them.
	Converted []string

	properties, dependencies []any
}

// Annotations of the bundle format.
const (
	annotationsFile = "metadata/annotations.yaml"
	manifestsDir    = "manifests/"
)

// Load reads a bundle from its files, by their names below dir. What OLM's own loader refuses is a finding.
func Load(dir string, files map[string][]byte) (*Bundle, []finding.Finding) {
	b := &Bundle{Dir: dir, Annotations: map[string]string{}}
	var findings []finding.Finding
	for _, name := range slices.Sorted(maps.Keys(files)) {
		data := files[name]
		b.Size += int64(len(data))
		rest, inManifests := strings.CutPrefix(name, manifestsDir)
		file := path.Join(dir, name)
		switch {
		case inManifests && strings.Contains(rest, "/"):
			findings = append(findings, finding.InFile(kube.Place{File: file}, diag.BundleInvalid, diag.Error, "OLM does not read folders below manifests"))
		case inManifests:
			findings = append(findings, b.manifest(file, data)...)
		case strings.HasPrefix(name, "metadata/") && yamlFile(name):
			findings = append(findings, b.metadata(file, data)...)
		}
	}
	b.Gzip = b.Size // packing takes time, and a small bundle fits unpacked
	if b.Size > plenty {
		b.Gzip = 0
		for _, data := range files {
			b.Gzip += compressed(data)
		}
	}
	if b.CSV == nil {
		findings = append(findings, finding.InFile(kube.Place{File: path.Join(dir, annotationsFile)}, diag.BundleInvalid, diag.Error, "the bundle has no ClusterServiceVersion"))
	}
	return b, append(findings, b.format()...)
}

// plenty is half of what a bundle may hold packed, in bytes.
const plenty = 1 << 19

func yamlFile(name string) bool { return path.Ext(name) == ".yaml" || path.Ext(name) == ".yml" }

// compressed is the size that OLM's validator counts: gzip, then base64.
func compressed(data []byte) int64 {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data) // a buffer takes everything
	_ = w.Close()
	return int64(base64.StdEncoding.EncodedLen(b.Len()))
}

// manifest reads one file of manifests. OLM's loader reads the first document only.
func (b *Bundle) manifest(file string, data []byte) []finding.Finding {
	objects, faults := kube.Objects(file, data)
	findings := append(finding.OfFaults(faults), finding.Unversioned(file, data)...)
	if len(objects) == 0 && len(findings) == 0 {
		findings = append(findings, finding.InFile(kube.Place{File: file}, diag.BadManifest, diag.Error, "the file contains no object with apiVersion and kind"))
	}
	for i, o := range objects {
		if i > 0 {
			findings = append(findings, finding.Of(o, diag.BundleInvalid, diag.Error, "", "OLM reads only the first document of a file, and this is not the first").WithHint("put each object into a separate file"))
			continue
		}
		if o.Kind() != "ClusterServiceVersion" { // OLM's tools ask for the kind alone
			b.Manifests = append(b.Manifests, o)
			continue
		}
		if b.CSV != nil {
			findings = append(findings, finding.Of(o, diag.BundleInvalid, diag.Error, "/kind", "the bundle has a second ClusterServiceVersion"))
			continue
		}
		b.CSV = o
	}
	return findings
}

func (b *Bundle) metadata(file string, data []byte) []finding.Finding {
	docs, faults := kube.Read(file, data)
	findings := finding.OfFaults(faults)
	if len(docs) == 0 {
		return findings
	}
	tree := kube.Map(docs[0].Value)
	if list, ok := tree["properties"].([]any); ok {
		b.properties = list
	}
	if list, ok := tree["dependencies"].([]any); ok {
		b.dependencies = list
	}
	annotations, ok := tree["annotations"].(map[string]any)
	if !ok {
		return findings
	}
	for _, k := range slices.Sorted(maps.Keys(annotations)) {
		v := annotations[k]
		text, isText := v.(string)
		if !isText {
			at := kube.Place{File: file, Pointer: "/annotations/" + diag.Escape(k)}
			findings = append(findings, finding.InFile(at, diag.BundleInvalid, diag.Warning, "the annotation %s is %v, not text, which some tools reject", k, v))
			continue
		}
		b.Annotations[k] = text
	}
	b.Package = b.Annotations[model.BundlePackage]
	b.Default = b.Annotations[model.BundleDefaultChannel]
	if list := b.Annotations[model.BundleChannels]; list != "" {
		for channel := range strings.SplitSeq(list, ",") {
			b.Channels = append(b.Channels, strings.TrimSpace(channel)) // what stands around a name is no part of it
		}
	}
	return findings
}

// format holds the annotations against the bundle format.
func (b *Bundle) format() []finding.Finding {
	var out []finding.Finding
	fault := func(key, format string, args ...any) {
		at := kube.Place{File: path.Join(b.Dir, annotationsFile), Pointer: "/annotations/" + diag.Escape(key)}
		out = append(out, finding.InFile(at, diag.BundleInvalid, diag.Error, format, args...))
	}
	for _, want := range []struct{ key, value string }{
		{model.BundleMediaType, "registry+v1"}, {model.BundleManifests, "manifests/"}, {model.BundleMetadata, "metadata/"},
	} {
		if got := b.Annotations[want.key]; strings.TrimSuffix(got, "/") != strings.TrimSuffix(want.value, "/") {
			fault(want.key, "the annotation %s is %q: expected %s", want.key, got, want.value)
		}
	}
	if b.Package == "" {
		fault(model.BundlePackage, "the annotation %s, the name of the package, is missing", model.BundlePackage)
	}
	if len(b.Channels) == 0 {
		fault(model.BundleChannels, "the annotation %s, the channels, is missing", model.BundleChannels)
	}
	if text, ok := b.Annotations[model.BundleDefaultChannel]; ok && text == "" {
		fault(model.BundleDefaultChannel, "the annotation %s is empty: name a channel, or leave the annotation out", model.BundleDefaultChannel)
	}
	if b.Default != "" && !slices.Contains(b.Channels, b.Default) {
		fault(model.BundleDefaultChannel, "the default channel %s is not among the channels %s: another bundle of the package must bring it", b.Default, strings.Join(b.Channels, ", "))
		out[len(out)-1].Severity = diag.Warning
	}
	if text := b.Annotations[openShiftVersions]; text != "" && !isOpenShiftRange(text) {
		fault(openShiftVersions, "%q is not a range of OpenShift versions: expected v4.16 (and later), =v4.16 (only), or v4.16-v4.18", text)
		last := &out[len(out)-1]
		last.Code, last.Severity = diag.BundleQuality, diag.Warning
		*last = last.WithHint("the catalogs of OpenShift ignore the annotation, or reject the bundle")
	}
	return out
}

// openShiftVersions is the annotation that names the versions of OpenShift into whose catalogs a bundle goes.
const openShiftVersions = "com.redhat.openshift.versions"

func isOpenShiftRange(text string) bool { _, _, ok := kube.OpenShiftRange(text); return ok }

// Objects are all objects of the bundle's manifests.
func (b *Bundle) Objects() []*kube.Object {
	if b.CSV == nil {
		return b.Manifests
	}
	return append([]*kube.Object{b.CSV}, b.Manifests...)
}

// Name is the bundle's name in messages.
func (b *Bundle) Name() string {
	if b.CSV == nil {
		return "the bundle"
	}
	return fmt.Sprintf("the bundle %s", b.CSV.Name())
}

// Extra returns the entries of metadata/properties.yaml and metadata/dependencies.yaml.
func (b *Bundle) Extra() (properties, dependencies []any) { return b.properties, b.dependencies }

// SuggestedNamespace is where the bundle asks to be installed, or "".
func (b *Bundle) SuggestedNamespace() string {
	if b.CSV == nil {
		return ""
	}
	annotations := kube.Map(model.At(b.CSV.Tree, "metadata", "annotations"))
	return kube.Text(annotations["operatorframework.io/suggested-namespace"])
}

// Images are what the containers of the install strategy run.
func (b *Bundle) Images() []string {
	var out []string
	if b.CSV == nil {
		return nil
	}
	deployments := kube.List(model.At(b.CSV.Tree, "spec", "install", "spec", "deployments"))
	for _, d := range deployments {
		entry := kube.Map(d)
		for _, field := range []string{"containers", "initContainers"} {
			containers := kube.List(model.At(entry, "spec", "template", "spec", field))
			for _, e := range containers {
				container := kube.Map(e)
				if ref := kube.Text(container["image"]); ref != "" {
					out = append(out, ref)
				}
			}
		}
	}
	return out
}
