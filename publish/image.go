package publish

import (
	"context"
	"maps"
	"path"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/opc-project/opc/publish/minimum"
	"github.com/opc-project/opc/schema/diag"
)

// part is a layer with what the config says of it.
type part struct {
	layer   v1.Descriptor
	diffID  v1.Hash
	history v1.History
}

// image is the image of one platform while it is put together.
type image struct {
	config v1.ConfigFile
	parts  []part
	base   int64 // bytes of the base's layers
}

// layer adds a layer with the given files.
func (b *builder) layer(img *image, comment string, entries []entry) error {
	if len(entries) == 0 {
		return nil
	}
	data, diffID, err := archive(entries, true, b.created)
	if err != nil {
		return err
	}
	d, err := b.store.blob(types.OCILayer, data)
	if err != nil {
		return err
	}
	img.parts = append(img.parts, part{d, diffID, v1.History{Created: v1.Time{Time: b.created}, CreatedBy: "opc build", Comment: comment}})
	return nil
}

// manifest writes config and manifest and returns the manifest's descriptor.
func (b *builder) manifest(img *image, annotations map[string]string) (v1.Descriptor, error) {
	img.config.RootFS.Type = "layers"
	m := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Annotations: annotations, Layers: []v1.Descriptor{}}
	for _, p := range img.parts {
		m.Layers = append(m.Layers, p.layer)
		img.config.RootFS.DiffIDs = append(img.config.RootFS.DiffIDs, p.diffID)
		img.config.History = append(img.config.History, p.history)
	}
	var err error
	if m.Config, err = b.store.json(types.OCIConfigJSON, img.config); err != nil {
		return v1.Descriptor{}, err
	}
	return b.store.json(types.OCIManifestSchema1, m)
}

// operator builds the operator's image for all platforms, and the index over them.
func (b *builder) operator(ctx context.Context) (diag.List, error) {
	base, diags := b.findBase(ctx)
	if diags.HasErrors() {
		return diags, nil
	}
	files, diags, err := b.projectFiles()
	if err != nil || diags.HasErrors() {
		return diags, err
	}
	labels := b.labels(base)
	if !base.builtIn() {
		b.baseName = base.name + "@" + base.digest.String()
	}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Annotations: b.annotated(labels), Manifests: []v1.Descriptor{}}
	var built []platformImage
	for _, name := range b.op.Image.Platforms {
		p := parsePlatform(name)
		b.tell("building the image for " + name)
		made, found, err := b.platformImage(ctx, p, base, files, labels)
		diags = append(diags, found...)
		if err != nil || found.HasErrors() {
			return diags, err
		}
		index.Manifests = append(index.Manifests, made.descriptor)
		built = append(built, made)
	}
	d, err := b.store.json(types.OCIImageIndex, index)
	if err != nil {
		return diags, err
	}
	b.op.Image.Digest = d.Digest.String()
	b.remember(d, KindImage, b.op.Image.Repository, []string{b.op.Image.Tag, "v" + tagOf(b.op.Version)}, built, base)
	for _, img := range built {
		if err := b.sbom(img); err != nil {
			return diags, err
		}
		diags = append(diags, b.budget(img.size)...)
	}
	return diags, nil
}

// platformImage is what was built for one platform.
type platformImage struct {
	platform   platform
	descriptor v1.Descriptor
	program    []byte
	size       Size
}

