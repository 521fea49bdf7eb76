// Package model is the intermediate model: what an operator is, as plain data, after the short forms of a description
// were lowered and before any target wrote it. Lists are sorted by identity. Objects are trees of JSON values in whose
// strings expressions stand (see expr.go); Scope resolves them. Start at Operator.
//
// The package imports nothing of opc but kube and schema/diag, and no Kubernetes machinery.
package model

import (
	"regexp"
	"strings"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// Node is embedded in what has an identity of its own. From is where in the description, or in a file it names, the
// thing was said; it takes no part in comparisons.
type Node struct {
	From diag.Path `json:"-"`
}

// Tree is an object in Kubernetes' own words.
type Tree = kube.Tree

// Operator is one version of one operator.
type Operator struct {
	Node
	Name        string // DNS-1123 label; also the chart's and the OLM package's name
	Version     string // semantic version without "v"
	DisplayName string
	Summary     string // one line
	Description string // Markdown
	Icon        *Icon  `json:",omitempty"`
	License     string `json:",omitempty"` // SPDX expression
	Source      string `json:",omitempty"` // URL of the repository
	Homepage    string `json:",omitempty"`
	Provider    Provider
	Maintainers []Maintainer `json:",omitempty"`
	Links       []Link       `json:",omitempty"`
	Keywords    []string     `json:",omitempty"`
	Categories  []string     `json:",omitempty"`
	Capability  string       `json:",omitempty"` // capability level, such as "Basic Install"
	Maturity    string       `json:",omitempty"`
	Kubernetes  string       `json:",omitempty"` // version constraint, such as ">=1.28"
	MinKube     string       `json:",omitempty"` // the least version of it, as x.y.z

	NamePrefix string // what OpName stands for at default values; "" when names are literal
	Namespace  string // the namespace of a plain install
	// NamespaceMeta is what the description says of that Namespace, or nil.
	NamespaceMeta *NamespaceMeta `json:",omitempty"`

	Image   Image
	Related []RelatedImage `json:",omitempty"`

	CRDs     []CRD     `json:",omitempty"`
	APIs     []API     `json:",omitempty"`
	Requires Requires  `json:",omitzero"`
	Examples []Example `json:",omitempty"`

	Workloads   []Workload   `json:",omitempty"`
	Permissions []Permission `json:",omitempty"`
	Existing    []string     `json:",omitempty"` // service accounts that no installer creates, with expressions
	Webhooks    Webhooks     `json:",omitzero"`
	Metrics     *Metrics     `json:",omitempty"`
	Watch       Watch        `json:",omitzero"`
	Objects     []Object     // everything that is installed but the CRDs and the Namespace
	Features    []Feature    `json:",omitempty"` // in the order in which components apply
	Parameters  []Parameter  `json:",omitempty"`
	Overlays    []Overlay    `json:",omitempty"` // at least one

	Release    Release
	Dockerfile Dockerfile
	Helm       Helm      `json:",omitzero"`
	Kustomize  Kustomize `json:",omitzero"`
	OLM        OLM       `json:",omitzero"`
	Catalog    Catalog   `json:",omitzero"`
}

// Provider is who publishes the operator.
type Provider struct {
	Name string `json:",omitempty"`
	URL  string `json:",omitempty"`
}

// Maintainer is a person or team.
type Maintainer struct {
	Name  string
	Email string `json:",omitempty"`
	URL   string `json:",omitempty"`
}

// Link is a named web address.
type Link struct{ Name, URL string }

// Image is the operator's own image and how it is built.
type Image struct {
	Node
	Repository string // registry/path without tag
	Tag        string
	Digest     string   `json:",omitempty"` // sha256:…; wins over Tag
	Platforms  []string // os/arch, sorted
	Budget     int64    `json:",omitempty"` // greatest size in bytes of what is pulled for one platform; 0 for any
}

// Ref is the image reference.
func (i Image) Ref() string {
	switch {
	case i.Digest != "":
		return i.Repository + "@" + i.Digest
	case i.Tag != "":
		return i.Repository + ":" + i.Tag
	}
	return i.Repository
}

var imageParts = regexp.MustCompile(`^(.*?)(?::([\w][\w.-]*))?(?:@(sha256:[0-9a-f]{64}))?$`)

// ParseImage splits an image reference that lowering has checked.
func ParseImage(ref string) Image {
	at := strings.LastIndexByte(ref, '/') + 1 // a colon before it is a registry's port
	p := imageParts.FindStringSubmatch(ref[at:])
	if p == nil {
		return Image{Repository: ref}
	}
	return Image{Repository: ref[:at] + p[1], Tag: p[2], Digest: p[3]}
}

// ChartRepository is where the chart stands in a registry: Helm takes the last part for the chart's name, which is the
// image's already.
func (i Image) ChartRepository(chart string) string {
	parent := "charts"
	if at := strings.LastIndexByte(i.Repository, '/'); at > 0 {
		parent = i.Repository[:at] + "/charts"
	}
	return parent + "/" + chart
}

// RelatedImage is an image that the operator runs or uses, other than its own.
type RelatedImage struct {
	Node
	Name string
	Ref  string
	Env  string `json:",omitempty"` // environment variable of the manager that holds it; "" for none
}

// CRD is one CustomResourceDefinition that the operator owns.
type CRD struct {
	Node
	Name     string // plural.group
	Group    string
	Kind     string
	Plural   string
	Scope    string       // Namespaced or Cluster
	Versions []CRDVersion // in the file's order
	File     string       // base name for emitted files
	Tree     Tree         // with expressions in spec.conversion and annotations
	// Conversion is spec.conversion as the description's file has it, or nil: what a bundle says, where OLM makes its own.
	Conversion any `json:",omitempty"`
}

// CRDVersion is one version of an API.
type CRDVersion struct {
	Name            string
	Served, Storage bool
	Description     string `json:",omitempty"` // of the schema's root
}

// API is what users are told about one version of an owned API.
type API struct {
	Node
	CRD         string // name of the CRD, plural.group
	Kind        string
	Version     string
	DisplayName string `json:",omitempty"`
	Description string `json:",omitempty"`
	Resources   []any  `json:",omitempty"` // as in a ClusterServiceVersion
	Spec        []any  `json:",omitempty"` // descriptors, as in a ClusterServiceVersion
	Status      []any  `json:",omitempty"`
	Actions     []any  `json:",omitempty"`
}

// Example is an object of one of the operator's APIs, shown to users as a start.
type Example struct {
	Node
	Tree Tree
}

// Requires is what must be in the cluster before the operator.
type Requires struct {
	CRDs      []Tree `json:",omitempty"` // as in a ClusterServiceVersion: customresourcedefinitions.required
	NativeAPI []Tree `json:",omitempty"` // group, version, kind
	Packages  []Tree `json:",omitempty"` // OLM dependencies, each type and value
}

// Scope of a permission.
const (
	ScopeCluster   = "cluster"   // ClusterRole bound in the whole cluster
	ScopeNamespace = "namespace" // Role in the operator's namespace
	ScopeWatched   = "watched"   // ClusterRole bound in the whole cluster, or in each watched namespace
)

// Permission is a set of RBAC rules for one service account. The roles and bindings made from it stand in Objects with
// Role RoleRBAC.
type Permission struct {
	Node
	Account   string // with expressions
	Scope     string
	Rules     []any  // PolicyRules in Kubernetes' own words
	Namespace string `json:",omitempty"` // of a Role outside the operator's namespace
	// Aggregation is the aggregationRule of the role, by which the cluster fills in its rules; nil for none.
	Aggregation any  `json:",omitempty"`
	When        Cond `json:",omitempty"`
}

// Role says what an object is for, where its kind alone does not tell.
type Role string

// The roles of objects.
const (
	RoleWorkload        Role = "workload"
	RoleServiceAccount  Role = "serviceAccount"
	RoleRBAC            Role = "rbac"           // made from a Permission, or binding one
	RoleUserRBAC        Role = "userRBAC"       // for people who use the operator, such as metrics-reader
	RoleWebhookService  Role = "webhookService" //
	RoleWebhook         Role = "webhook"        // a Validating- or MutatingWebhookConfiguration
	RoleCertificate     Role = "certificate"    // cert-manager's Issuer and Certificates
	RoleMetricsService  Role = "metricsService" //
	RoleServiceMonitor  Role = "serviceMonitor" //
	RoleNetworkPolicy   Role = "networkPolicy"  //
	RoleDisruptionLimit Role = "podDisruptions" // PodDisruptionBudget
	RoleExtra           Role = "extra"          // said by the description under objects
	RoleManifest        Role = "manifest"       // said by the description under olm.manifests
)

// Object is one Kubernetes object that is installed.
type Object struct {
	Node
	Tree     Tree
	Role     Role
	File     string      // base name, without extension, for emitted files
	When     Cond        `json:",omitempty"`
	Each     bool        `json:",omitempty"` // one copy for each watched namespace
	Cluster  bool        `json:",omitempty"` // cluster-scoped: has no namespace
	Verbatim bool        `json:",omitempty"` // from a file of the user's: labels are added by Helm only
	Calls    bool        `json:",omitempty"` // registers webhooks that the operator serves: whoever installs puts its CA into them
	Origins  []ObjOrigin `json:"-"`
}

// Kind returns the object's kind.
func (o Object) Kind() string { return kube.Text(o.Tree["kind"]) }

// APIVersion returns the object's group and version.
func (o Object) APIVersion() string { return kube.Text(o.Tree["apiVersion"]) }

// Name returns metadata.name, with expressions if the object is not resolved.
func (o Object) Name() string { return MetaString(o.Tree, "name") }

// MetaString returns a string field of metadata, or "".
func MetaString(t Tree, field string) string { return kube.MetaString(t, field) }

// Feature is what an installer can switch on or off as a whole.
type Feature struct {
	Node
	Name     string   // camelCase, such as certManager
	Doc      string   // one sentence
	Enabled  bool     // the default
	Requires []string `json:",omitempty"` // features that must be on too
	OLM      bool     // whether the bundle has it when it is enabled
	Builtin  bool
}

// Metrics is the manager's metrics endpoint.
type Metrics struct {
	Node
	Port   int64
	Secure bool
}

// Watch says which namespaces the operator can be told to watch.
type Watch struct {
	Node
	Modes []string // OLM install modes, in OLM's order
	Env   string   `json:",omitempty"` // environment variable of the manager with the watched namespaces
	Own   bool     `json:",omitempty"` // the default is the operator's own namespace, since it can't watch all
}

// Supports reports whether an install mode is among the modes.
func (w Watch) Supports(mode string) bool {
	for _, m := range w.Modes {
		if m == mode {
			return true
		}
	}
	return false
}

// Certificate sources of webhooks.
const (
	CertManager   = "cert-manager"
	CertOLM       = "olm"
	CertServiceCA = "openshift-service-ca"
	CertSecret    = "secret"
)

// Webhooks are the admission and conversion webhooks of the manager.
type Webhooks struct {
	Node
	Certificates string    `json:",omitempty"`
	Secret       string    `json:",omitempty"` // name of the Secret with the serving certificate, with expressions
	MountPath    string    `json:",omitempty"`
	ServicePort  int64     `json:",omitempty"`
	Port         int64     `json:",omitempty"` // where the manager listens
	Hooks        []Webhook `json:",omitempty"`
}

// Webhook is one webhook.
type Webhook struct {
	Node
	Type     string   // kube.Mutating, kube.Validating or kube.Conversion
	Name     string   // unique in its type
	Workload string   // key of the workload that serves it
	CRDs     []string `json:",omitempty"` // of a conversion webhook
	Tree     Tree     // the other fields in the words of admissionregistration.k8s.io/v1, without clientConfig
	Path     string   // of the endpoint
	Port     int64    // of the service
	Target   any      // port of the pod: a number, or a name
	// ContainerPort is what a ClusterServiceVersion says, which on OLM v0 is also the service's port.
	ContainerPort int64
}
