package target

// The fields of the view, as model.cue documents them; a test holds the two against each other.
type operator struct {
	ModelVersion   string               `json:"modelVersion"`
	Name           string               `json:"name"`
	Version        string               `json:"version"`
	DisplayName    string               `json:"displayName"`
	Summary        string               `json:"summary"`
	Description    string               `json:"description"`
	License        string               `json:"license"`
	Source         string               `json:"source"`
	Homepage       string               `json:"homepage"`
	Provider       provider             `json:"provider"`
	Maintainers    []maintainer         `json:"maintainers"`
	Links          []link               `json:"links"`
	Keywords       []string             `json:"keywords"`
	Categories     []string             `json:"categories"`
	Capabilities   string               `json:"capabilities"`
	Maturity       string               `json:"maturity"`
	Kubernetes     string               `json:"kubernetes"`
	MinKubeVersion string               `json:"minKubeVersion"`
	Icon           icon                 `json:"icon"`
	Namespace      string               `json:"namespace"`
	Image          image                `json:"image"`
	Related        map[string]related   `json:"related"`
	Chart          chart                `json:"chart"`
	CRDs           []crd                `json:"crds"`
	APIs           []api                `json:"apis"`
	Examples       []map[string]any     `json:"examples"`
	Workloads      map[string]workload  `json:"workloads"`
	Objects        []map[string]any     `json:"objects"`
	Features       map[string]feature   `json:"features"`
	Parameters     map[string]parameter `json:"parameters"`
	Overlays       map[string]overlay   `json:"overlays"`
	Watch          watch                `json:"watch"`
	Release        release              `json:"release"`
	OLM            olm                  `json:"olm"`
}

type provider struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

type maintainer struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	URL   string `json:"url"`
}

type link struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

type icon struct {
	Data      string `json:"data"`
	MediaType string `json:"mediaType"`
}

type image struct {
	Ref        string   `json:"ref"`
	Repository string   `json:"repository"`
	Tag        string   `json:"tag"`
	Digest     string   `json:"digest"`
	Platforms  []string `json:"platforms"`
}

type related struct {
	Ref        string `json:"ref"`
	Repository string `json:"repository"`
	Tag        string `json:"tag"`
	Digest     string `json:"digest"`
	Env        string `json:"env"`
}

type chart struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	Repository string `json:"repository"`
	OCI        string `json:"oci"`
	Folder     string `json:"folder"`
}

type crd struct {
	Name     string       `json:"name"`
	Group    string       `json:"group"`
	Kind     string       `json:"kind"`
	Plural   string       `json:"plural"`
	Scope    string       `json:"scope"`
	Versions []crdVersion `json:"versions"`
}

type crdVersion struct {
	Name        string `json:"name"`
	Served      bool   `json:"served"`
	Storage     bool   `json:"storage"`
	Description string `json:"description"`
}

type api struct {
	CRD         string `json:"crd"`
	Kind        string `json:"kind"`
	Version     string `json:"version"`
	DisplayName string `json:"displayName"`
	Description string `json:"description"`
}

type workload struct {
	Kind           string `json:"kind"`
	Name           string `json:"name"`
	ServiceAccount string `json:"serviceAccount"`
	Container      string `json:"container"`
}

type feature struct {
	Description string   `json:"description"`
	Enabled     bool     `json:"enabled"`
	Requires    []string `json:"requires"`
}

type parameter struct {
	Description string `json:"description"`
	Type        string `json:"type"`
	Default     any    `json:"default"`
	Env         string `json:"env"`
	Arg         string `json:"arg"`
	Enum        []any  `json:"enum"`
}

type overlay struct {
	Folder     string          `json:"folder"`
	Namespace  string          `json:"namespace"`
	Features   map[string]bool `json:"features"`
	Parameters map[string]any  `json:"parameters"`
}

type watch struct {
	Modes []string `json:"modes"`
	Env   string   `json:"env"`
}

type release struct {
	Channels       []string `json:"channels"`
	DefaultChannel string   `json:"defaultChannel"`
	Replaces       string   `json:"replaces"`
	Skips          []string `json:"skips"`
	SkipRange      string   `json:"skipRange"`
	Date           string   `json:"date"`
}

type olm struct {
	Package      string `json:"package"`
	CSVName      string `json:"csvName"`
	BundleImage  string `json:"bundleImage"`
	CatalogImage string `json:"catalogImage"`
}
