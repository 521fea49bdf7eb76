package compiler

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// shelf is a registry with one catalog.
type shelf map[string]map[string][]byte

func (s shelf) Catalog(_ context.Context, ref string) (map[string][]byte, error) {
	if files, ok := s[ref]; ok {
		return files, nil
	}
	return nil, errors.New("there is no such image")
}

// TestExtends reads the catalog that a version is added to from each place that it can be in.
func TestExtends(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("0a", 32)
	images := shelf{
		"example.com/shop" + digest:  {"shop/catalog.yaml": []byte("schema: olm.package"), "README.md": nil},
		"example.com/empty" + digest: {"README.md": nil},
		"example.com/left" + digest:  nil,
	}
	for _, c := range []struct {
		name, extends string
		catalogs      Catalogs
		want          string // files, or the error
	}{
		{"folder", "old", images, "old/a.yaml"},
		{"folder that is called like a registry", "old.d/sub", images, "old.d/sub/b.json"},
		{"empty folder", "nothing", images, "! there is no file of a catalog in nothing"},
		{"missing folder", "absent", images, "! absent"},
		{"image", "example.com/shop" + digest, images, "catalog-image/shop/catalog.yaml"},
		{"image with a tag and a digest", "example.com/shop:v1" + digest, shelf{"example.com/shop:v1" + digest: images["example.com/shop"+digest]}, "catalog-image/shop/catalog.yaml"},
		{"image without a digest", "example.com/shop:v1", images, "! the catalog image example.com/shop:v1 has no digest"},
		{"image on this machine's registry without a digest", "localhost:5000/shop:v1", images, "! the catalog image localhost:5000/shop:v1 has no digest"},
		{"image without a catalog", "example.com/empty" + digest, images, "! there is no file of a catalog in example.com/empty"},
		{"image that is not there", "example.com/gone" + digest, images, "! the catalog image can't be read: there is no such image"},
		{"image that the caller does not need", "example.com/left" + digest, images, ""},
		{"image where there is no network", "example.com/shop" + digest, nil, "! the catalog image example.com/shop" + digest + " can't be read here"},
		{"image that is none", "Example.com/Shop" + digest, images, "! is not an image reference"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{
				"operator.yaml": {Data: []byte("name: shop\nversion: 1.1.0\nimage: example.com/a:1\ncatalog: {extends: \"" + c.extends + "\"}\n")},
				"old/a.yaml":    {Data: []byte("schema: olm.package")}, "old/notes.txt": {}, "old.d/sub/b.json": {Data: []byte("{}")},
				"nothing": {Mode: fs.ModeDir | 0o755},
			}
			doc, list := schema.Load(files, "operator.yaml", schema.Options{})
			if list.HasErrors() {
				t.Fatal(list)
			}
			m, list := Lower(t.Context(), doc, files, Options{Catalogs: c.catalogs})
			got := ""
			for name := range m.Catalog.Existing {
				got += name
			}
			for _, d := range list {
				if d.Severity == diag.Error {
					got += "! " + d.Message
					if d.Path != extendsPath || d.Hint == "" {
						t.Errorf("the error has the path %q and the hint %q", d.Path, d.Hint)
					}
				}
			}
			if got != c.want && (c.want == "" || !strings.HasPrefix(c.want, "!") || !strings.Contains(got, strings.TrimPrefix(c.want, "! "))) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
