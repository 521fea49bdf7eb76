package equal

import (
	"encoding/json"

	"github.com/blang/semver/v4"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The types below mirror operators.coreos.com/v1alpha1 field by field
// (github.com/operator-framework/api/pkg/operators/v1alpha1): only verify may import that package, and a
// comparison must read a ClusterServiceVersion exactly as it does. TestCSVMirror holds the two against each other.
type csv struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              csvSpec        `json:"spec"`
	Status            map[string]any `json:"status"`
}

type csvSpec struct {
	InstallStrategy           csvInstall                `json:"install"`
	Version                   csvVersion                `json:"version,omitempty"`
	Release                   string                    `json:"release,omitempty"`
	Maturity                  string                    `json:"maturity,omitempty"`
	CustomResourceDefinitions csvCRDs                   `json:"customresourcedefinitions,omitempty"`
	APIServiceDefinitions     csvAPIServices            `json:"apiservicedefinitions,omitempty"`
	WebhookDefinitions        []csvWebhook              `json:"webhookdefinitions,omitempty"`
	NativeAPIs                []metav1.GroupVersionKind `json:"nativeAPIs,omitempty"`
	MinKubeVersion            string                    `json:"minKubeVersion,omitempty"`
	DisplayName               string                    `json:"displayName"`
	Description               string                    `json:"description,omitempty"`
	Keywords                  []string                  `json:"keywords,omitempty"`
	Maintainers               []csvMaintainer           `json:"maintainers,omitempty"`
	Provider                  csvLink                   `json:"provider,omitempty"`
	Links                     []csvLink                 `json:"links,omitempty"`
	Icon                      []csvIcon                 `json:"icon,omitempty"`
	InstallModes              []csvInstallMode          `json:"installModes,omitempty"`
	Replaces                  string                    `json:"replaces,omitempty"`
	Labels                    map[string]string         `json:"labels,omitempty"`
	Annotations               map[string]string         `json:"annotations,omitempty"`
	Selector                  *metav1.LabelSelector     `json:"selector,omitempty"`
	Cleanup                   csvCleanup                `json:"cleanup,omitempty"`
	Skips                     []string                  `json:"skips,omitempty"`
	RelatedImages             []csvRelatedImage         `json:"relatedImages,omitempty"`
}

// csvVersion reads a version tolerantly and writes it in full, as OLM does: v1.2 is 1.2.0.
type csvVersion struct{ semver.Version }

func (v csvVersion) MarshalJSON() ([]byte, error) { return json.Marshal(v.String()) }

func (v *csvVersion) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	parsed, err := semver.ParseTolerant(text)
	v.Version = parsed
	return err
}

type csvInstall struct {
	StrategyName string      `json:"strategy"`
	StrategySpec csvStrategy `json:"spec,omitempty"`
}

type csvStrategy struct {
	DeploymentSpecs    []csvDeployment `json:"deployments"`
	Permissions        []csvPermission `json:"permissions,omitempty"`
	ClusterPermissions []csvPermission `json:"clusterPermissions,omitempty"`
}

type csvDeployment struct {
	Name  string                `json:"name"`
	Spec  appsv1.DeploymentSpec `json:"spec"`
	Label map[string]string     `json:"label,omitempty"`
}

type csvPermission struct {
	ServiceAccountName string              `json:"serviceAccountName"`
	Rules              []rbacv1.PolicyRule `json:"rules"`
}

type csvInstallMode struct {
	Type      string `json:"type"`
	Supported bool   `json:"supported"`
}

type csvDescriptor struct {
	Path         string          `json:"path"`
	DisplayName  string          `json:"displayName,omitempty"`
	Description  string          `json:"description,omitempty"`
	XDescriptors []string        `json:"x-descriptors,omitempty"`
	Value        json.RawMessage `json:"value,omitempty"`
}

type csvResource struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Version string `json:"version"`
}

type csvCRDs struct {
	Owned    []csvCRD `json:"owned,omitempty"`
	Required []csvCRD `json:"required,omitempty"`
}

type csvCRD struct {
	Name              string          `json:"name"`
	Version           string          `json:"version"`
	Kind              string          `json:"kind"`
	DisplayName       string          `json:"displayName,omitempty"`
	Description       string          `json:"description,omitempty"`
	Resources         []csvResource   `json:"resources,omitempty"`
	StatusDescriptors []csvDescriptor `json:"statusDescriptors,omitempty"`
	SpecDescriptors   []csvDescriptor `json:"specDescriptors,omitempty"`
	ActionDescriptor  []csvDescriptor `json:"actionDescriptors,omitempty"`
}

type csvAPIServices struct {
	Owned    []csvAPIService `json:"owned,omitempty"`
	Required []csvAPIService `json:"required,omitempty"`
}

type csvAPIService struct {
	Name              string          `json:"name"`
	Group             string          `json:"group"`
	Version           string          `json:"version"`
	Kind              string          `json:"kind"`
	DeploymentName    string          `json:"deploymentName,omitempty"`
	ContainerPort     int32           `json:"containerPort,omitempty"`
	DisplayName       string          `json:"displayName,omitempty"`
	Description       string          `json:"description,omitempty"`
	Resources         []csvResource   `json:"resources,omitempty"`
	StatusDescriptors []csvDescriptor `json:"statusDescriptors,omitempty"`
	SpecDescriptors   []csvDescriptor `json:"specDescriptors,omitempty"`
	ActionDescriptor  []csvDescriptor `json:"actionDescriptors,omitempty"`
}

type csvWebhook struct {
	GenerateName            string                              `json:"generateName"`
	Type                    string                              `json:"type"`
	DeploymentName          string                              `json:"deploymentName,omitempty"`
	ContainerPort           int32                               `json:"containerPort,omitempty"`
	TargetPort              *intstr.IntOrString                 `json:"targetPort,omitempty"`
	Rules                   []admissionv1.RuleWithOperations    `json:"rules,omitempty"`
	FailurePolicy           *admissionv1.FailurePolicyType      `json:"failurePolicy,omitempty"`
	MatchPolicy             *admissionv1.MatchPolicyType        `json:"matchPolicy,omitempty"`
	ObjectSelector          *metav1.LabelSelector               `json:"objectSelector,omitempty"`
	SideEffects             *admissionv1.SideEffectClass        `json:"sideEffects"`
	TimeoutSeconds          *int32                              `json:"timeoutSeconds,omitempty"`
	AdmissionReviewVersions []string                            `json:"admissionReviewVersions"`
	ReinvocationPolicy      *admissionv1.ReinvocationPolicyType `json:"reinvocationPolicy,omitempty"`
	WebhookPath             *string                             `json:"webhookPath,omitempty"`
	ConversionCRDs          []string                            `json:"conversionCRDs,omitempty"`
}

type csvMaintainer struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

type csvLink struct {
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

type csvIcon struct {
	Data      string `json:"base64data"`
	MediaType string `json:"mediatype"`
}

type csvCleanup struct {
	Enabled bool `json:"enabled"`
}

type csvRelatedImage struct {
	Name  string `json:"name"`
	Image string `json:"image"`
}
