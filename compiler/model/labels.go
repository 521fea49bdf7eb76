package model

// The recommended labels of Kubernetes
// (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/) that opc writes, and kubebuilder's
// label of the manager.
const (
	LabelName         = "app.kubernetes.io/name"
	LabelInstance     = "app.kubernetes.io/instance"
	LabelVersion      = "app.kubernetes.io/version"
	LabelManagedBy    = "app.kubernetes.io/managed-by"
	LabelControlPlane = "control-plane"
)
