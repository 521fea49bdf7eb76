package schema

import (
	"bytes"
	"encoding/json"
)

// Spec is a description, decoded: the Go mirror of #Operator. A test holds the two against each other. Fields that take
// several types have a type of their own below.
type Spec struct {
	APIVersion  string            `json:"apiVersion,omitempty"`
	Name        string            `json:"name,omitempty"`
	Version     string            `json:"version,omitempty"`
	DisplayName string            `json:"displayName,omitempty"`
	Summary     string            `json:"summary,omitempty"`
	Description *Text             `json:"description,omitempty"`
	Icon        *Icon             `json:"icon,omitempty"`
	License     string            `json:"license,omitempty"`
	Source      string            `json:"source,omitempty"`
	Homepage    string            `json:"homepage,omitempty"`
	Provider    *Provider         `json:"provider,omitempty"`
	Maintainers []Maintainer      `json:"maintainers,omitempty"`
	Links       []Link            `json:"links,omitempty"`
	Keywords    []string          `json:"keywords,omitempty"`
	Categories  []string          `json:"categories,omitempty"`
	Capability  string            `json:"capabilities,omitempty"`
	Maturity    string            `json:"maturity,omitempty"`
	Kubernetes  string            `json:"kubernetes,omitempty"`
	Namespace   string            `json:"namespace,omitempty"`
	NamePrefix  *string           `json:"namePrefix,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`

	Image   *Image             `json:"image,omitempty"`
	Related map[string]Related `json:"related,omitempty"`

	CRDs        *Sources                  `json:"crds,omitempty"`
	APIs        map[string]API            `json:"apis,omitempty"`
	Requires    *Requires                 `json:"requires,omitempty"`
	Permissions *PermissionList           `json:"permissions,omitempty"`
	Accounts    map[string]ServiceAccount `json:"serviceAccounts,omitempty"`

	Manager   *Manager            `json:"manager,omitempty"`
	Workloads map[string]Workload `json:"workloads,omitempty"`
	Webhooks  *Webhooks           `json:"webhooks,omitempty"`
	Watch     *Watch              `json:"watch,omitempty"`

	Parameters map[string]Parameter `json:"parameters,omitempty"`
	Features   map[string]Feature   `json:"features,omitempty"`
	Overlays   map[string]Overlay   `json:"overlays,omitempty"`
	Objects    []ObjectSource       `json:"objects,omitempty"`

	Release    *Release    `json:"release,omitempty"`
	Dockerfile *Dockerfile `json:"dockerfile,omitempty"`
	Helm       *Helm       `json:"helm,omitempty"`
	Kustomize  *Kustomize  `json:"kustomize,omitempty"`
	OLM        *OLM        `json:"olm,omitempty"`
	Catalog    *Catalog    `json:"catalog,omitempty"`
	Accept     []Waiver    `json:"accept,omitempty"`
}

// Text is prose: said in place, or in a file.
type Text struct {
	Inline string `json:"-"`
	File   string `json:"file,omitempty"`
}

// Icon is a picture: a file, or its data.
type Icon struct {
	File       string `json:"file,omitempty"`
	Data       string `json:"data,omitempty"`
	MediaType  string `json:"mediaType,omitempty"`
	LineLength int64  `json:"lineLength,omitempty"`
}

// Provider is who publishes the operator.
type Provider struct {
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

// Maintainer is a person or team.
type Maintainer struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
	URL   string `json:"url,omitempty"`
}

// Link is a named web address.
type Link struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// Image is the operator's image.
type Image struct {
	Reference  string   `json:"-"` // when it was said as one string
	Repository string   `json:"repository,omitempty"`
	Tag        *string  `json:"tag,omitempty"`
	Digest     string   `json:"digest,omitempty"`
	Platforms  []string `json:"platforms,omitempty"`
	Budget     string   `json:"budget,omitempty"`
}

// Related is an image that the operator uses.
type Related struct {
	Image string  `json:"image"`
	Env   *string `json:"env,omitempty"`
}

// Sources is a list of files or whole objects, or Go packages with markers.
type Sources struct {
	List []Source `json:"-"`
	Go   *FromGo  `json:"-"`
}

// Source is a file, folder or pattern, or a whole object.
type Source struct {
	File   string
	Object map[string]any
}

// FromGo makes objects from markers in Go packages.
type FromGo struct {
	From     string   `json:"from"`
	Packages []string `json:"packages,omitempty"`
	Options  []string `json:"options,omitempty"`
}

