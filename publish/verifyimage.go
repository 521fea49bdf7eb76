package publish

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/publish/packed"
	"github.com/opc-project/opc/schema/diag"
)

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func platformName(d v1.Descriptor) string {
	if d.Platform == nil {
		return "its platform"
	}
	return platform{d.Platform.OS, d.Platform.Architecture, d.Platform.Variant}.String()
}

// contents checks that a part is there as a whole, and that what stands in it agrees with its labels, its documents and
// the other parts.
func (v *verifier) contents(p *piece, parts []*piece) error {
	if p.broken {
		return nil // told when it was described
	}
	from, err := v.place.blobs(p.repository)
	if err != nil {
		return err
	}
	if p.kind == KindImage {
		return v.image(p, from)
	}
	list, err := v.platforms(p) // a catalog on a base has several
	if err != nil {
		return v.unreadable(p, err)
	}
	var config []byte
	for _, d := range list {
		if config, err = v.whole(p, from, d); err != nil {
			return v.unreadable(p, err)
		}
	}
	f, err := look(v.ctx, from, p.desc, 0)
	if err != nil {
		return v.unreadable(p, err)
	}
	files, err := f.files(v.ctx)
	if err != nil {
		return v.unreadable(p, err)
	}
	switch p.kind {
	case KindChart:
		v.chart(p, parts, config, files)
	case KindBundle:
		v.bundle(p, parts, f.labels, files)
	case KindCatalog:
		v.catalog(p, parts, files)
	}
	return nil
}

