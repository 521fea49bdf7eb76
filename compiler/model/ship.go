package model

// Overlay is one way to install with kustomize.
type Overlay struct {
	Node
	Name            string
	Namespace       string
	CreateNamespace bool
	OmitNamespace   bool              `json:",omitempty"` // objects leave it to kubectl apply -n
	Replicas        *int64            `json:",omitempty"`
	Image           *Image            `json:",omitempty"`
	Parameters      map[string]string `json:",omitempty"`
	Features        map[string]bool   // every feature, on or off
	Watch           []string          `json:",omitempty"`
	Resources       Tree              `json:",omitempty"` // of the manager's container
	Patches         []Tree            `json:",omitempty"` // kustomize patches
	Labels          map[string]string `json:",omitempty"`
	Annotations     map[string]string `json:",omitempty"`
}

// Release is the version's place in the upgrade graph.
type Release struct {
	Node
	Channels       []string
	DefaultChannel string
	Replaces       string        `json:",omitempty"` // CSV name
	Skips          []string      `json:",omitempty"` // CSV names
	SkipRange      string        `json:",omitempty"`
	Edges          []Edges       `json:",omitempty"` // of single channels, in place of the three above; sorted by channel
	Deprecations   []Deprecation `json:",omitempty"`
	Date           string        // RFC 3339, for createdAt; "" leaves it out
	// Catalog are the channels of a catalog that the version was read from, with all versions.
	Catalog []CatalogChannel `json:"-"`
}

// CatalogChannel is a channel of a catalog.
type CatalogChannel struct {
	Name    string
	Entries []CatalogEntry
}

// CatalogEntry is a version in a channel.
type CatalogEntry struct {
	Name    string // of the ClusterServiceVersion
	Version string
	Edges
}

// Edges are the upgrade edges of a version in one channel.
type Edges struct {
	Node
	Channel   string
	Replaces  string   `json:",omitempty"` // CSV name
	Skips     []string `json:",omitempty"` // CSV names
	SkipRange string   `json:",omitempty"`
}

// In returns the edges of a version in a channel: its own, or those of the version.
func (r Release) In(channel string) Edges {
	for _, e := range r.Edges {
		if e.Channel == channel {
			return e
		}
	}
	return Edges{Node: r.Node, Channel: channel, Replaces: r.Replaces, Skips: r.Skips, SkipRange: r.SkipRange}
}

// Deprecation marks a package, channel or bundle as deprecated in the catalog.
type Deprecation struct {
	Node
	Channel, Version string `json:",omitempty"` // at most one; neither means the package
	Message          string
}

// Dockerfile says how the image is made.
type Dockerfile struct {
	Node
	Package    string            // Go package of main, such as ./cmd; "" with Binary
	Binary     string            `json:",omitempty"` // prebuilt binary, with $TARGETOS and $TARGETARCH
	Entrypoint string            // path in the image
	GoVersion  string            // of the builder image
	Builder    string            `json:",omitempty"`
	Base       string            // final image
	User       string            // numeric uid:gid
	Ldflags    string            `json:",omitempty"`
	Tags       []string          `json:",omitempty"` // Go build tags
	Labels     map[string]string `json:",omitempty"`
	Files      []string          `json:",omitempty"` // further files copied to /
	Profile    string            `json:",omitempty"` // "" or redhat
	Licenses   string            `json:",omitempty"` // folder or file copied to /licenses
	CGO        bool              `json:",omitempty"`
}

// Helm holds what only the chart needs.
type Helm struct {
	Node
	CRDs        string            `json:",omitempty"` // templates (default) or crds
	Annotations map[string]string `json:",omitempty"` // of Chart.yaml
	Chart       Tree              `json:",omitempty"` // merged into Chart.yaml
	Values      Tree              `json:",omitempty"` // merged into values.yaml
	// Required are the values that an installer must choose, such as auth.token, in a chart that was read: those that
	// opc makes have a default for everything.
	Required []string `json:",omitempty"`
}

// Kustomize holds what only the kustomize tree needs.
type Kustomize struct {
	Node
	Labels        map[string]string `json:",omitempty"`
	Annotations   map[string]string `json:",omitempty"`
	Kustomization Tree              `json:",omitempty"` // merged into each overlay's kustomization.yaml
}

// OLM holds what only the bundle needs.
type OLM struct {
	Node
	Package           string             // package name
	CSVName           string             // metadata.name of the ClusterServiceVersion
	Annotations       map[string]string  `json:",omitempty"` // of the ClusterServiceVersion
	Labels            map[string]string  `json:",omitempty"`
	CSV               Tree               `json:",omitempty"` // merged into the ClusterServiceVersion
	BundleAnnotations map[string]*string `json:",omitempty"` // of metadata/annotations.yaml; nil removes
	BundleScalars     map[string]any     `json:",omitempty"` // those of them that are numbers or booleans, as such
	Manifests         []Object           `json:",omitempty"` // that stand in the bundle just as they are
	RelatedImages     []RelatedImage     `json:",omitempty"` // as they stand in the CSV
	Dependencies      []any              `json:",omitempty"` // metadata/dependencies.yaml
	Properties        []any              `json:",omitempty"` // metadata/properties.yaml
	Scorecard         any                `json:",omitempty"` // tests/scorecard/config.yaml: nil for the default, false for none
	BundleImage       string             // reference that the catalog names
}

// Catalog holds what only the file-based catalog needs.
type Catalog struct {
	Node
	Image    string            `json:",omitempty"`
	Base     string            `json:",omitempty"` // with opm; "" for none
	Existing map[string][]byte `json:"-"`          // files of the catalog that is extended
}
