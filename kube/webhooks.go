package kube

import (
	"slices"
	"strings"
)

// AdmissionGroup is the group of the API of webhook configurations.
const AdmissionGroup = "admissionregistration.k8s.io"

// Webhook types, as controller-gen's markers and descriptions name them.
const (
	Mutating   = "mutating"
	Validating = "validating"
	Conversion = "conversion"
)

// WebhookType is a type of webhook under each of its names.
type WebhookType struct {
	Name string // one of the constants above
	Kind string // of the configuration that registers it; "" for conversion, which a CustomResourceDefinition says
	OLM  string // in a webhookdefinition of a ClusterServiceVersion
}

// WebhookTypes are all types of webhooks, in the order in which opc makes their configurations.
var WebhookTypes = []WebhookType{
	{Name: Mutating, Kind: "MutatingWebhookConfiguration", OLM: "MutatingAdmissionWebhook"},
	{Name: Validating, Kind: "ValidatingWebhookConfiguration", OLM: "ValidatingAdmissionWebhook"},
	{Name: Conversion, OLM: "ConversionWebhook"},
}

// Webhook finds a type by any of its names; the zero value is no type.
func Webhook(name string) WebhookType {
	i := slices.IndexFunc(WebhookTypes, func(t WebhookType) bool { return name != "" && (name == t.Name || name == t.Kind || name == t.OLM) })
	if i < 0 {
		return WebhookType{}
	}
	return WebhookTypes[i]
}

// ConfigurationName is the name that controller-gen gives the configuration of a type.
func (t WebhookType) ConfigurationName() string {
	return strings.ToLower(t.Name) + "-webhook-configuration"
}

// IsWebhookConfiguration reports whether a kind registers admission webhooks.
func IsWebhookConfiguration(kind string) bool {
	return slices.ContainsFunc(WebhookTypes, func(t WebhookType) bool { return t.Kind != "" && t.Kind == kind })
}

// WebhookFields are the fields that an admission webhook and a webhookdefinition of a ClusterServiceVersion have under the
// same name.
var WebhookFields = []string{
	"admissionReviewVersions", "failurePolicy", "matchPolicy", "objectSelector", "reinvocationPolicy", "rules", "sideEffects",
	"timeoutSeconds",
}

// OLMService is the name of the Service that OLM creates for the webhooks of a Deployment
// (operator-lifecycle-manager, pkg/controller/install/certresources.go). OLM replaces a Service that has this name already.
func OLMService(deployment string) string {
	return strings.ReplaceAll(deployment, ".", "-") + "-service"
}
