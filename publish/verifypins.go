package publish

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/operator-framework/operator-registry/alpha/declcfg"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// pin is an artifact as others must name it.
type pin struct{ kind, repository, digest string }

func (n pin) String() string { return n.repository + "@" + n.digest }

// pinOf is how the parts of a release must name one of a kind. An image that the build did not make is named by the
// part's own provenance.
func pinOf(p *piece, parts []*piece, kind string) (pin, bool) {
	for _, o := range parts {
		if o.kind == kind && o.origin != "" {
			return pin{kind, o.origin, o.desc.Digest.String()}, true
		}
	}
	if p.statement != nil {
		for _, r := range p.statement.Predicate.Definition.Dependencies {
			if r.Name == kind && r.URI != "" {
				return pin{kind, r.URI, "sha256:" + r.Digest["sha256"]}, true
			}
		}
	}
	return pin{}, false
}

// chart verifies that the chart is what the registry's config says of it, and runs the release's image.
func (v *verifier) chart(p *piece, parts []*piece, config []byte, files fs.FS) {
	var said, is map[string]any
	data, err := fs.ReadFile(files, "Chart.yaml")
	if err == nil {
		err = kube.Decode("Chart.yaml", data, &is)
	}
	if err != nil {
		v.found(diag.ReleaseIncomplete, p, "has no Chart.yaml that can be read: %v", err)
		return
	}
	if err := json.Unmarshal(config, &said); err != nil || !sameJSON(said, is) {
		v.found(diag.LabelWrong, p, "has a config that differs from its Chart.yaml")
	}
	if got := text(is, "name"); got != path.Base(cmp.Or(p.origin, p.repository)) {
		v.found(diag.LabelWrong, p, "has the chart name %q, expected the last part of the repository name", got)
	}
	if got := text(is, "appVersion"); p.version != "" && got != p.version {
		v.found(diag.LabelWrong, p, "has the appVersion %q, and was made as %q", got, p.version)
	}
	image, ok := pinOf(p, parts, KindImage)
	if !ok {
		return
	}
	var values any
	if data, err = fs.ReadFile(files, "values.yaml"); err == nil {
		err = kube.Decode("values.yaml", data, &values)
	}
	if err != nil {
		v.found(diag.ReleaseIncomplete, p, "has no values.yaml that can be read: %v", err)
		return
	}
	named := 0
	eachTree(values, func(tree map[string]any) {
		if text(tree, "repository") != image.repository {
			return
		}
		named++
		if got := text(tree, "digest"); got != image.digest {
			v.found(diag.PinWrong, p, "names the image %s with the digest %q, and the release has %s", image.repository, got, image.digest)
		}
	})
	if named == 0 {
		v.found(diag.PinWrong, p, "does not name the image %s in its values", image)
	}
}

// bundle verifies that the labels are what OLM reads in the bundle, and that its ClusterServiceVersion runs the
// release's image.
func (v *verifier) bundle(p *piece, parts []*piece, labels map[string]string, files fs.FS) {
	var metadata struct {
		Annotations map[string]string `json:"annotations"`
	}
	data, err := fs.ReadFile(files, "metadata/annotations.yaml")
	if err == nil {
		err = kube.Decode("metadata/annotations.yaml", data, &metadata)
	}
	if err != nil {
		v.found(diag.ReleaseIncomplete, p, "has no metadata/annotations.yaml that can be read: %v", err)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(metadata.Annotations)) {
		if labels[key] != metadata.Annotations[key] {
			v.found(diag.LabelWrong, p, "has the label %s=%q, and its annotations.yaml says %q", key, labels[key], metadata.Annotations[key])
		}
	}
	trees, err := manifestsOf(files)
	if err != nil {
		v.found(diag.ReleaseIncomplete, p, "has manifests that can't be read: %v", err)
		return
	}
	for _, tree := range trees {
		if tree["kind"] != "ClusterServiceVersion" {
			continue
		}
		spec := kube.Map(tree["spec"])
		if got := text(spec, "version"); p.version != "" && got != p.version {
			v.found(diag.LabelWrong, p, "has a ClusterServiceVersion of version %q, and was made as %q", got, p.version)
		}
		if image, ok := pinOf(p, parts, KindImage); ok {
			v.names(p, "ClusterServiceVersion", tree, image)
		}
		return
	}
	v.found(diag.ReleaseIncomplete, p, "has no ClusterServiceVersion")
}

