package importer

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing/fstest"

	"github.com/Masterminds/semver/v3"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// Choice says which bundle of a catalog is meant.
type Choice struct {
	Package string // "" for the only one
	Version string // "" for the head of the channel
	Channel string // "" for the default channel
}

// Chosen is a bundle of a catalog.
type Chosen struct {
	Name  string
	Files fs.FS  // the bundle, where the catalog holds its objects; else nil
	Image string // of the bundle

	Package  string
	Default  string                 // the default channel
	Channels []model.CatalogChannel // of the package, sorted
}

// blob is an entry of a file-based catalog (https://olm.operatorframework.io/docs/reference/file-based-catalogs/).
type blob struct {
	Schema, Package, Name, Image, DefaultChannel string
	Entries                                      []struct {
		Name, Replaces, SkipRange string
		Skips                     []string
	}
	Properties []property
}

type property struct {
	Type  string
	Value json.RawMessage
}

// Catalog finds a bundle in a file-based catalog. Newer catalogs hold of a bundle what people see of it and the name of
// its image; then the image is what must be imported. The findings are errors.
func Catalog(fsys fs.FS, choice Choice) (*Chosen, diag.List) {
	c := &catalog{reader: &reader{fsys: fsys}, wanted: choice.Package}
	for _, name := range c.list(".") {
		c.read(name)
	}
	if c.faults.HasErrors() {
		return nil, c.faults
	}
	if err := c.onePackage(); err != nil {
		return nil, diag.List{diag.Errorf(diag.ImportSource, "", "%v", err)}
	}
	b, err := c.choose(choice)
	if err != nil {
		return nil, diag.List{diag.Errorf(diag.ImportSource, "", "%v", err)}
	}
	out := &Chosen{Name: b.Name, Image: b.Image, Package: c.packages[0].Name, Default: c.packages[0].DefaultChannel, Channels: c.graph()}
	if files := c.objectsOf(b); len(files) > 0 {
		out.Files = files
	}
	if out.Files == nil && out.Image == "" {
		return nil, diag.List{diag.Errorf(diag.ImportSource, "", "the catalog holds neither the objects of %s nor its image", b.Name)}
	}
	return out, nil
}

// catalog is what was read of one.
type catalog struct {
	*reader
	wanted   string // package; "" for the only one
	packages []*blob
	channels []*blob
	bundles  []*blob
}

// maxCatalogFile bounds one file: some catalogs are one file.
const maxCatalogFile = 256 << 20

// read takes the blobs of a file: a stream of JSON, or of YAML.
func (c *catalog) read(name string) {
	if !kube.IsManifest(name) {
		return
	}
	f, err := c.fsys.Open(name)
	if err != nil {
		c.fault(at(name, 1), "can't read %s: %v", name, reason(err))
		return
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxCatalogFile+1))
	switch {
	case err != nil:
		c.fault(at(name, 1), "can't read %s: %v", name, reason(err))
	case len(data) > maxCatalogFile:
		c.fault(at(name, 1), "%s is larger than %d MiB", name, maxCatalogFile>>20)
	case path.Ext(name) == ".json" || bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")):
		c.readJSON(name, data)
	default:
		c.readYAML(name, data)
	}
}

func (c *catalog) readJSON(name string, data []byte) {
	d := json.NewDecoder(bytes.NewReader(data))
	for {
		var b blob
		err := d.Decode(&b)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			line := 1 + bytes.Count(data[:min(int(d.InputOffset()), len(data))], []byte("\n"))
			c.fault(at(name, line), "%s is not readable: %s", name, strings.TrimPrefix(err.Error(), "json: "))
			return
		}
		c.add(&b)
	}
}

