package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/opc-project/opc/importer"
	"github.com/opc-project/opc/publish"
)

// layoutIn reports whether a folder is an OCI layout
// (https://github.com/opencontainers/image-spec/blob/main/image-layout.md).
func layoutIn(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "oci-layout"))
	return err == nil
}

// reference returns how publish.Fetch calls an image that a name means, or "" where it means none: oci:FOLDER[:NAME], a
// folder that is a layout, or a reference with a registry, such as ghcr.io/example/demo-bundle:v1.0.0, with or without
// the oci:// or docker:// that others write before it.
func reference(cwd, name string) string {
	for _, scheme := range []string{"oci://", "docker://"} {
		if rest, ok := strings.CutPrefix(name, scheme); ok {
			return rest
		}
	}
	if rest, ok := strings.CutPrefix(name, "oci:"); ok {
		return "oci:" + absolute(cwd, rest)
	}
	target := absolute(cwd, name)
	if layoutIn(target) {
		return "oci:" + target
	}
	if _, err := os.Stat(target); err == nil || strings.HasPrefix(name, ".") {
		return ""
	}
	registry, _, found := strings.Cut(name, "/")
	if found && (registry == "localhost" || strings.ContainsAny(registry, ".:")) {
		return name
	}
	return ""
}

// fetched reads a bundle from an image, or a chart.
func fetched(ctx context.Context, name, ref string, choice importer.Choice, opts Options) (*Side, error) {
	image, err := publish.Fetch(ctx, ref, nil)
	if errors.Is(err, publish.ErrNothing) {
		return nil, fmt.Errorf("%s %w: %w", name, ErrUnknown, publish.ErrNothing)
	}
	if err != nil {
		return nil, err
	}
	switch image.Kind {
	case publish.KindBundle:
		return imported(ctx, name, image.Files, name+":"), nil
	case publish.KindChart:
		return charted(ctx, name, image.Files, name+":", opts), nil
	case publish.KindCatalog:
		return cataloged(ctx, name, image.Files, choice, nil, func(bundle string) (*publish.Fetched, error) { return image.Beside(ctx, bundle, nil) })
	default:
		return nil, fmt.Errorf("%s %w: it holds a %s", name, ErrUnknown, image.Kind)
	}
}
