package kube

import (
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	kubeversion "k8s.io/apimachinery/pkg/util/version"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

// everyFormat is later than any version that introduces a format: one that some API server validates counts.
var everyFormat = kubeversion.MajorMinor(1, 9999)

// Format is the format that the API server validates values of a field in a CRD's schema by, or "" where it validates
// none: it ignores formats that it does not know, and some exclude no value of their type.
func Format(typ, format string) string {
	switch format {
	case "", "int64", "double", "password":
		return ""
	}
	s := &spec.Schema{SchemaProps: spec.SchemaProps{Format: format}}
	if typ != "" {
		s.Type = spec.StringOrArray{typ}
	}
	if len(validation.GetUnrecognizedFormats(s, everyFormat)) > 0 {
		return ""
	}
	return strings.ReplaceAll(format, "-", "")
}
