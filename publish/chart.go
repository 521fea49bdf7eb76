package publish

import (
	"encoding/json"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/opc-project/opc"
	"github.com/opc-project/opc/kube"
)

// Media types of charts in registries (https://helm.sh/docs/topics/registries/).
const (
	chartConfig     = types.MediaType("application/vnd.cncf.helm.config.v1+json")
	chartContent    = types.MediaType("application/vnd.cncf.helm.chart.content.v1.tar+gzip")
	chartProvenance = types.MediaType("application/vnd.cncf.helm.chart.provenance.v1.prov")
)

// chart packs the chart and writes it as an OCI artifact, with the annotations that helm push sets.
func (b *builder) chart(files opc.Files) error {
	var meta map[string]any
	if err := kube.Decode("Chart.yaml", b.data("helm", files, "Chart.yaml"), &meta); err != nil {
		return fmt.Errorf("Chart.yaml: %w", err)
	}
	chart, version := text(meta, "name"), text(meta, "version")
	packed, _, err := archive(b.entries("helm", files, chart+"/"), false, b.created)
	if err != nil {
		return err
	}
	file := chart + "-" + version + ".tgz"
	b.packages[file] = packed
	config, err := json.Marshal(meta)
	if err != nil {
		return err
	}
	m := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Annotations: b.chartAnnotations(meta)}
	if m.Config, err = b.store.blob(chartConfig, config); err != nil {
		return err
	}
	layer, err := b.store.blob(chartContent, packed)
	if err != nil {
		return err
	}
	m.Layers = []v1.Descriptor{layer}
	if b.opts.ChartKey != nil {
		proof, err := b.opts.ChartKey.Sign(meta, file, layer.Digest.Hex, b.created)
		if err != nil {
			return fmt.Errorf("signing the chart: %w", err)
		}
		b.packages[file+".prov"] = proof
		if layer, err = b.store.blob(chartProvenance, proof); err != nil {
			return err
		}
		m.Layers = append(m.Layers, layer)
	}
	d, err := b.store.json(types.OCIManifestSchema1, m)
	if err != nil {
		return err
	}
	d.ArtifactType = string(chartConfig)
	repository := b.op.Image.ChartRepository(chart)
	b.remember(d, KindChart, repository, []string{tagOf(version)}, nil, nil) // helm pull asks for the version without a v
	return nil
}

func (b *builder) chartAnnotations(meta map[string]any) map[string]string {
	const prefix = "org.opencontainers.image."
	out := map[string]string{prefix + "created": b.stamp.Created}
	for key, field := range map[string]string{"title": "name", "version": "version", "description": "description", "url": "home"} {
		if v := text(meta, field); v != "" {
			out[prefix+key] = v
		}
	}
	if b.op.Source != "" {
		out[prefix+"source"] = b.op.Source
	}
	return out
}

func text(tree map[string]any, field string) string { return kube.Text(tree[field]) }

// entries are the files that a target wrote, below a folder.
func (b *builder) entries(target string, files opc.Files, folder string) []entry {
	var out []entry
	for _, name := range files.Names() {
		out = append(out, entry{folder + name, 0o644, b.data(target, files, name)})
	}
	return out
}

// data is one file as it is packed.
func (b *builder) data(target string, files opc.Files, name string) []byte {
	if b.opts.tamper != nil {
		return b.opts.tamper(target, name, files.Data(name))
	}
	return files.Data(name)
}
