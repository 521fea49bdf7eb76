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
	Namespace   *Namespace        `json:"namespace,omitempty"`
	NamePrefix  *string           `json:"namePrefix,omitempty"`
	Labels      CommonLabels      `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`

	Image   *Image             `json:"image,omitempty"`
	Related map[string]Related `json:"related,omitempty"`

	CRDs        *Sources                   `json:"crds,omitempty"`
	APIs        map[string]API             `json:"apis,omitempty"`
	Requires    *Requires                  `json:"requires,omitempty"`
	Permissions *PermissionList            `json:"permissions,omitempty"`
	Accounts    map[string]*ServiceAccount `json:"serviceAccounts,omitempty"`

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

// OwnLabels are the labels that every object has which opc makes, unless the description removes them.
var OwnLabels = []string{"app.kubernetes.io/name", "app.kubernetes.io/managed-by"}

// CommonLabels are labels of every object that opc makes; nil removes one of opc's own.
type CommonLabels map[string]*string

// Namespace is the namespace of a plain install: its name, or its parts.
type Namespace struct {
	Name        string            `json:"name,omitempty"`
	Labels      *Nullable         `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
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

// Sources is a list of files or whole objects, or how they are read.
type Sources struct {
	List []Source `json:"-"`
	From *CRDs    `json:"-"`
}

// CRDs are CustomResourceDefinitions from files or Go packages, and how they are changed.
type CRDs struct {
	Files             []Source `json:"files,omitempty"`
	From              string   `json:"from,omitempty"`
	Packages          []string `json:"packages,omitempty"`
	Options           []string `json:"options,omitempty"`
	StripDescriptions bool     `json:"stripDescriptions,omitempty"`
}

// Go are the Go packages that they are generated from.
func (c *CRDs) Go() *FromGo { return &FromGo{From: c.From, Packages: c.Packages, Options: c.Options} }

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
	Files          []string  `json:"files,omitempty"`
	Rules          []any     `json:"rules,omitempty"`
	ServiceAccount string    `json:"serviceAccount,omitempty"`
	Scope          string    `json:"scope,omitempty"`
	Name           string    `json:"name,omitempty"`
	Binding        string    `json:"binding,omitempty"`
	Labels         *Nullable `json:"labels,omitempty"`
}

// ServiceAccount is a service account beside those of the workloads.
type ServiceAccount struct {
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// decode unmarshals JSON with whole numbers as int64, so that trees keep them apart from fractions.
func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(into)
}
