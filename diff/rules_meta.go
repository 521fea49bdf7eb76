package diff

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// identityRules are about who the operator is and which version this is, from which much else follows.
var identityRules = []*Rule{
	{
		ID: "GRAPH012", Title: "version and what follows it", Category: Graph, Verdict: None, Silent: true,
		Why: "A new version changes the version number, tags and names.",
		On:  []string{"changed **"}, If: followsVersion,
		Example: Example{Before: "version: 1.1.0", After: "version: 1.2.0"},
	},
	{
		ID: "META001", Title: "operator renamed", Category: Meta, Verdict: Major,
		Why: "The chart, the OLM package and labels contain the name. For Helm and OLM it is another operator, so existing installations are not upgraded. Selectors change with the name, which Kubernetes rejects.",
		On:  []string{"changed name"}, Claims: func(*Case) []pattern {
			return []pattern{
				parse("* namePrefix"), parse("* namespace"), parse("* overlays/*/namespace"), parse("* olm/package"), parse("* olm/csvName"), parse("* olm/bundleImage"),
				parse("* catalog/image"), parse("* meta/displayName"), parse("* graph/*"), parse("* release/replaces"),
			}
		},
		Say:     "the operator was called {old} and is called {new}",
		Example: Example{Before: "name: demo", After: "name: sample"},
	},
	{
		ID: "META002", Title: "objects renamed", Category: Meta, Verdict: Major,
		Why: "Installing plain manifests creates all objects with new names. The old ones remain until users delete them.",
		On:  []string{"* namePrefix"}, Claims: func(*Case) []pattern { return nil },
		Say:     "the names of objects began with {old} and begin with {new}",
		Example: Example{Before: "namePrefix: demo-", After: "namePrefix: sample-"},
	},
	{
		ID: "META003", Title: "newer Kubernetes required", Category: Meta, Verdict: Minor,
		Why: "Helm and OLM reject the upgrade on clusters with an older Kubernetes version.",
		On:  []string{"* minKubernetes"}, If: func(c *Case) bool { return c.Old.MinKube == "" || lower(c.Old.MinKube, c.New.MinKube) },
		Claims:  func(*Case) []pattern { return []pattern{parse("* kubernetes")} },
		Say:     "Kubernetes {new} is needed, it was {old}",
		Example: Example{Before: "kubernetes: '>=1.28'", After: "kubernetes: '>=1.30'"},
	},
	{
		ID: "META010", Title: "metrics endpoint moved", Category: Meta, Verdict: Minor,
		Why: "Monitors, alerts and network policies of users no longer match the metrics endpoint.",
		On:  []string{"* metrics/{what}"}, By: []string{}, Claims: func(*Case) []pattern {
			return []pattern{
				parse("* workloads/*/containers/*/args/--metrics-bind-address"), parse("* workloads/*/containers/*/args/--metrics-secure"), whenNamed("metrics"),
				parse("* features/metrics"), parse("* features/serviceMonitor"), parse("* features/networkPolicy"), whenNamed("serviceMonitor"),
			}
		},
		Say:     "metrics are served elsewhere, differently, or not any more",
		Example: Example{Before: "", After: "manager: {metrics: {port: 9090}}"},
	},
}