func (b *builder) platformImage(
	ctx context.Context, p platform, base *base, files []entry, labels map[string]string,
) (platformImage, diag.List, error) {
	program, diags, err := b.program(ctx, p)
	if err != nil || diags.HasErrors() {
		return platformImage{}, diags, err
	}
	img, diags, err := b.onBase(base, p)
	if err != nil || diags.HasErrors() {
		return platformImage{}, diags, err
	}
	if err := b.layer(img, "files of the project", files); err != nil {
		return platformImage{}, diags, err
	}
	entrypoint := b.op.Dockerfile.Entrypoint
	err = b.layer(img, path.Base(entrypoint), []entry{{strings.TrimPrefix(entrypoint, "/"), 0o755, program}})
	if err != nil {
		return platformImage{}, diags, err
	}
	cfg := &img.config
	cfg.Created, cfg.Author = v1.Time{Time: b.created}, ""
	cfg.OS, cfg.Architecture, cfg.Variant = p.os, p.arch, p.variant
	cfg.Config.Entrypoint, cfg.Config.Cmd = []string{entrypoint}, nil
	cfg.Config.User, cfg.Config.WorkingDir = b.op.Dockerfile.User, "/"
	if cfg.Config.Labels == nil {
		cfg.Config.Labels = map[string]string{}
	}
	maps.Copy(cfg.Config.Labels, labels)
	d, err := b.manifest(img, labels)
	d.Platform = &v1.Platform{OS: p.os, Architecture: p.arch, Variant: p.variant}
	size := Size{Platform: p.String(), Base: img.base, Program: int64(len(program))}
	for _, l := range img.parts {
		size.Total += l.layer.Size
		size.Layers++
	}
	return platformImage{p, d, program, size}, diags, err
}

// onBase begins an image: with the base's layers and config, or with the built-in minimum.
func (b *builder) onBase(base *base, p platform) (*image, diag.List, error) {
	img := &image{}
	if base.builtIn() {
		img.config.Config.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "SSL_CERT_FILE=/" + minimum.Certificates}
		var entries []entry
		files, err := minimum.Files()
		for _, f := range files {
			entries = append(entries, entry{f.Name, f.Mode, f.Data})
		}
		if err == nil {
			err = b.layer(img, "users, certificates and time zones", entries)
		}
		if err == nil {
			img.base = img.parts[0].layer.Size
		}
		return img, nil, err
	}
	from, err := base.forPlatform(p)
	if err == nil {
		err = b.copyBase(img, from)
	}
	if err != nil {
		return nil, diag.List{diag.Errorf(diag.BaseMissing, b.op.Dockerfile.From.Child("base"), "the base can't be used for %s: %v", p, err)}, nil
	}
	return img, nil, nil
}

func (b *builder) copyBase(img *image, from v1.Image) error {
	cfg, err := from.ConfigFile()
	if err != nil {
		return err
	}
	layers, err := from.Layers()
	if err != nil {
		return err
	}
	img.config = *cfg.DeepCopy()
	var history []v1.History
	img.config.RootFS.DiffIDs, history, img.config.History = nil, img.config.History, nil
	for _, l := range layers {
		d, err := b.store.copyLayer(l)
		if err != nil {
			return err
		}
		diffID, err := l.DiffID()
		if err != nil {
			return err
		}
		img.parts = append(img.parts, part{d, diffID, nextHistory(&history)})
		img.base += d.Size
	}
	return nil
}

// nextHistory takes the entry of the next layer out of a base's history; entries without a layer are left out.
func nextHistory(list *[]v1.History) v1.History {
	for len(*list) > 0 {
		h := (*list)[0]
		*list = (*list)[1:]
		if !h.EmptyLayer {
			return h
		}
	}
	return v1.History{Created: v1.Time{Time: time.Unix(0, 0).UTC()}, Comment: "base"}
}

// baseKey begins the labels that name the base.
const baseKey = "org.opencontainers.image.base."

// labels are those of the description, with what the build knows of its base.
func (b *builder) labels(base *base) map[string]string {
	labels := b.op.ImageLabels(b.stamp)
	for _, key := range []string{baseKey + "name", baseKey + "digest"} {
		if _, own := b.op.Dockerfile.Labels[key]; !own {
			delete(labels, key)
		}
	}
	if !base.builtIn() {
		maps.Copy(labels, base.labels())
	}
	return labels
}

// labels name the base.
func (b *base) labels() map[string]string {
	out := map[string]string{baseKey + "digest": b.digest.String()}
	if b.name != "" {
		out[baseName] = b.name
	}
	return out
}
