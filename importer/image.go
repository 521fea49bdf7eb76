package importer

import (
	"strings"

	"github.com/opc-project/opc/compiler"
)

// image says the operator's image: that of the manager's container.
func (d *draft) image() {
	ref := d.annotation("containerImage") // of a bundle that has no Deployment
	if len(d.workloads) > 0 {
		ref = text(d.workloads[0].main["image"])
	}
	if ref == "" {
		return
	}
	repository, tag, digest, ok := compiler.ParseImage(ref)
	if !ok || tag != "" && digest != "" {
		return // said at the manager, in the container's own words
	}
	platforms := d.platforms()
	own := strings.ReplaceAll(text(d.spec["version"]), "+", "_")
	switch {
	case tag == own && platforms == nil:
		d.spec["image"] = repository
	case (tag != "" || digest != "") && platforms == nil:
		d.spec["image"] = ref
	default:
		image := tree{"repository": repository}
		if tag != own && digest == "" {
			image["tag"] = tag
		}
		some(image, "digest", digest)
		if platforms != nil {
			image["platforms"] = platforms
		}
		d.spec["image"] = image
	}
}

const (
	archLabel = "operatorframework.io/arch."
	osLabel   = "operatorframework.io/os."
)

// platforms reads the labels of a ClusterServiceVersion that say where the operator runs; nil for the default.
func (d *draft) platforms() []any {
	labels := object(get(d.csv, "metadata", "labels"))
	var arches, systems []string
	for _, key := range sortedKeys(labels) {
		if labels[key] != "supported" {
			continue
		}
		if arch, ok := strings.CutPrefix(key, archLabel); ok {
			arches = append(arches, arch)
		}
		if system, ok := strings.CutPrefix(key, osLabel); ok {
			systems = append(systems, system)
		}
	}
	if d.src.facts != nil && len(arches)+len(systems) == 0 {
		return nil
	}
	if len(systems) == 0 {
		systems = []string{"linux"}
	}
	if len(arches) == 0 {
		arches = []string{"amd64"} // what OLM assumes
	}
	var out []any
	for _, system := range systems {
		for _, arch := range arches {
			out = append(out, system+"/"+arch)
		}
	}
	if len(out) == 2 && out[0] == "linux/amd64" && out[1] == "linux/arm64" {
		return nil
	}
	return out
}
