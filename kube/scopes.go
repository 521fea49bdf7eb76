package kube

// clusterKinds are the kinds without a namespace that opc knows by their name alone: those of Kubernetes, and of add-ons
// that operators ship (OpenShift's console, cert-manager). The value tells whether kustomize knows that too, in version
// v1 of the API: its table is that of Kubernetes 1.21.
var clusterKinds = map[string]bool{
	"APIService":                       true,
	"CSIDriver":                        true,
	"CSINode":                          true,
	"CertificateSigningRequest":        true,
	"ClusterIssuer":                    false,
	"ClusterRole":                      true,
	"ClusterRoleBinding":               true,
	"ClusterTrustBundle":               false,
	"ConsoleCLIDownload":               false,
	"ConsoleLink":                      false,
	"ConsolePlugin":                    false,
	"ConsoleQuickStart":                false,
	"ConsoleYAMLSample":                false,
	"CustomResourceDefinition":         true,
	"DeviceClass":                      false,
	"FlowSchema":                       false,
	"GatewayClass":                     false,
	"IPAddress":                        false,
	"IngressClass":                     true,
	"MutatingAdmissionPolicy":          false,
	"MutatingAdmissionPolicyBinding":   false,
	"MutatingWebhookConfiguration":     true,
	"Namespace":                        true,
	"Node":                             true,
	"PersistentVolume":                 true,
	"PriorityClass":                    true,
	"PriorityLevelConfiguration":       false,
	"ResourceSlice":                    false,
	"RuntimeClass":                     true,
	"SecurityContextConstraints":       false,
	"ServiceCIDR":                      false,
	"StorageClass":                     true,
	"ValidatingAdmissionPolicy":        false,
	"ValidatingAdmissionPolicyBinding": false,
	"ValidatingWebhookConfiguration":   true,
	"VolumeAttachment":                 true,
	"VolumeAttributesClass":            false,
}

// ClusterScoped reports whether the objects of a kind have no namespace, as far as is known without its definition.
func ClusterScoped(kind string) bool {
	_, ok := clusterKinds[kind]
	return ok
}

// KustomizeKnowsCluster reports whether kustomize leaves the objects of a kind of Kubernetes' own without a namespace.
func KustomizeKnowsCluster(kind string) bool { return clusterKinds[kind] }
