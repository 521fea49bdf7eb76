package verify

import (
	"strings"

	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/bundle"
	"github.com/opc-project/opc/verify/judge"
)

// Judges lists all that speaks in a proof, with the rules that its findings are told by, in the order in which it is
// documented.
func Judges() []judge.Entry {
	entry := func(name, doc string, codes ...diag.Code) judge.Entry {
		return judge.Entry{Name: name, Doc: doc, Codes: codes}
	}
	return append(judge.Doc(),
		entry("helm lint", "Runs helm lint --strict, with the values schema.", diag.ChartLint),
		entry("renderings", "Renders the chart with its switches: each alone, all on, all off, and in pairs.", diag.NotRendered, diag.ChartValues),
		entry("releases", "Renders two releases of the chart in one namespace, with the longest names that Helm allows.", diag.ChartCollides),
		entry("charts of others", "In charts from other tools, reports CustomResourceDefinitions that helm uninstall deletes, and values without a schema.", diag.ChartForgets, diag.ChartUnchecked),
		entry("kustomize", "Builds the base and each overlay as kubectl apply -k does.", diag.NotRendered, diag.LeadsNowhere),
		entry("Dockerfiles", "Parses Dockerfiles with BuildKit.", diag.NotRendered),
		entry("OLM", "Checks that OLM supports the kinds in the bundle, and expands webhooks, certificates and service accounts as OLM does.",
			diag.BundleInvalid, diag.BundleKind, diag.BundleQuality, diag.WebhookUncalled, diag.LeadsNowhere),
		entry("OLM's validators", "Runs "+strings.Join(bundle.Validators(), ", ")+".", diag.BundleInvalid, diag.BundleQuality),
		entry("OLM v1", "With the profile olm-v1, reports install modes, dependencies and everything else that OLM v1 does not support.", diag.NoOLMv1),
		entry("catalogs", "Loads the catalog as opm validate does, compares it with the entry that operator-registry creates from the bundle, and reports edges to versions that do not exist.",
			diag.CatalogDiffers, diag.CatalogRefused, diag.ReleaseGraph),
		entry("chart values", "Checks that each value in the values schema has a default, and that the pod of helm test is configured like the operator's pods.", diag.MetadataDiffers),
		entry("equality", "Compares what each installer installs (see above).", diag.NotEqual),
	)
}
