package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"github.com/opc-project/opc/cmd/opc/internal/proofcache"
	"github.com/opc-project/opc/publish"
)

// catalogImages reads catalog images from registries, and keeps them in the user's cache folder: with a digest, an image
// never changes.
type catalogImages struct{ kept *proofcache.Store }

// freshCatalogs reads each image from its registry: what ships is made of nothing that was kept.
func freshCatalogs() catalogImages { return catalogImages{&proofcache.Store{}} }

func catalogImagesOf(env Env) catalogImages {
	if env.Cache == "" {
		return freshCatalogs()
	}
	return catalogImages{proofcache.Open(catalogsDir(env), "catalogs", env.Now)}
}

// Catalog implements compiler.Catalogs.
func (c catalogImages) Catalog(ctx context.Context, ref string) (map[string][]byte, error) {
	_, key, _ := strings.Cut(ref, "@sha256:")
	files := map[string][]byte{}
	if data, ok := c.kept.Get(key); ok && json.Unmarshal(data, &files) == nil {
		return files, nil
	}
	image, err := publish.Fetch(ctx, ref, nil)
	if err != nil {
		return nil, err
	}
	if image.Kind != publish.KindCatalog {
		return nil, fmt.Errorf("%s is a %s, not a catalog", ref, image.Kind)
	}
	files = map[string][]byte{}
	err = fs.WalkDir(image.Files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files[name], err = fs.ReadFile(image.Files, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	if data, err := json.Marshal(files); err == nil {
		c.kept.Put(key, data)
	}
	return files, nil
}
