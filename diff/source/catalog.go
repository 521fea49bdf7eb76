package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/importer"
	"github.com/opc-project/opc/internal/regular"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/publish"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/fbc"
)

// catalogName parts the name of a catalog from what follows it: #CHANNEL or #PACKAGE/CHANNEL.
func catalogName(name string) (string, importer.Choice) {
	i := strings.LastIndexByte(name, '#')
	if i < 0 {
		return name, importer.Choice{}
	}
	pkg, channel, both := strings.Cut(name[i+1:], "/")
	if !both {
		return name[:i], importer.Choice{Channel: pkg}
	}
	return name[:i], importer.Choice{Package: pkg, Channel: channel}
}

// isCatalog reports whether a folder is a file-based catalog: one of its files, or of those of its folders, holds blobs.
func isCatalog(files fs.FS) bool {
	for _, depth := range []string{"*", "*/*"} {
		names, _ := fs.Glob(files, depth)
		if slices.ContainsFunc(names, func(name string) bool { return holdsBlobs(files, name) }) {
			return true
		}
	}
	return false
}

func holdsBlobs(files fs.FS, name string) bool {
	if !kube.IsManifest(name) {
		return false
	}
	data, err := fs.ReadFile(files, name)
	if err != nil || !strings.Contains(string(data), "olm.") {
		return false
	}
	docs, _ := kube.Read(name, data)
	return slices.ContainsFunc(docs, func(d kube.Document) bool { return fbc.IsBlob(d.Value) })
}

// cataloged reads the newest version of a channel of a catalog: the objects that the catalog holds of it, the bundle
// beside the catalog in what opc compile wrote, or else the image of the bundle, read by fetch.
func cataloged(ctx context.Context, name string, files fs.FS, choice importer.Choice, beside fs.FS, fetch func(image string) (*publish.Fetched, error)) (*Side, error) {
	chosen, faults := importer.Catalog(files, choice)
	if faults.HasErrors() {
		s := &Side{Name: name}
		for i := range faults {
			if pos := &faults[i].Pos; pos.IsValid() {
				pos.File = name + ":" + pos.File
			}
		}
		s.Findings = faults
		return s, nil
	}
	s, err := chosenBundle(ctx, name, chosen, beside, fetch)
	if err != nil || s.Operator == nil {
		return s, err
	}
	s.catalog, s.channel = chosen, choice.Channel
	s.Operator.OLM.Package = chosen.Package
	r := &s.Operator.Release
	r.Channels, r.Edges, r.Catalog = nil, nil, nil
	for _, c := range chosen.Channels {
		if choice.Channel != "" && c.Name != choice.Channel {
			continue
		}
		r.Catalog = append(r.Catalog, c)
		if i := slices.IndexFunc(c.Entries, func(e model.CatalogEntry) bool { return e.Name == chosen.Name }); i >= 0 {
			r.Channels = append(r.Channels, c.Name)
			r.Edges = append(r.Edges, c.Entries[i].Edges)
		}
	}
	r.Replaces, r.Skips, r.SkipRange = "", nil, ""
	if r.DefaultChannel = chosen.Default; choice.Channel != "" {
		r.DefaultChannel = choice.Channel
	}
	return s, nil
}

func chosenBundle(ctx context.Context, name string, chosen *importer.Chosen, beside fs.FS, fetch func(image string) (*publish.Fetched, error)) (*Side, error) {
	if chosen.Files != nil {
		return imported(ctx, name, chosen.Files, name+":"), nil
	}
	if beside != nil {
		if s := imported(ctx, name, beside, name+"/../bundle/"); s.Operator != nil && s.Operator.OLM.CSVName == chosen.Name {
			return s, nil
		}
	}
	image, err := fetch(chosen.Image)
	if err == nil && image.Kind != publish.KindBundle {
		err = errors.New(chosen.Image + ": it is no OLM bundle")
	}
	if err != nil {
		return nil, fmt.Errorf("%w %s: the catalog names %s by its image: %w", ErrUnreadable, name, chosen.Name, err)
	}
	return imported(ctx, name, image.Files, chosen.Image+":"), nil
}

// catalogOnDisk reads a catalog from a folder or a file.
func catalogOnDisk(ctx context.Context, name, target string, files fs.FS, choice importer.Choice, opts Options) (*Side, error) {
	return cataloged(ctx, show(opts.Cwd, target), files, choice, besideCatalog(target), func(image string) (*publish.Fetched, error) {
		return publish.Fetch(ctx, image, nil)
	})
}

// besideCatalog is the bundle that opc compile wrote beside a catalog, or nil.
func besideCatalog(target string) fs.FS {
	for _, dir := range []string{target, filepath.Dir(target), filepath.Dir(filepath.Dir(target))} {
		if filepath.Base(dir) == "catalog" {
			return regular.Files(os.DirFS(filepath.Join(filepath.Dir(dir), "bundle")))
		}
	}
	return nil
}

// Pair makes two sides comparable of which at least one was read from a catalog. Two whole catalogs are compared by all
// channels, and something else with a channel by that one; channels with different names are compared by what their newest
// versions install.
func Pair(now, before *Side) {
	if now.Operator == nil || before.Operator == nil {
		return
	}
	switch a, b := now.channel, before.channel; {
	case a == "" && b == "" && now.catalog != nil && before.catalog != nil:
		for _, s := range []*Side{now, before} {
			s.Operator.Release.Channels = nil
			for _, c := range s.catalog.Channels {
				s.Operator.Release.Channels = append(s.Operator.Release.Channels, c.Name)
			}
		}
	case a != "" && b != "" && a != b:
		for _, s := range []*Side{now, before} {
			s.Operator.Release = model.Release{Node: s.Operator.Release.Node, Channels: []string{a}, DefaultChannel: a}
		}
	case a != b:
		only(now, cmp.Or(a, b))
		only(before, cmp.Or(a, b))
	}
}

// only leaves of the channels of a side a single one, where it has that.
func only(s *Side, channel string) {
	if r := &s.Operator.Release; slices.Contains(r.Channels, channel) {
		r.Channels, r.DefaultChannel = []string{channel}, channel
		r.Catalog = slices.DeleteFunc(slices.Clone(r.Catalog), func(c model.CatalogChannel) bool { return c.Name != channel })
	}
}

// unchosen reports a channel in the name of what is no catalog.
func unchosen(s *Side, name string, choice importer.Choice) {
	if s.catalog == nil && choice != (importer.Choice{}) && len(s.Findings) == 0 {
		s.Operator = nil
		s.Findings = diag.List{diag.Errorf(diag.ImportSource, "", "%s is no catalog: only a catalog has channels to choose from with #", name)}
	}
}
