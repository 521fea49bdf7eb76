package model

import (
	"maps"
	"strings"
)

// Keys of a bundle's metadata/annotations.yaml, which its image carries as labels
// (https://github.com/operator-framework/operator-registry/blob/master/docs/design/operator-bundle.md).
const (
	BundleMediaType      = "operators.operatorframework.io.bundle.mediatype.v1"
	BundleManifests      = "operators.operatorframework.io.bundle.manifests.v1"
	BundleMetadata       = "operators.operatorframework.io.bundle.metadata.v1"
	BundlePackage        = "operators.operatorframework.io.bundle.package.v1"
	BundleChannels       = "operators.operatorframework.io.bundle.channels.v1"
	BundleDefaultChannel = "operators.operatorframework.io.bundle.channel.default.v1"
	BundleBuilder        = "operators.operatorframework.io.metrics.builder"
	BundleLayout         = "operators.operatorframework.io.metrics.project_layout"
	BundleMetrics        = "operators.operatorframework.io.metrics.mediatype.v1"
	BundleTestMediaType  = "operators.operatorframework.io.test.mediatype.v1"
	BundleTestConfig     = "operators.operatorframework.io.test.config.v1"
)

// BundleAnnotations are the annotations of the bundle's metadata/annotations.yaml and, since OLM demands that both be
// equal, the labels of the bundle's image. The description's own are merged over those that opc makes, where null
// removes one; one of opc's that is empty is left out, since to OLM's tools it is a fault.
func (o *Operator) BundleAnnotations() map[string]string {
	out := map[string]string{
		BundleMediaType:      "registry+v1",
		BundleManifests:      "manifests/",
		BundleMetadata:       "metadata/",
		BundlePackage:        o.OLM.Package,
		BundleChannels:       strings.Join(o.Release.Channels, ","),
		BundleDefaultChannel: o.Release.DefaultChannel,
	}
	if o.HasScorecard() {
		out[BundleTestMediaType] = "scorecard+v1"
		out[BundleTestConfig] = "tests/scorecard/"
	}
	// operator-sdk, whose annotations of a ClusterServiceVersion these are, repeats them here for statistics.
	out[BundleBuilder] = o.OLM.Annotations["operators.operatorframework.io/builder"]
	out[BundleLayout] = o.OLM.Annotations["operators.operatorframework.io/project_layout"]
	if out[BundleBuilder] != "" {
		out[BundleMetrics] = "metrics+v1"
	}
	maps.DeleteFunc(out, func(_, value string) bool { return value == "" })
	for key, value := range o.OLM.BundleAnnotations {
		if value == nil {
			delete(out, key)
		} else {
			out[key] = *value
		}
	}
	return out
}

// HasScorecard reports whether the bundle has a configuration of scorecard tests.
func (o *Operator) HasScorecard() bool { return o.OLM.Scorecard != false }