func (c *catalog) readYAML(name string, data []byte) {
	other := func(text []byte) bool { // of another package: most of a large catalog
		return c.wanted != "" && !bytes.Contains(text, []byte(c.wanted)) && !bytes.Contains(text, []byte("schema: olm.package"))
	}
	docs, faults := kube.Reader{Max: maxCatalogFile, Skip: other}.Read(name, data)
	c.unreadable(name, faults)
	for _, doc := range docs {
		d := c.document(name, doc)
		if d == nil {
			continue
		}
		var b blob
		text, err := json.Marshal(d.tree)
		if err == nil {
			err = json.Unmarshal(text, &b)
		}
		if err != nil {
			c.fault(at(name, doc.Start+1), "%s is not readable: %s", name, strings.TrimPrefix(err.Error(), "json: "))
			return
		}
		c.add(&b)
	}
}

func (c *catalog) add(b *blob) {
	switch b.Schema {
	case "olm.package":
		c.packages = append(c.packages, b)
	case "olm.channel":
		c.channels = append(c.channels, b)
	case "olm.bundle":
		c.bundles = append(c.bundles, b)
	}
}

// onePackage finds the package, and leaves the others out.
func (c *catalog) onePackage() error {
	var names []string
	for _, p := range c.packages {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	i := slices.IndexFunc(c.packages, func(p *blob) bool { return p.Name == c.wanted || c.wanted == "" && len(c.packages) == 1 })
	switch list := strings.Join(names[:min(len(names), 20)], ", "); {
	case len(names) == 0 && c.wanted == "":
		return errors.New("the catalog holds no package")
	case i < 0 && c.wanted != "":
		return fmt.Errorf("the catalog has no package %s%s", c.wanted, but(list))
	case i < 0:
		return fmt.Errorf("the catalog has %d packages: choose one with --package, such as %s", len(names), list)
	}
	c.packages = c.packages[i : i+1]
	other := func(b *blob) bool { return b.Package != c.packages[0].Name }
	c.channels, c.bundles = slices.DeleteFunc(c.channels, other), slices.DeleteFunc(c.bundles, other)
	return nil
}

func but(list string) string {
	if list == "" {
		return ""
	}
	return ", but " + list
}

// graph are the channels with their entries. Bundles that the catalog does not have can't be installed, but are named.
func (c *catalog) graph() []model.CatalogChannel {
	var out []model.CatalogChannel
	for _, ch := range c.channels {
		g := model.CatalogChannel{Name: ch.Name}
		for _, e := range ch.Entries {
			g.Entries = append(g.Entries, model.CatalogEntry{Name: e.Name, Version: c.versionOf(e.Name), Edges: model.Edges{Channel: ch.Name, Replaces: e.Replaces, Skips: e.Skips, SkipRange: e.SkipRange}})
		}
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b model.CatalogChannel) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (c *catalog) versionOf(name string) string {
	for _, b := range c.bundles {
		if b.Name == name {
			return b.version()
		}
	}
	return ""
}

// choose finds the bundle of a version, or the head of a channel.
func (c *catalog) choose(choice Choice) (*blob, error) {
	pkg, version := c.packages[0], choice.Version
	channel := cmp.Or(choice.Channel, pkg.DefaultChannel)
	if version != "" {
		var known []string
		for _, b := range c.bundles {
			if v := b.version(); v == strings.TrimPrefix(version, "v") {
				return b, nil
			} else if v != "" {
				known = append(known, v)
			}
		}
		slices.SortFunc(known, byVersion)
		return nil, fmt.Errorf("the package %s has no version %s%s", pkg.Name, version, but(strings.Join(known[:min(len(known), 20)], ", ")))
	}
	i := slices.IndexFunc(c.channels, func(b *blob) bool { return b.Name == channel })
	if i < 0 && choice.Channel != "" {
		var known []string
		for _, b := range c.channels {
			known = append(known, b.Name)
		}
		slices.Sort(known)
		return nil, fmt.Errorf("the package %s has no channel %q%s", pkg.Name, channel, but(strings.Join(known[:min(len(known), 20)], ", ")))
	}
	if i < 0 {
		return nil, fmt.Errorf("the package %s has no channel %q, which is its default", pkg.Name, pkg.DefaultChannel)
	}
	replaced := map[string]bool{}
	for _, e := range c.channels[i].Entries {
		replaced[e.Replaces] = true
		for _, s := range e.Skips {
			replaced[s] = true
		}
	}
	var heads []*blob
	for _, e := range c.channels[i].Entries {
		if j := slices.IndexFunc(c.bundles, func(b *blob) bool { return b.Name == e.Name }); j >= 0 && !replaced[e.Name] {
			heads = append(heads, c.bundles[j])
		}
	}
	if len(heads) == 0 {
		return nil, fmt.Errorf("the channel %s of the package %s has no head", channel, pkg.Name)
	}
	return slices.MaxFunc(heads, func(a, b *blob) int { return byVersion(b.version(), a.version()) }), nil
}

// byVersion sorts the newest first.
func byVersion(a, b string) int {
	v, errV := semver.NewVersion(a)
	w, errW := semver.NewVersion(b)
	if errV != nil || errW != nil {
		return strings.Compare(b, a)
	}
	return w.Compare(v)
}

// version is what the property olm.package of a bundle says.
func (b *blob) version() string {
	for _, p := range b.Properties {
		var v struct{ Version string }
		if p.Type == "olm.package" && json.Unmarshal(p.Value, &v) == nil {
			return v.Version
		}
	}
	return ""
}

// objectsOf makes the bundle again of what older catalogs hold of it: all of its objects, and its properties.
func (c *catalog) objectsOf(b *blob) fstest.MapFS {
	files := fstest.MapFS{}
	file := func(name string, data []byte) { files[name] = &fstest.MapFile{Data: data, Mode: 0o644} }
	var dependencies, properties []any
	for i, p := range b.Properties {
		value, err := decode(p.Value)
		if err != nil {
			continue
		}
		switch p.Type {
		case "olm.bundle.object":
			data, err := base64.StdEncoding.DecodeString(text(object(value)["data"]))
			if err == nil {
				file(fmt.Sprintf("manifests/object-%03d.json", i), data)
			}
		case "olm.package.required":
			v := object(value)
			dependencies = append(dependencies, tree{"type": "olm.package", "value": tree{"packageName": v["packageName"], "version": v["versionRange"]}})
		case "olm.gvk.required":
			dependencies = append(dependencies, tree{"type": "olm.gvk", "value": value})
		case "olm.constraint":
			dependencies = append(dependencies, tree{"type": p.Type, "value": value})
		case "olm.package", "olm.gvk", "olm.csv.metadata", "olm.bundle.mediatype":
		default:
			properties = append(properties, tree{"type": p.Type, "value": value})
		}
	}
	if len(files) == 0 {
		return nil
	}
	annotations := tree{
		model.BundleMediaType: "registry+v1", model.BundleManifests: "manifests/", model.BundleMetadata: "metadata/",
		model.BundlePackage: b.Package, model.BundleChannels: strings.Join(c.channelsOf(b), ","), model.BundleDefaultChannel: c.packages[0].DefaultChannel,
	}
	file("metadata/annotations.yaml", emit.PlainYAML(tree{"annotations": annotations}, ""))
	if dependencies != nil {
		file("metadata/dependencies.yaml", emit.PlainYAML(tree{"dependencies": dependencies}, ""))
	}
	if properties != nil {
		file("metadata/properties.yaml", emit.PlainYAML(tree{"properties": properties}, ""))
	}
	return files
}

// channelsOf are the channels that offer a bundle, sorted.
func (c *catalog) channelsOf(b *blob) []string {
	var out []string
	for _, ch := range c.channels {
		for _, e := range ch.Entries {
			if e.Name == b.Name && !slices.Contains(out, ch.Name) {
				out = append(out, ch.Name)
			}
		}
	}
	slices.Sort(out)
	return out
}
