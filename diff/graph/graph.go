// Package graph is the upgrade graph of a catalog as people think of it: for each channel its versions from new to old, and
// who upgrades to what. It reads file-based catalogs (https://olm.operatorframework.io/docs/reference/file-based-catalogs/)
// and prints text, Mermaid, SVG and JSON.
package graph

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
	blang "github.com/blang/semver/v4"
	"github.com/operator-framework/operator-registry/alpha/declcfg"

	"github.com/opc-project/opc/compiler/model"
)

// A Package is the graph of one operator.
type Package struct {
	Name       string    `json:"package"`
	Deprecated string    `json:"deprecated,omitempty"` // the message
	Channels   []Channel `json:"channels"`             // the default channel first
}

// A Channel is what users subscribe to.
type Channel struct {
	Name       string    `json:"channel"`
	Default    bool      `json:"default,omitempty"`
	Deprecated string    `json:"deprecated,omitempty"`
	New        bool      `json:"new,omitempty"` // the release adds it
	Versions   []Version `json:"versions"`      // from new to old
	Edges      []Edge    `json:"upgrades"`      // in the order of Versions
}

// A Version is an entry of a channel, or one that an entry names and the channel does not list.
type Version struct {
	Name       string `json:"name"`  // such as database-operator.v1.2.0
	Label      string `json:"label"` // the version, where the name is made of it
	Head       bool   `json:"head,omitempty"`
	New        bool   `json:"new,omitempty"`       // the release adds it
	Skipped    bool   `json:"skipped,omitempty"`   // OLM installs it no more where it upgrades by a later version
	Missing    bool   `json:"missing,omitempty"`   // the channel does not list it
	Stuck      bool   `json:"noUpgrade,omitempty"` // it is not the head, and nothing upgrades it
	Deprecated string `json:"deprecated,omitempty"`
}

// Kind says which field of an entry makes an edge.
type Kind string

// The kinds of edges, see https://olm.operatorframework.io/docs/concepts/olm-architecture/operator-catalog/creating-an-update-graph/.
const (
	Replaces  Kind = "replaces"
	Skips     Kind = "skips"
	SkipRange Kind = "skipRange"
)

// An Edge leads from a version to one that OLM upgrades it to directly.
type Edge struct {
	From  int    `json:"-"` // indices in Versions
	To    int    `json:"-"`
	Kind  Kind   `json:"kind"`
	Range string `json:"range,omitempty"`
	New   bool   `json:"new,omitempty"`
}

// Of reads the graphs of a catalog, by the names of the packages. What a release adds is marked where old, the catalog
// before it, is given.
func Of(cfg declcfg.DeclarativeConfig, old *declcfg.DeclarativeConfig) []Package {
	r := &reader{versions: map[string]*semver.Version{}, deprecated: map[string]string{}, defaults: map[string]string{}}
	r.read(cfg)
	before := map[string]*declcfg.Channel{}
	if old != nil {
		for i := range old.Channels {
			before[old.Channels[i].Package+"/"+old.Channels[i].Name] = &old.Channels[i]
		}
	}
	byName := map[string]*Package{}
	for _, c := range cfg.Channels {
		p := byName[c.Package]
		if p == nil {
			p = &Package{Name: c.Package, Deprecated: r.deprecated[c.Package+" "+declcfg.SchemaPackage+" "]}
			byName[c.Package] = p
		}
		p.Channels = append(p.Channels, r.channel(c, before[c.Package+"/"+c.Name], old != nil))
	}
	var out []Package
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		p := byName[name]
		slices.SortFunc(p.Channels, func(a, b Channel) int {
			if a.Default != b.Default {
				return map[bool]int{true: -1, false: 1}[a.Default]
			}
			return cmp.Compare(a.Name, b.Name)
		})
		out = append(out, *p)
	}
	return out
}

// reader holds what is said of entries elsewhere in the catalog.
type reader struct {
	versions   map[string]*semver.Version // by package and name
	deprecated map[string]string          // messages, by package, schema and name
	defaults   map[string]string          // channels, by package
}

func (r *reader) read(cfg declcfg.DeclarativeConfig) {
	for _, p := range cfg.Packages {
		r.defaults[p.Name] = p.DefaultChannel
	}
	for _, b := range cfg.Bundles {
		for _, p := range b.Properties {
			var value struct{ Version string }
			if p.Type == "olm.package" && json.Unmarshal(p.Value, &value) == nil {
				if v, err := semver.NewVersion(value.Version); err == nil {
					r.versions[b.Package+" "+b.Name] = v
				}
			}
		}
	}
	for _, d := range cfg.Deprecations {
		for _, e := range d.Entries {
			r.deprecated[d.Package+" "+e.Reference.Schema+" "+e.Reference.Name] = e.Message
		}
	}
}

