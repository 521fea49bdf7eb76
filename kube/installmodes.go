package kube

// OLM's install modes say which namespaces an operator can watch.
const (
	OwnNamespace    = "OwnNamespace"
	SingleNamespace = "SingleNamespace"
	MultiNamespace  = "MultiNamespace"
	AllNamespaces   = "AllNamespaces"
)

// InstallModes are all of them, in the order in which OLM's own tools write them.
var InstallModes = []string{OwnNamespace, SingleNamespace, MultiNamespace, AllNamespaces}