// metaRules are about what people read, and what must be in the cluster before the operator.
var metaRules = []*Rule{
	{
		ID: "META015", Title: "same versions of Kubernetes", Category: Meta, Verdict: None, Silent: true,
		Why: "The range is written differently and includes the same versions.",
		On:  []string{"* kubernetes"}, If: func(c *Case) bool {
			return kubernetesOf(c.Old).Includes(kubernetesOf(c.New)) && kubernetesOf(c.New).Includes(kubernetesOf(c.Old))
		},
		Example: Example{Before: "kubernetes: '>=1.30'", After: "kubernetes: '>=1.30.0'"},
	},
	{
		ID: "META016", Title: "versions of Kubernetes excluded", Category: Meta, Verdict: Minor,
		Why: "Helm rejects the upgrade on clusters with the excluded versions.",
		On:  []string{"* kubernetes"}, If: func(c *Case) bool { return !kubernetesOf(c.New).Includes(kubernetesOf(c.Old)) },
		Say:     "the operator no longer runs on all versions of Kubernetes that it did: {turn}",
		Example: Example{Before: "kubernetes: '>=1.30'", After: "kubernetes: '>=1.30 <1.34'"},
	},
	{
		ID: "META004", Title: "other versions of Kubernetes supported", Category: Meta, Verdict: Minor,
		Why:     "The operator runs on more versions of Kubernetes than before.",
		On:      []string{"* minKubernetes", "* kubernetes"},
		By:      []string{},
		Say:     "the operator runs on Kubernetes {new}, it was {old}",
		Example: Example{Before: "kubernetes: '>=1.30'", After: "kubernetes: '>=1.28'"},
	},
	{
		ID: "META005", Title: "new cluster requirement", Category: Meta, Verdict: Major,
		Why: "If the cluster does not meet the requirement, OLM does not upgrade, and the operator fails with other installers.",
		On: []string{
			"added requires/{sort}/{what}", "* requires/{sort}/{what}/**", "added|changed olm/dependencies/{what}", "added|changed olm/properties/{what:olm.package.required|olm.gvk.required|olm.constraint}",
		}, If: func(c *Case) bool { return len(c.Path) == 3 || requirement(c) },
		By:      []string{"what"},
		Say:     "{what} must be in the cluster, or in another version",
		Example: Example{Before: "", After: "requires: {apis: [{name: certificates.cert-manager.io, version: v1, kind: Certificate}]}"},
	},
	{
		ID: "META006", Title: "cluster requirement removed", Category: Meta, Verdict: Minor,
		Why:     "OLM no longer installs it with the operator.",
		On:      []string{"removed requires/{sort}/{what}", "removed olm/dependencies/{what}", "removed olm/properties/{what:olm.package.required|olm.gvk.required|olm.constraint}"},
		Say:     "{what} need not be in the cluster any more",
		Example: Example{Before: "requires: {apis: [{name: certificates.cert-manager.io, version: v1, kind: Certificate}]}", After: ""},
	},
	{
		ID: "META007", Title: "license changed", Category: Meta, Verdict: Minor,
		Why:     "Users must check whether they can accept the new license.",
		On:      []string{"* meta/license"},
		Say:     "the license was {old} and is {new}",
		Example: Example{Before: "license: Apache-2.0", After: "license: MIT"},
	},
	{
		ID: "META008", Title: "texts for users changed", Category: Meta, Verdict: Patch,
		Why:     "Texts, links and names on OperatorHub and in lists of charts changed.",
		On:      []string{"* meta/{what}", "* meta/{what}/**", "* requires/{what}/**"},
		By:      []string{},
		Say:     "what people read of the operator changed: {what}",
		Example: Example{Before: "summary: Runs demos.", After: "summary: Runs many demos."},
	},
	{
		ID: "META009", Title: "API descriptions in the console changed", Category: Meta, Verdict: Patch,
		Why:     "Names, descriptions, descriptors and examples of APIs changed; the APIs did not.",
		On:      []string{"* apis/{crd}/**", "* examples/**"},
		By:      []string{},
		Say:     "names, descriptions or examples of APIs changed",
		Example: Example{In: "description", Before: "apis: {widgets.example.com: {displayName: Widget}}", After: "apis: {widgets.example.com: {displayName: A widget}}"},
	},
	{
		ID: "META017", Title: "available for more OpenShift versions", Category: Meta, Verdict: Patch,
		Why: "The bundle is in the catalogs of additional OpenShift versions, and still in all previous ones.",
		On:  []string{"changed olm/bundleAnnotations/com.redhat.openshift.versions", "changed|removed olm/properties/olm.maxOpenShiftVersion"}, If: moreOpenShift,
		By:      []string{},
		Say:     "the bundle is available for more OpenShift versions than before",
		Example: Example{Before: "olm: {bundleAnnotations: {com.redhat.openshift.versions: v4.14-v4.16}}", After: "olm: {bundleAnnotations: {com.redhat.openshift.versions: v4.14-v4.17}}"},
	},
	{
		ID: "META011", Title: "conditions for offering the bundle changed", Category: Meta, Verdict: Minor,
		Why:     "The set of clusters for which the version is offered changes.",
		On:      []string{"* olm/bundleAnnotations/com.redhat.openshift.versions", "* olm/properties/{name}"},
		By:      []string{},
		Say:     "the bundle is offered on other clusters than before",
		Example: Example{Before: "olm: {bundleAnnotations: {com.redhat.openshift.versions: v4.14}}", After: "olm: {bundleAnnotations: {com.redhat.openshift.versions: v4.16}}"},
	},
	{
		ID: "META012", Title: "claim of the bundle removed", Category: Meta, Verdict: Minor,
		Why: "A feature that OperatorHub lists, such as disconnected or fips-compliant, is no longer claimed.",
		On:  []string{"changed|removed olm/annotations/{name}"}, If: func(c *Case) bool {
			return strings.HasPrefix(c.Named["name"], "features.operators.openshift.io/") && c.Change.Old == "true"
		},
		By:      []string{},
		Say:     "the bundle no longer claims {name}",
		Example: Example{Before: "olm: {annotations: {features.operators.openshift.io/disconnected: 'true'}}", After: "olm: {annotations: {features.operators.openshift.io/disconnected: 'false'}}"},
	},
	{
		ID: "META013", Title: "other fields of the ClusterServiceVersion changed", Category: Meta, Verdict: Minor,
		Why:     "The raw overlay on the ClusterServiceVersion changed. Review the change.",
		On:      []string{"* olm/csv/{what...}"},
		By:      []string{},
		Say:     "the raw overlay on the ClusterServiceVersion changed: {what}",
		Example: Example{Before: "", After: "olm: {csv: {spec: {cleanup: {enabled: true}}}}"},
	},
	{
		ID: "META014", Title: "annotations and metadata of the artifacts changed", Category: Meta, Verdict: Patch,
		Why:     "Annotations of the chart, the bundle or the kustomize overlays, the scorecard configuration, the release date or the catalog's image changed.",
		On:      []string{"* olm/{what}", "* olm/{what}/**", "* helm/{what}", "* helm/{what}/**", "* kustomize/{what}", "* kustomize/{what}/**", "* catalog/{what}", "* release/{what:date}"},
		By:      []string{},
		Say:     "annotations and marks of the chart, bundle or catalog changed: {what}",
		Example: Example{Before: "", After: "olm: {annotations: {support: Example}}"},
	},
}

// moreOpenShift reports whether a bundle is offered for more versions of OpenShift, and for all earlier ones.
func moreOpenShift(c *Case) bool {
	if c.Path[len(c.Path)-1] == "olm.maxOpenShiftVersion" {
		return c.Kind == Removed || minorOf(c.Change.New) > minorOf(c.Change.Old)
	}
	from, to, ok := kube.OpenShiftRange(text(c.Change.Old, ""))
	first, last, valid := kube.OpenShiftRange(text(c.Change.New, ""))
	return ok && valid && first <= from && last >= to
}

// minorOf is the second number of a version of OpenShift, such as 4.16.
func minorOf(version any) int {
	_, minor, _ := strings.Cut(fmt.Sprint(version), ".")
	n, _ := strconv.Atoi(strings.Trim(minor, `"]`))
	return n
}

// requirement reports whether a change of something needed is more than words about it.
func requirement(c *Case) bool {
	last := c.Path[len(c.Path)-1]
	return last != "displayName" && last != "description"
}

// kubernetesOf are the versions of Kubernetes that an operator runs on: all where it names none.
func kubernetesOf(o *model.Operator) kube.Versions {
	versions, _ := kube.ParseVersions(o.Kubernetes)
	return versions
}
