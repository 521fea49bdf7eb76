package schema

import (
	"cmp"
	"encoding/json"
	"reflect"
	"strconv"

	"github.com/opc-project/opc/kube"
)

// Workload is an object that runs pods: a Deployment, StatefulSet, DaemonSet, Job or CronJob.
type Workload struct {
	Kind           string             `json:"kind,omitempty"`
	Name           string             `json:"name,omitempty"`
	Image          ImageOf            `json:"image,omitzero"`
	ContainerName  string             `json:"containerName,omitempty"`
	Containers     []Container        `json:"containers,omitempty"`
	InitContainers []Container        `json:"initContainers,omitempty"`
	Defaults       string             `json:"defaults,omitempty"`
	Replicas       *int64             `json:"replicas,omitempty"`
	UpdateStrategy map[string]any     `json:"updateStrategy,omitempty"`
	Claims         []any              `json:"volumeClaimTemplates,omitempty"`
	ServiceName    string             `json:"serviceName,omitempty"`
	Schedule       string             `json:"schedule,omitempty"`
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
	StatefulSet    map[string]any     `json:"statefulSet,omitempty"`
	DaemonSet      map[string]any     `json:"daemonSet,omitempty"`
	Job            map[string]any     `json:"job,omitempty"`
	CronJob        map[string]any     `json:"cronJob,omitempty"`
	Pod            map[string]any     `json:"pod,omitempty"`
	PodLabels      map[string]*string `json:"podLabels,omitempty"`
	PodAnnotations map[string]*string `json:"podAnnotations,omitempty"`
	Container      map[string]any     `json:"container,omitempty"`
}

// Container is a container beside the main one of a workload.
type Container struct {
	Name      string           `json:"name"`
	Image     ImageOf          `json:"image,omitzero"`
	Command   []string         `json:"command,omitempty"`
	Args      []string         `json:"args,omitempty"`
	Env       *Env             `json:"env,omitempty"`
	Ports     map[string]int64 `json:"ports,omitempty"`
	Resources *Nullable        `json:"resources,omitempty"`
	Security  string           `json:"security,omitempty"`
	Probes    *Probes          `json:"probes,omitempty"`
	Container map[string]any   `json:"container,omitempty"`
}

// OnlyName reports whether nothing but the name of the container is set.
func (c Container) OnlyName() bool {
	name := c.Name
	return reflect.DeepEqual(c, Container{Name: name})
}

// Forms are the short forms of the container as those of a workload, whose defaults it takes.
func (c Container) Forms(w *Workload) *Workload {
	return &Workload{
		Defaults: w.Defaults, Security: cmp.Or(c.Security, w.Security), ContainerName: c.Name, Image: c.Image, Command: c.Command, Args: c.Args,
		Env: c.Env, Ports: c.Ports, Resources: c.Resources, Probes: c.Probes, Container: c.Container,
	}
}

// ImageOf is the image of a container: a reference, or the name of a related image; the zero value is the operator's.
type ImageOf struct {
	Reference string `json:"-"`
	Related   string `json:"related,omitempty"`
}

// Env is a list of environment variables in Kubernetes' words; said by name, they are sorted by it.
type Env struct {
	list  []map[string]any
	named bool // said by name, and not as a list
}

// Entries returns the variables, none for nil.
func (e *Env) Entries() []map[string]any {
	if e == nil {
		return nil
	}
	return e.list
}

// Element is the name or the number under which the description says entry i, and whether all that the entry holds stands
// there under its own names: by name a text or a source can be said without the field around it.
func (e *Env) Element(i int) (elem string, whole bool) {
	if !e.named {
		return strconv.Itoa(i), true
	}
	name := kube.Text(e.list[i]["name"])
	return name, false
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
	Description string         `json:"description,omitempty"`
	Default     any            `json:"default"`
	Enum        []any          `json:"enum,omitempty"`
	Pattern     string         `json:"pattern,omitempty"`
	Minimum     *json.Number   `json:"minimum,omitempty"`
	Maximum     *json.Number   `json:"maximum,omitempty"`
	Schema      map[string]any `json:"schema,omitempty"`
	Env         string         `json:"env,omitempty"`
	Arg         string         `json:"arg,omitempty"`
	Sets        []Set          `json:"sets,omitempty"`
}

// Set is a field of an object that gets the value of a parameter.
type Set struct {
	Object string `json:"object,omitempty"`
	Path   string `json:"path"`
	Text   string `json:"text,omitempty"`
	Value  any    `json:"value,omitempty"`
	Add    bool   `json:"add,omitempty"`
	Before string `json:"before,omitempty"`
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
