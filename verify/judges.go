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
		entry("helm lint", "Helm's linter, as with --strict and the values schema.", diag.ChartLint),
		entry("renderings", "The chart rendered over its switches: each alone, all on, all off, and pairs.", diag.NotRendered, diag.ChartValues),
		entry("releases", "Two releases of the chart in one namespace, with names as long as Helm allows.", diag.ChartCollides),
		entry("charts of others", "Definitions that helm uninstall deletes, and values that no schema checks.", diag.ChartForgets, diag.ChartUnchecked),
		entry("kustomize", "The base and each overlay, as kubectl apply -k builds them.", diag.NotRendered, diag.LeadsNowhere),
		entry("Dockerfiles", "BuildKit's own parser.", diag.NotRendered),
		entry("OLM", "Kinds that OLM installs, and what it makes of webhooks, certificates and accounts.",
			diag.BundleInvalid, diag.BundleKind, diag.BundleQuality, diag.WebhookUncalled, diag.LeadsNowhere),
		entry("OLM's validators", strings.Join(bundle.Validators(), ", ")+".", diag.BundleInvalid, diag.BundleQuality),
		entry("OLM v1", "Install modes, dependencies and the rest that OLM v1 can't install, where the profile asks.", diag.NoOLMv1),
		entry("catalogs", "The catalog as opm validate converts it, against what operator-registry makes of the bundle; edges that lead nowhere.",
			diag.CatalogDiffers, diag.CatalogRefused, diag.ReleaseGraph),
		entry("chart values", "A default for each value in the values schema, and a pod for helm test that is configured like the operator's pods.", diag.MetadataDiffers),
		entry("equality", "What each installer leaves (above).", diag.NotEqual),
	)
}