func (r *reader) channel(c declcfg.Channel, before *declcfg.Channel, compared bool) Channel {
	out := Channel{Name: c.Name, Default: r.defaults[c.Package] == c.Name, New: compared && before == nil,
		Deprecated: r.deprecated[c.Package+" "+declcfg.SchemaChannel+" "+c.Name]}
	old := map[string]declcfg.ChannelEntry{}
	if before != nil {
		for _, e := range before.Entries {
			old[e.Name] = e
		}
	}
	index := map[string]int{}
	add := func(name string, listed bool) {
		if _, known := index[name]; known || name == "" {
			return
		}
		index[name] = len(out.Versions)
		_, had := old[name]
		out.Versions = append(out.Versions, Version{
			Name: name, Label: label(c.Package, name), New: listed && compared && !had, Missing: !listed,
			Deprecated: r.deprecated[c.Package+" "+declcfg.SchemaBundle+" "+name],
		})
	}
	for _, e := range c.Entries {
		add(e.Name, true)
	}
	for _, e := range c.Entries {
		add(e.Replaces, false)
		for _, s := range e.Skips {
			add(s, false)
		}
	}
	r.sort(c.Package, out.Versions)
	for i, v := range out.Versions {
		index[v.Name] = i
	}
	out.edges(c.Entries, index, old, compared, func(name string) *semver.Version { return r.version(c.Package, name) })
	return out
}

// sort puts new versions first; what has no version stands last, by its name.
func (r *reader) sort(pkg string, list []Version) {
	slices.SortStableFunc(list, func(a, b Version) int {
		x, y := r.version(pkg, a.Name), r.version(pkg, b.Name)
		switch {
		case x != nil && y != nil && model.Before(y, x):
			return -1
		case x != nil && y != nil && model.Before(x, y):
			return 1
		case (x == nil) != (y == nil):
			return map[bool]int{true: 1, false: -1}[x == nil]
		}
		return cmp.Compare(b.Name, a.Name)
	})
}

// version is what the bundle says, or what the name says where the catalog has no bundle of it.
func (r *reader) version(pkg, name string) *semver.Version {
	if v := r.versions[pkg+" "+name]; v != nil {
		return v
	}
	_, text, _ := strings.Cut(name, ".")
	v, err := semver.NewVersion(strings.TrimPrefix(text, "v"))
	if err != nil {
		return nil
	}
	return v
}

// label is the version in a name that is made of the package and a version, as most are.
func label(pkg, name string) string {
	rest, ok := strings.CutPrefix(name, pkg+".v")
	if _, err := semver.NewVersion(rest); !ok || err != nil {
		return name
	}
	return rest
}

// edges adds who upgrades to what, and what follows for each version.
func (c *Channel) edges(entries []declcfg.ChannelEntry, index map[string]int, old map[string]declcfg.ChannelEntry, compared bool, version func(string) *semver.Version) {
	type key struct{ from, to int }
	seen := map[key]bool{}
	add := func(from string, to int, kind Kind, text string, isNew bool) {
		i, ok := index[from]
		if !ok || i == to || seen[key{i, to}] {
			return
		}
		seen[key{i, to}] = true
		c.Edges = append(c.Edges, Edge{From: i, To: to, Kind: kind, Range: text, New: compared && isNew})
	}
	for _, e := range entries {
		to, was := index[e.Name], old[e.Name]
		add(e.Replaces, to, Replaces, "", e.Replaces != was.Replaces)
		for _, s := range e.Skips {
			add(s, to, Skips, "", !slices.Contains(was.Skips, s))
			if i, ok := index[s]; ok {
				c.Versions[i].Skipped = true
			}
		}
		in, err := blang.ParseRange(e.SkipRange)
		if e.SkipRange == "" || err != nil {
			continue
		}
		for _, v := range c.Versions {
			if x := version(v.Name); x != nil {
				if b, err := blang.Parse(x.String()); err == nil && in(b) {
					add(v.Name, to, SkipRange, e.SkipRange, e.SkipRange != was.SkipRange)
				}
			}
		}
	}
	slices.SortStableFunc(c.Edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(a.From, b.From))
	})
	c.ends(entries)
}

// ends marks the head, and the versions that nothing upgrades. A head is what no entry replaces or skips, as OLM finds it.
func (c *Channel) ends(entries []declcfg.ChannelEntry) {
	left, named := map[int]bool{}, map[string]bool{}
	for _, e := range c.Edges {
		left[e.From] = true
	}
	for _, e := range entries {
		named[e.Replaces] = true
		for _, s := range e.Skips {
			named[s] = true
		}
	}
	for i := range c.Versions {
		v := &c.Versions[i]
		v.Head = !v.Missing && !named[v.Name]
		v.Stuck = !v.Head && !left[i]
	}
	var heads int
	for _, v := range c.Versions {
		if v.Head {
			heads++
		}
	}
	if heads < 2 {
		return
	}
	first := true
	for i := range c.Versions { // OLM refuses several heads: those after the newest one have no upgrade
		if v := &c.Versions[i]; v.Head {
			v.Stuck = !first && !left[i]
			first = false
		}
	}
}
