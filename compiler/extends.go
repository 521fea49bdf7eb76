package compiler

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

const extendsPath = "/catalog/extends"

// extended reads the catalog that this version is added to: a folder, a file or an image.
func (s *state) extended(from string) map[string][]byte {
	if s.isImage(from) {
		return s.extendedImage(from)
	}
	clean, ok := s.inside(from, extendsPath)
	if !ok {
		return nil
	}
	out := map[string][]byte{}
	err := fs.WalkDir(s.files, clean, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isCatalogFile(name) {
			return err
		}
		data, err := fs.ReadFile(s.files, name)
		out[name] = data
		return err
	})
	switch {
	case err != nil:
		s.unreadable(from, extendsPath, err)
	case len(out) == 0:
		s.add(diag.Errorf(diag.CatalogInvalid, extendsPath, "there is no file of a catalog in %s: expected one that ends in .yaml, .yml or .json", from).
			WithHint("for a first version leave out catalog.extends"))
	}
	return out
}

func isCatalogFile(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(name))
}

// isImage tells the reference of an image from a path: it has a digest, or begins with the host of a registry, and there
// is no such file.
func (s *state) isImage(from string) bool {
	if strings.Contains(from, "@sha256:") {
		return true
	}
	host, _, below := strings.Cut(from, "/")
	if !below || strings.HasPrefix(host, ".") || host != "localhost" && !strings.ContainsAny(host, ".:") {
		return false
	}
	_, err := fs.Stat(s.files, path.Clean(from))
	return err != nil
}

// extendedImage reads a catalog image. Its digest makes sure that the same description gives the same catalog.
func (s *state) extendedImage(ref string) map[string][]byte {
	parts := s.checkReference(ref, extendsPath)
	switch {
	case parts == nil:
		return nil
	case parts[3] == "":
		s.add(diag.Errorf(diag.CatalogInvalid, extendsPath, "the catalog image %s has no digest: expected one, so that the same description gives the same catalog", ref).
			WithHint("write %s@sha256:…, with the digest that `crane digest %s` prints", ref, ref))
		return nil
	case s.opts.Catalogs == nil:
		s.add(diag.Errorf(diag.CatalogInvalid, extendsPath, "the catalog image %s can't be read here", ref).WithHint("use a folder or a file with the catalog"))
		return nil
	}
	all, err := s.opts.Catalogs.Catalog(s.ctx, ref)
	if err != nil {
		s.add(diag.Errorf(diag.CatalogInvalid, extendsPath, "the catalog image can't be read: %v", err).WithHint("check the reference, and log in with docker login"))
		return nil
	}
	if all == nil {
		return nil
	}
	out := map[string][]byte{}
	for name, data := range all {
		if isCatalogFile(name) {
			out[path.Join(catalogImageDir, name)] = data
		}
	}
	if len(out) == 0 {
		s.add(diag.Errorf(diag.CatalogInvalid, extendsPath, "there is no file of a catalog in %s", ref).WithHint("for a first version leave out catalog.extends"))
	}
	return out
}

// catalogImageDir stands before the names of files of a catalog image in findings.
const catalogImageDir = "catalog-image"