// whole reads everything below the manifest of one platform, and returns its configuration.
func (v *verifier) whole(p *piece, from blobs, d v1.Descriptor) (config []byte, err error) {
	data, err := from.manifest(v.ctx, d)
	if err != nil {
		return nil, err
	}
	m, err := v1.ParseManifest(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	v.version(p, "annotation", m.Annotations)
	if config, err = readBlob(v.ctx, from, m.Config, maxConfig); err != nil {
		return nil, err
	}
	for _, l := range m.Layers {
		if err := drain(v.ctx, from, l, nil); err != nil {
			return nil, err
		}
	}
	return config, nil
}

// unreadable tells of a part that is damaged or not whole; other errors end the run.
func (v *verifier) unreadable(p *piece, err error) error {
	if v.stopped(err) {
		return err
	}
	v.found(diag.ReleaseIncomplete, p, "can't be read: %v", err)
	return nil
}

// drain reads a blob to its end, where its digest is checked. What takes it first, may.
func drain(ctx context.Context, from blobs, d v1.Descriptor, take func(io.Reader) error) error {
	r, err := from.open(ctx, d)
	if err != nil {
		return fmt.Errorf("%s: %w", d.Digest, err)
	}
	defer r.Close()
	h := sha256.New()
	whole := io.TeeReader(r, h)
	if take != nil {
		if err := take(whole); err != nil {
			return fmt.Errorf("%s: %w", d.Digest, err)
		}
	}
	if _, err := io.Copy(io.Discard, whole); err != nil {
		return fmt.Errorf("%s: %w", d.Digest, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != d.Digest.Hex {
		return fmt.Errorf("%s has the content of sha256:%s", d.Digest, got)
	}
	return nil
}

// version checks that labels or annotations say the version that the part was made as.
func (v *verifier) version(p *piece, what string, labels map[string]string) {
	v.label(p, what, labels, versionKey, p.version)
}

func (v *verifier) label(p *piece, what string, labels map[string]string, key, want string) {
	if got, ok := labels[key]; want != "" && got != want {
		if !ok {
			v.found(diag.LabelWrong, p, "has no %s %s, expected %q", what, key, want)
			return
		}
		v.found(diag.LabelWrong, p, "has the %s %s=%q, and was made as %q", what, key, got, want)
	}
}

// platforms are the images of an index, or the image itself.
func (v *verifier) platforms(p *piece) ([]v1.Descriptor, error) {
	if !p.desc.MediaType.IsIndex() {
		return []v1.Descriptor{p.desc}, nil
	}
	from, err := v.place.blobs(p.repository)
	if err != nil {
		return nil, err
	}
	data, err := from.manifest(v.ctx, p.desc)
	if err != nil {
		return nil, err
	}
	m, err := v1.ParseIndexManifest(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	v.version(p, "annotation", m.Annotations)
	return m.Manifests, nil
}

// image verifies the operator's image, platform by platform.
func (v *verifier) image(p *piece, from blobs) error {
	list, err := v.platforms(p)
	if err != nil {
		return v.unreadable(p, err)
	}
	for _, d := range list {
		if p.statement != nil && p.desc.MediaType.IsIndex() &&
			!slices.ContainsFunc(p.statement.Subject, func(r resource) bool { return r.Digest["sha256"] == d.Digest.Hex }) {
			v.found(diag.DocumentWrong, p, "has a provenance that does not speak of its image for %s", platformName(d))
		}
		if err := v.platformImage(p, from, d); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) platformImage(p *piece, from blobs, d v1.Descriptor) error {
	at := platformName(d)
	data, err := from.manifest(v.ctx, d)
	if err != nil {
		return v.unreadable(p, err)
	}
	m, err := v1.ParseManifest(bytes.NewReader(data))
	if err != nil {
		return v.unreadable(p, err)
	}
	text, err := readBlob(v.ctx, from, m.Config, maxConfig)
	if err != nil {
		return v.unreadable(p, err)
	}
	config, err := v1.ParseConfigFile(bytes.NewReader(text))
	if err != nil {
		return v.unreadable(p, err)
	}
	labels := config.Config.Labels
	v.version(p, "label for "+at, labels)
	if p.statement != nil {
		for _, field := range []string{"source", "revision"} {
			said := kube.Text(p.statement.Predicate.Definition.External[field])
			v.label(p, "label for "+at, labels, "org.opencontainers.image."+field, said)
		}
	}
	if d.Platform != nil && (config.OS != d.Platform.OS || config.Architecture != d.Platform.Architecture) {
		v.found(diag.LabelWrong, p, "has for %s an image of %s/%s", at, config.OS, config.Architecture)
	}
	if len(config.Config.Entrypoint) == 0 {
		v.found(diag.ReleaseIncomplete, p, "runs nothing on %s", at)
		return nil
	}
	entrypoint := config.Config.Entrypoint[0]
	program, err := v.program(from, m.Layers, entrypoint)
	if err != nil {
		return v.unreadable(p, err)
	}
	if program == nil {
		v.found(diag.ReleaseIncomplete, p, "has no file %s for %s", entrypoint, at)
		return nil
	}
	v.linked(p, d, program)
	return v.partsList(p, d, entrypoint, program)
}

// linked checks that the provenance speaks of the program in the image.
func (v *verifier) linked(p *piece, d v1.Descriptor, program []byte) {
	if p.statement == nil {
		return
	}
	name := "program " + platformName(d)
	for _, r := range p.statement.Predicate.Definition.Dependencies {
		if r.Name == name && r.Digest["sha256"] != sha256Hex(program) {
			v.found(diag.DocumentWrong, p, "has a provenance of another %s: sha256:%s", name, r.Digest["sha256"])
		}
	}
}

// program reads all layers, and returns the file that the image runs; nil where there is none.
func (v *verifier) program(from blobs, layers []v1.Descriptor, entrypoint string) ([]byte, error) {
	name := strings.TrimPrefix(entrypoint, "/")
	r := &packed.Reader{
		Limits: packed.Limits{File: 512 << 20, Kept: 512 << 20, Read: 8 << 30, Files: 1 << 20, Entries: 1 << 20},
		Keep:   func(file string) (string, bool) { return file, file == name },
	}
	for _, l := range layers {
		if err := drain(v.ctx, from, l, r.Add); err != nil {
			return nil, err
		}
	}
	if r.Len() == 0 {
		return nil, nil
	}
	return fs.ReadFile(r.FS(), name)
}