// API is what users are told about an API.
type API struct {
	APIVersionInfo
	File     string                     `json:"file,omitempty"`
	Examples []Source                   `json:"examples,omitempty"`
	Versions map[string]*APIVersionInfo `json:"versions,omitempty"`
}

// APIVersionInfo is what can differ between versions of an API.
type APIVersionInfo struct {
	DisplayName       *string `json:"displayName,omitempty"`
	Description       *string `json:"description,omitempty"`
	Resources         []any   `json:"resources,omitempty"`
	SpecDescriptors   []any   `json:"specDescriptors,omitempty"`
	StatusDescriptors []any   `json:"statusDescriptors,omitempty"`
	ActionDescriptors []any   `json:"actionDescriptors,omitempty"`
}

// Requires is what must be in the cluster before the operator.
type Requires struct {
	APIs         []map[string]any `json:"apis,omitempty"`
	Native       []map[string]any `json:"native,omitempty"`
	Dependencies []any            `json:"dependencies,omitempty"`
}

// PermissionList is a list of permissions, or Go packages with markers.
type PermissionList struct {
	List []Permission `json:"-"`
	Go   *FromGo      `json:"-"`
}

// Permission is a set of RBAC rules for a service account. One said as a string has just Files.
type Permission struct {
	Files          []string `json:"files,omitempty"`
	Rules          []any    `json:"rules,omitempty"`
	ServiceAccount string   `json:"serviceAccount,omitempty"`
	Scope          string   `json:"scope,omitempty"`
	Name           string   `json:"name,omitempty"`
}

