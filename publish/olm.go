package publish

import (
	"bytes"
	"context"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/operator-framework/operator-registry/alpha/declcfg"

	"github.com/opc-project/opc"
	"github.com/opc-project/opc/schema/diag"
)

// configsLabel tells OLM in which folder of a catalog's image the catalog stands.
const configsLabel = "operators.operatorframework.io.index.configs.v1"

// bundle writes the image of the OLM bundle. It holds files only, and is the same for all platforms, so it is a single
// manifest: OLM unpacks it with a program of its own. Its labels are the annotations of metadata/annotations.yaml.
func (b *builder) bundle(files opc.Files) error {
	d, err := b.filesImage(b.entries("olm", files, ""), b.op.BundleAnnotations(), "bundle")
	if err != nil {
		return err
	}
	repository, tag := splitTag(b.op.OLM.BundleImage)
	b.remember(d, KindBundle, repository, []string{tag, "v" + tagOf(b.op.Version)}, nil, nil)
	b.op.OLM.BundleImage = repository + "@" + d.Digest.String()
	return nil
}

// catalog writes the image of the file-based catalog. Without a base there is no opm in it: whoever serves it extracts
// the files (extractContent of a CatalogSource, and OLM v1 always).
//
// The catalog names the bundle by its digest, so it is written and verified again, together with the bundle.
func (b *builder) catalog(ctx context.Context) (diags diag.List, err error) {
	pinned, diags, err := b.out.With(ctx, b.op, "olm", "catalog")
	if pinned == nil {
		return diags, err
	}
	files := pinned.Files("catalog").Sub("catalog")
	if files.Len() == 0 {
		return nil, nil // the target said why
	}
	if b.holds, err = bundlesIn(files); err != nil {
		return nil, err
	}
	configs := b.entries("catalog", files, configsDir+"/")
	labels := map[string]string{configsLabel: "/" + configsDir}
	var base *base
	var d v1.Descriptor
	if b.op.Catalog.Base == "" {
		d, err = b.filesImage(configs, labels, "catalog")
	} else if base, diags = opmBase(ctx, b.op.Catalog.Base, b.op.Catalog.From.Child("base")); !diags.HasErrors() {
		d, diags, err = b.catalogOnBase(ctx, base, configs, labels)
	}
	if err != nil || diags.HasErrors() {
		return diags, err
	}
	repository, tag := splitTag(b.op.Catalog.Image)
	b.remember(d, KindCatalog, repository, []string{tag, "v" + tagOf(b.op.Version)}, nil, base)
	return nil, nil
}

// bundlesIn lists the bundles of a catalog, by package and name.
func bundlesIn(files opc.Files) ([]string, error) {
	var out []string
	for _, name := range files.Names() {
		err := declcfg.WalkMetasReader(bytes.NewReader(files.Data(name)), func(m *declcfg.Meta, err error) error {
			if err == nil && m.Schema == declcfg.SchemaBundle {
				out = append(out, m.Package+"/"+m.Name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(out)
	return out, nil
}

// filesImage is an image that holds files and runs nothing.
func (b *builder) filesImage(files []entry, labels map[string]string, comment string) (v1.Descriptor, error) {
	// An image must name a platform, and clients on another take a single manifest all the same.
	img := &image{config: v1.ConfigFile{OS: "linux", Architecture: "amd64", Created: v1.Time{Time: b.created}, Config: v1.Config{Labels: labels}}}
	if err := b.layer(img, comment, files); err != nil {
		return v1.Descriptor{}, err
	}
	return b.manifest(img, b.annotated(labels))
}

// splitTag takes a reference apart; a digest is left out, since it is about to be known.
func splitTag(ref string) (repository, tag string) {
	ref, _, _ = strings.Cut(ref, "@")
	if i := strings.LastIndexByte(ref, ':'); i > strings.LastIndexByte(ref, '/') {
		return ref[:i], ref[i+1:]
	}
	return ref, ""
}