// manifestsOf reads the objects of a bundle.
func manifestsOf(files fs.FS) ([]map[string]any, error) {
	names, err := fs.Glob(files, "manifests/*")
	if err != nil {
		return nil, err
	}
	var out []map[string]any
	for _, name := range names {
		if ext := path.Ext(name); ext != ".yaml" && ext != ".yml" && ext != ".json" {
			continue
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		var tree map[string]any
		if err := kube.Decode(name, text, &tree); err != nil {
			return nil, err
		}
		out = append(out, tree)
	}
	return out, nil
}

// catalog verifies that the catalog offers the release's bundle.
func (v *verifier) catalog(p *piece, parts []*piece, files fs.FS) {
	cfg, err := declcfg.LoadFS(v.ctx, files)
	if err != nil {
		v.found(diag.ReleaseIncomplete, p, "holds a catalog that can't be read: %v", err)
		return
	}
	bundle, ok := pinOf(p, parts, KindBundle)
	if !ok {
		return
	}
	for _, b := range cfg.Bundles {
		repository, _ := splitTag(b.Image)
		if repository != bundle.repository || !bundleOf(b, p.version) {
			continue
		}
		if b.Image != bundle.String() {
			v.found(diag.PinWrong, p, "offers %s as %s, and the release has %s", b.Name, b.Image, bundle)
		}
		image, ok := pinOf(p, parts, KindImage)
		if !ok {
			return
		}
		var related []any
		for _, r := range b.RelatedImages {
			related = append(related, r.Image)
		}
		v.names(p, "entry "+b.Name, related, image)
		return
	}
	v.found(diag.PinWrong, p, "does not offer the bundle %s", bundle)
}

// bundleOf reports whether a catalog's bundle is of a version; "" is any.
func bundleOf(b declcfg.Bundle, version string) bool {
	for _, p := range b.Properties {
		var value struct {
			Version string `json:"version"`
		}
		if p.Type == "olm.package" && json.Unmarshal(p.Value, &value) == nil {
			return version == "" || value.Version == version
		}
	}
	return version == ""
}

// names checks that a tree names an artifact, and each time by its digest.
func (v *verifier) names(p *piece, where string, tree any, want pin) {
	named := 0
	eachText(tree, func(text string) {
		rest, ok := strings.CutPrefix(text, want.repository)
		if !ok || rest != "" && rest[0] != '@' && rest[0] != ':' || strings.ContainsAny(rest, " \n") {
			return
		}
		named++
		if text != want.String() {
			v.found(diag.PinWrong, p, "names in its %s the %s %s, and the release has %s", where, want.kind, text, want)
		}
	})
	if named == 0 {
		v.found(diag.PinWrong, p, "does not name in its %s the %s %s", where, want.kind, want)
	}
}

func sameJSON(a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && bytes.Equal(x, y)
}

// eachTree calls f for every object in a tree.
func eachTree(value any, f func(map[string]any)) {
	switch value := value.(type) {
	case map[string]any:
		f(value)
		for _, key := range slices.Sorted(maps.Keys(value)) {
			eachTree(value[key], f)
		}
	case []any:
		for _, v := range value {
			eachTree(v, f)
		}
	}
}

// eachText calls f for every text in a tree.
func eachText(value any, f func(string)) {
	switch value := value.(type) {
	case string:
		f(value)
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			eachText(value[key], f)
		}
	case []any:
		for _, v := range value {
			eachText(v, f)
		}
	}
}