// ServiceAccount is a service account beside those of the workloads.
type ServiceAccount struct {
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Workload is a Deployment.
type Workload struct {
	Name           string             `json:"name,omitempty"`
	Image          string             `json:"image,omitempty"`
	ContainerName  string             `json:"containerName,omitempty"`
	Defaults       string             `json:"defaults,omitempty"`
	Replicas       *int64             `json:"replicas,omitempty"`
	Command        []string           `json:"command,omitempty"`
	Args           []string           `json:"args,omitempty"`
	Env            *Env               `json:"env,omitempty"`
	Ports          map[string]int64   `json:"ports,omitempty"`
	Resources      *Nullable          `json:"resources,omitempty"`
	ServiceAccount string             `json:"serviceAccount,omitempty"`
	Security       string             `json:"security,omitempty"`
	Probes         *Probes            `json:"probes,omitempty"`
	Labels         *Nullable          `json:"labels,omitempty"`
	Selector       map[string]string  `json:"selector,omitempty"`
	Deployment     map[string]any     `json:"deployment,omitempty"`
	Pod            map[string]any     `json:"pod,omitempty"`
	PodLabels      map[string]*string `json:"podLabels,omitempty"`
	PodAnnotations map[string]*string `json:"podAnnotations,omitempty"`
	Container      map[string]any     `json:"container,omitempty"`
}

// Env is a list of environment variables in Kubernetes' words; said by name, they are sorted by it.
type Env struct{ list []map[string]any }

// Entries returns the variables, none for nil.
func (e *Env) Entries() []map[string]any {
	if e == nil {
		return nil
	}
	return e.list
}

// Nullable is an object that can also be said to be none at all.
type Nullable struct {
	Value map[string]any // nil for null
}

// Probes are the probes of a container; a Value of nil switches one off.
type Probes struct {
	Liveness  *Nullable `json:"liveness,omitempty"`
	Readiness *Nullable `json:"readiness,omitempty"`
	Startup   *Nullable `json:"startup,omitempty"`
}

// Manager is the workload that runs the operator. None is set for manager: false.
type Manager struct {
	Workload
	ManagerSettings
	None bool `json:"-"`
}

// ManagerSettings is what the manager has and further workloads have not.
type ManagerSettings struct {
	LeaderElection *bool     `json:"leaderElection,omitempty"`
	Health         *Health   `json:"health,omitempty"`
	Metrics        *Metrics  `json:"metrics,omitempty"`
	NetworkPolicy  *bool     `json:"networkPolicy,omitempty"`
	Disruption     *OnOrSpec `json:"podDisruptionBudget,omitempty"`
}

// Health is where the manager answers probes.
type Health struct {
	Off      bool    `json:"-"`
	Port     int64   `json:"port,omitempty"`
	Flag     *string `json:"flag,omitempty"`
	PortName *string `json:"portName,omitempty"`
}

// Metrics is how the manager serves metrics.
type Metrics struct {
	Off            bool   `json:"-"`
	Port           int64  `json:"port,omitempty"`
	Secure         *bool  `json:"secure,omitempty"`
	Enabled        *bool  `json:"enabled,omitempty"`
	ServiceMonitor *bool  `json:"serviceMonitor,omitempty"`
	Certificates   string `json:"certificates,omitempty"`
}

// OnOrSpec is a switch that can also be said in Kubernetes' words.
type OnOrSpec struct {
	On   bool
	Spec map[string]any
}

// Webhooks are the webhooks of the manager.
type Webhooks struct {
	From         []string  `json:"from,omitempty"`
	Hooks        []Webhook `json:"hooks,omitempty"`
	Workload     string    `json:"workload,omitempty"`
	Conversion   []string  `json:"conversion,omitempty"`
	Certificates string    `json:"certificates,omitempty"`
	Secret       string    `json:"secret,omitempty"`
	MountPath    string    `json:"mountPath,omitempty"`
	Port         int64     `json:"port,omitempty"`
	ServicePort  int64     `json:"servicePort,omitempty"`
	Flag         *string   `json:"flag,omitempty"`
	Enabled      *bool     `json:"enabled,omitempty"`
}

// Webhook is one webhook; Fields are those that admissionregistration.k8s.io/v1 has.
type Webhook struct {
	Type                    string         `json:"type"`
	Name                    string         `json:"name"`
	Path                    string         `json:"path,omitempty"`
	CRDs                    []string       `json:"crds,omitempty"`
	Workload                string         `json:"workload,omitempty"`
	Port                    any            `json:"port,omitempty"`
	ContainerPort           int64          `json:"containerPort,omitempty"`
	Rules                   []any          `json:"rules,omitempty"`
	AdmissionReviewVersions []string       `json:"admissionReviewVersions,omitempty"`
	FailurePolicy           string         `json:"failurePolicy,omitempty"`
	MatchPolicy             string         `json:"matchPolicy,omitempty"`
	SideEffects             string         `json:"sideEffects,omitempty"`
	TimeoutSeconds          *int64         `json:"timeoutSeconds,omitempty"`
	ReinvocationPolicy      string         `json:"reinvocationPolicy,omitempty"`
	NamespaceSelector       map[string]any `json:"namespaceSelector,omitempty"`
	ObjectSelector          map[string]any `json:"objectSelector,omitempty"`
	MatchConditions         []any          `json:"matchConditions,omitempty"`
}

// Watch is which namespaces the operator can watch.
type Watch struct {
	Modes []string `json:"modes,omitempty"`
	Env   *string  `json:"env,omitempty"`
}

// Parameter is a knob of the operator.
type Parameter struct {
	Description string       `json:"description,omitempty"`
	Default     any          `json:"default"`
	Enum        []any        `json:"enum,omitempty"`
	Pattern     string       `json:"pattern,omitempty"`
	Minimum     *json.Number `json:"minimum,omitempty"`
	Maximum     *json.Number `json:"maximum,omitempty"`
	Env         string       `json:"env,omitempty"`
	Arg         string       `json:"arg,omitempty"`
}

// Feature is what can be switched as a whole.
type Feature struct {
	Description string         `json:"description,omitempty"`
	Enabled     bool           `json:"enabled,omitempty"`
	Requires    []string       `json:"requires,omitempty"`
	OLM         *bool          `json:"olm,omitempty"`
	Args        []string       `json:"args,omitempty"`
	Env         *Env           `json:"env,omitempty"`
	Objects     []ObjectSource `json:"objects,omitempty"`
	Permissions []Permission   `json:"permissions,omitempty"`
}

// Overlay is a way to install with kustomize.
type Overlay struct {
	Namespace       string            `json:"namespace,omitempty"`
	CreateNamespace *bool             `json:"createNamespace,omitempty"`
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
	Channels       []string      `json:"channels,omitempty"`
	DefaultChannel string        `json:"defaultChannel,omitempty"`
	Replaces       string        `json:"replaces,omitempty"`
	Skips          []string      `json:"skips,omitempty"`
	SkipRange      string        `json:"skipRange,omitempty"`
	Deprecations   []Deprecation `json:"deprecations,omitempty"`
	Date           string        `json:"date,omitempty"`
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
}

// Waiver accepts a known finding.
type Waiver struct {
	Rule   string `json:"rule"`
	Path   string `json:"path,omitempty"`
	Reason string `json:"reason"`
	Until  string `json:"until,omitempty"`
}

// decode unmarshals JSON with whole numbers as int64, so that trees keep them apart from fractions.
func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(into)
}
