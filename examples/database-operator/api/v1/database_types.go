package v1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Durability says when a commit is answered.
//
// +kubebuilder:validation:Enum=Strict;Relaxed
type Durability string

const (
	// Strict answers a commit when it is on disk.
	Strict Durability = "Strict"
	// Relaxed answers earlier: a crash can lose the last moments, but never damages the data.
	Relaxed Durability = "Relaxed"
)

// Types of the conditions of a Database.
const (
	// Available is true while the database takes connections.
	Available = "Available"
	// Progressing is true while the database is being brought to its spec.
	Progressing = "Progressing"
)

// DatabaseSpec is what a Database shall be.
type DatabaseSpec struct {
	// replicas is 1 for a running database. 0 stops it and keeps its data.
	// +kubebuilder:default=1
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1
	// +optional
	Replicas *int32 `json:"replicas,omitempty"`

	// database is the name of the database that is made at the first start.
	// +kubebuilder:default=app
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z_][a-z0-9_]*$`
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="the name of a database can't be changed"
	// +optional
	Database string `json:"database,omitempty"`

	// durability says when a commit is answered: Strict, when it is on disk, or Relaxed, earlier.
	// +kubebuilder:default=Strict
	// +optional
	Durability Durability `json:"durability,omitempty"`

	// memory that the pod requests, and that it may use.
	// +kubebuilder:default="256Mi"
	// +optional
	Memory resource.Quantity `json:"memory,omitzero"`

	// settings are further settings of PostgreSQL, such as max_connections.
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(name, name.matches('^[a-z][a-z0-9_.]*$'))",message="names of settings are lower-case letters, digits, underscores and dots"
	// +optional
	Settings map[string]string `json:"settings,omitempty"`

	// storage is the volume of the data.
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="storage can't be changed; make a new Database and copy the data"
	// +required
	Storage Storage `json:"storage"`

	// passwordSecret is where the password of the user postgres is found.
	// +kubebuilder:default={}
	// +optional
	PasswordSecret PasswordSecret `json:"passwordSecret,omitzero"`
}

// Storage is a volume.
type Storage struct {
	// size of the volume.
	// +required
	Size resource.Quantity `json:"size"`

	// className is the name of a StorageClass; the cluster's default class when absent.
	// +optional
	ClassName *string `json:"className,omitempty"`
}

// PasswordSecret names a key of a Secret in the namespace of the Database.
type PasswordSecret struct {
	// name of the Secret; the Database's name and "-password" when absent.
	// +optional
	Name string `json:"name,omitempty"`

	// key of the Secret that holds the password.
	// +kubebuilder:default=password
	// +optional
	Key string `json:"key,omitempty"`
}

// DatabaseStatus is what a Database is.
type DatabaseStatus struct {
	// address at which the database is reached in the cluster: host and port.
	// +optional
	Address string `json:"address,omitempty"`

	// readyReplicas is the number of pods that take connections.
	// +optional
	ReadyReplicas int32 `json:"readyReplicas"`

	// selector finds the pods of the database.
	// +optional
	Selector string `json:"selector,omitempty"`

	// conditions are Available and Progressing.
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// Database is a PostgreSQL server with one database, its volume and its address.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:subresource:scale:specpath=.spec.replicas,statuspath=.status.readyReplicas,selectorpath=.status.selector
// +kubebuilder:resource:shortName=db,categories=all
// +kubebuilder:printcolumn:name="Available",type=string,JSONPath=`.status.conditions[?(@.type=="Available")].status`
// +kubebuilder:printcolumn:name="Address",type=string,JSONPath=`.status.address`
// +kubebuilder:printcolumn:name="Size",type=string,JSONPath=`.spec.storage.size`
// +kubebuilder:printcolumn:name="Durability",type=string,JSONPath=`.spec.durability`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type Database struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec is what the database shall be.
	// +required
	Spec DatabaseSpec `json:"spec"`

	// status is what the database is.
	// +optional
	Status DatabaseStatus `json:"status,omitzero"`
}

// DatabaseList is a list of Databases.
//
// +kubebuilder:object:root=true
type DatabaseList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`

	Items []Database `json:"items"`
}

// DefaultPasswordSecret is the name of the Secret of a Database that names none.
func DefaultPasswordSecret(database string) string { return database + "-password" }
