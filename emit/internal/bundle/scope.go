package bundle

import (
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// featureCertManager is the built-in feature that a bundle never has: OLM refuses cert-manager's objects, and makes the
// webhooks' certificates itself.
const featureCertManager = "certManager"

// scopeOf is what OLM knows when it installs: parameters and images at their defaults, the features that are on by
// default and meant for OLM, and no label that names an installer, since OLM sets labels of its own.
func (b *builder) scopeOf() model.Scope {
	scope := b.m.Scope(b.m.DefaultOverlay())
	scope.ManagedBy = ""
	on := map[string]bool{model.AtomOLM: true, model.AtomWatchSome: scope.On[model.AtomWatchSome]}
	for _, p := range b.m.Parameters {
		atom := model.AtomGiven(p.Name)
		on[atom] = scope.On[atom]
	}
	for _, f := range b.m.Features {
		on[f.Name] = f.Enabled && f.OLM && f.Name != featureCertManager
	}
	for changed := true; changed; {
		changed = false
		for _, f := range b.m.Features {
			if missing := unmet(f, on); on[f.Name] && missing != "" {
				on[f.Name], changed = false, true
				b.diags = append(b.diags, diag.Warnf(diag.NotExpressible, f.From,
					"the feature %s is left out of the OLM bundle: it requires %s, which the bundle does not have", f.Name, missing).
					WithHint("say olm: false for the feature, if that is meant"))
			}
		}
	}
	scope.On = on
	return scope
}

// unmet names a feature that another requires and that is off, or "".
func unmet(f model.Feature, on map[string]bool) string {
	for _, name := range f.Requires {
		if !on[name] {
			return name
		}
	}
	return ""
}
