package kube

// Annotations by which others provide certificates of webhooks, and put their CA into what calls them.
const (
	// InjectCA names the Certificate whose CA cert-manager's cainjector puts in, as namespace/name.
	InjectCA = "cert-manager.io/inject-ca-from"
	// InjectServiceCA asks OpenShift's service CA operator to put in its CA.
	InjectServiceCA = "service.beta.openshift.io/inject-cabundle"
	// ServiceCASecret names the Secret that OpenShift's service CA operator creates for a Service.
	ServiceCASecret = "service.beta.openshift.io/serving-cert-secret-name"
)
