package cli

import (
	"context"
	"errors"
	"regexp"

	"github.com/opc-project/opc/importer"
	"github.com/opc-project/opc/publish"
	"github.com/opc-project/opc/schema/diag"
)

// reference is the form of an image's name in a registry, with a tag or a digest: what has neither could be anything.
var reference = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+` +
	`(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$`)

// openImage reads the image of a bundle, a chart or a catalog, from a layout or a registry.
func openImage(ctx context.Context, env Env, ref string, choice importer.Choice) (*source, diag.List) {
	found, err := publish.Fetch(ctx, ref, nil)
	if err != nil {
		return nil, unread(err)
	}
	if found.Kind != publish.KindCatalog && choice != (importer.Choice{}) {
		return nil, diag.List{diag.Errorf(diag.ImportSource, "", "%s is a %s: --package and --version choose from a catalog", ref, found.Kind)}
	}
	if found.Kind == publish.KindCatalog {
		return openCatalog(ctx, ref, found, choice)
	}
	s := &source{label: ref}
	if found.Kind == publish.KindChart {
		s.chartIn(ctx, env, found.Files)
		return s, nil
	}
	s.read = bundleOf(found)
	return s, nil
}

// openCatalog reads a bundle of a catalog: what the catalog holds of it, or its image.
func openCatalog(ctx context.Context, ref string, catalog *publish.Fetched, choice importer.Choice) (*source, diag.List) {
	chosen, faults := importer.Catalog(catalog.Files, choice)
	s := &source{label: ref}
	if faults.HasErrors() {
		return nil, s.place(faults)
	}
	if chosen.Files != nil {
		s.read = func(o importer.Options) (*importer.Result, diag.List) { return importer.Bundle(chosen.Files, o) }
		return s, nil
	}
	bundle, err := catalog.Beside(ctx, chosen.Image, nil)
	if err == nil && bundle.Kind != publish.KindBundle {
		err = errors.New(chosen.Image + ": it is no OLM bundle")
	}
	if err != nil {
		return nil, unread(err)
	}
	return &source{label: chosen.Image, read: bundleOf(bundle)}, nil
}

func bundleOf(f *publish.Fetched) func(importer.Options) (*importer.Result, diag.List) {
	return func(o importer.Options) (*importer.Result, diag.List) { return importer.Bundle(f.Files, o) }
}

// unread tells why an image gave nothing.
func unread(err error) diag.List {
	d := diag.Errorf(diag.ImportSource, "", "can't read %v", err)
	if errors.Is(err, publish.ErrNothing) {
		return diag.List{d.WithHint("name the image of a bundle, a chart or a catalog; that of the operator itself does not describe it")}
	}
	return diag.List{d}
}
