package schema

// Overlay is a way to install with kustomize.
type Overlay struct {
	Namespace       string            `json:"namespace,omitempty"`
	CreateNamespace *bool             `json:"createNamespace,omitempty"`
	OmitNamespace   bool              `json:"omitNamespace,omitempty"`
	Replicas        *int64            `json:"replicas,omitempty"`
	Image           *OverlayImage     `json:"image,omitempty"`
	Parameters      map[string]any    `json:"parameters,omitempty"`
	Features        *Switches         `json:"features,omitempty"`
	Watch           []string          `json:"watch,omitempty"`
	Resources       map[string]any    `json:"resources,omitempty"`
	Labels          map[string]string `json:"labels,omitempty"`
	Annotations     map[string]string `json:"annotations,omitempty"`
	Patches         []map[string]any  `json:"patches,omitempty"`
}

// OverlayImage is what differs of an image in an overlay.
type OverlayImage struct {
	Repository string  `json:"repository,omitempty"`
	Tag        *string `json:"tag,omitempty"`
	Digest     string  `json:"digest,omitempty"`
}

// Switches says which features are on.
type Switches struct {
	On   []string        // when said as a list
	Each map[string]bool // when said by name
}

// ObjectSource is a file, folder or pattern, a whole object, or files whose names get the prefix.
type ObjectSource struct {
	File   string
	Files  *ObjectFiles
	Object map[string]any
}

// ObjectFiles are files whose objects' names get the prefix.
type ObjectFiles struct {
	Files      []string `json:"files"`
	NamePrefix *bool    `json:"namePrefix,omitempty"`
}

// Release is the version's place in the upgrade graph.
type Release struct {
	Channels       []string         `json:"channels,omitempty"`
	DefaultChannel string           `json:"defaultChannel,omitempty"`
	Replaces       string           `json:"replaces,omitempty"`
	Skips          []string         `json:"skips,omitempty"`
	SkipRange      string           `json:"skipRange,omitempty"`
	Edges          map[string]Edges `json:"edges,omitempty"`
	Deprecations   []Deprecation    `json:"deprecations,omitempty"`
	Date           string           `json:"date,omitempty"`
}

// Edges are the upgrade edges in one channel.
type Edges struct {
	Replaces  string   `json:"replaces,omitempty"`
	Skips     []string `json:"skips,omitempty"`
	SkipRange string   `json:"skipRange,omitempty"`
}

// Deprecation marks a channel, a version, or the package.
type Deprecation struct {
	Channel string `json:"channel,omitempty"`
	Version string `json:"version,omitempty"`
	Message string `json:"message"`
}

// Dockerfile is how the image is built.
type Dockerfile struct {
	Package    string            `json:"package,omitempty"`
	Binary     string            `json:"binary,omitempty"`
	Entrypoint string            `json:"entrypoint,omitempty"`
	GoVersion  string            `json:"goVersion,omitempty"`
	Builder    string            `json:"builder,omitempty"`
	Base       string            `json:"base,omitempty"`
	User       string            `json:"user,omitempty"`
	Ldflags    *string           `json:"ldflags,omitempty"`
	Tags       []string          `json:"tags,omitempty"`
	Labels     map[string]string `json:"labels,omitempty"`
	Files      []string          `json:"files,omitempty"`
	Licenses   string            `json:"licenses,omitempty"`
	CGO        bool              `json:"cgo,omitempty"`
	Profile    string            `json:"profile,omitempty"`
}

// Helm is what only the chart needs.
type Helm struct {
	CRDs        string            `json:"crds,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Chart       map[string]any    `json:"chart,omitempty"`
	Values      map[string]any    `json:"values,omitempty"`
}

// Kustomize is what only the kustomize tree needs.
type Kustomize struct {
	Labels        map[string]string `json:"labels,omitempty"`
	Annotations   map[string]string `json:"annotations,omitempty"`
	Kustomization map[string]any    `json:"kustomization,omitempty"`
}

// OLM is what only the bundle needs.
type OLM struct {
	Package           string            `json:"package,omitempty"`
	CSVName           string            `json:"csvName,omitempty"`
	Annotations       map[string]string `json:"annotations,omitempty"`
	Labels            map[string]string `json:"labels,omitempty"`
	CSV               map[string]any    `json:"csv,omitempty"`
	BundleAnnotations map[string]any    `json:"bundleAnnotations,omitempty"`
	Manifests         []Source          `json:"manifests,omitempty"`
	RelatedImages     *[]NamedImage     `json:"relatedImages,omitempty"`
	Properties        []any             `json:"properties,omitempty"`
	Scorecard         *OnOrSpec         `json:"scorecard,omitempty"`
	BundleImage       string            `json:"bundleImage,omitempty"`
}

// NamedImage is an entry of relatedImages.
type NamedImage struct {
	Name  string `json:"name,omitempty"`
	Image string `json:"image"`
}

// Catalog is what only the file-based catalog needs.
type Catalog struct {
	Extends string `json:"extends,omitempty"`
	Image   string `json:"image,omitempty"`
	Base    string `json:"base,omitempty"`
}

// Waiver accepts a known finding.
type Waiver struct {
	Rule   string `json:"rule"`
	Path   string `json:"path,omitempty"`
	Reason string `json:"reason"`
	Until  string `json:"until,omitempty"`
}
