// Package kube reads Kubernetes objects out of YAML and remembers where each part of them stands. Everything that
// judges objects speaks it: an Object knows its place, a Set is what one installer would apply. It knows nothing of
// charts, overlays or bundles.
package kube

import (
	"cmp"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// Place is where something stands: a pointer (RFC 6901) into one document of a file. A file that is not there by itself,
// such as what an overlay builds, goes by the name of the folder that it comes from.
type Place struct {
	File    string
	Doc     int
	Pointer string
}

// Object is one Kubernetes object, plain, with its place.
type Object struct {
	Tree Tree
	At   Place
	// Inner maps a pointer into Tree to one into the document, for an object that was cut out of a larger one; nil where
	// the object is the whole document.
	Inner func(pointer string) string
	// From maps a pointer into Tree to the description, where that is known better than by the file; may be nil.
	From func(pointer string) diag.Path
}

// ID is the identity of an object in a cluster. The version of its API is no part of it.
type ID struct{ Group, Kind, Namespace, Name string }

// String writes the identity as people do: Deployment database-system/manager.
func (id ID) String() string {
	switch {
	case id.Name == "":
		return id.Kind
	case id.Namespace == "":
		return id.Kind + " " + id.Name
	}
	return id.Kind + " " + id.Namespace + "/" + id.Name
}

// ID returns the object's identity.
func (o *Object) ID() ID {
	return ID{Group: o.Group(), Kind: o.Kind(), Namespace: MetaString(o.Tree, "namespace"), Name: o.Name()}
}

// Kind returns the object's kind.
func (o *Object) Kind() string { return Text(o.Tree["kind"]) }

// APIVersion returns the object's group and version.
func (o *Object) APIVersion() string { return Text(o.Tree["apiVersion"]) }

// Name returns metadata.name.
func (o *Object) Name() string { return MetaString(o.Tree, "name") }

// Group returns the group of the object's API, "" for the core one.
func (o *Object) Group() string {
	group, _, found := strings.Cut(o.APIVersion(), "/")
	if !found {
		return ""
	}
	return group
}

// Is reports whether the object is of a kind of a group, in any version.
func (o *Object) Is(group, kind string) bool { return o.Kind() == kind && o.Group() == group }

// Place is where a part of the object stands.
func (o *Object) Place(pointer string) Place {
	at := o.At
	if o.Inner != nil {
		pointer = o.Inner(pointer)
	}
	at.Pointer += pointer
	return at
}

// Set is what one installer would leave in a cluster, or what stands in one folder.
type Set struct {
	Name      string // for people, such as "the chart at default values"
	Objects   []*Object
	Namespace string // of objects that name none; "" where that is not known
}

// Home is the namespace of an object that is in one.
func (s *Set) Home(o *Object) string {
	return cmp.Or(MetaString(o.Tree, "namespace"), s.Namespace)
}

// Find returns the objects of a kind.
func (s *Set) Find(group, kind string) []*Object {
	var out []*Object
	for _, o := range s.Objects {
		if o.Is(group, kind) {
			out = append(out, o)
		}
	}
	return out
}

// Get returns one object by kind, namespace and name, or nil. An object without a namespace stands in any.
func (s *Set) Get(group, kind, namespace, name string) *Object {
	for _, o := range s.Objects {
		if o.Name() == name && o.Is(group, kind) && SameNamespace(s.Home(o), namespace) {
			return o
		}
	}
	return nil
}

// SameNamespace reports whether two objects can meet: the namespace of one that says none is that of the install.
func SameNamespace(a, b string) bool { return a == b || a == "" || b == "" }
