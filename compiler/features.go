package compiler

import (
	"maps"
	"regexp"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// The built-in features. Their order is the order in which kustomize components apply.
const (
	featureMetrics        = "metrics"
	featureCertManager    = "certManager"
	featureServiceMonitor = "serviceMonitor"
	featureNetworkPolicy  = "networkPolicy"
	featureDisruption     = "podDisruptionBudget"
	featureWebhook        = "webhook"
)

var camelCase = regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)

// features lists what can be switched as a whole: the built-in ones that make sense for this operator, then its own.
func (s *state) features() {
	mt := s.metricsSpec()
	if mt != nil {
		s.feature(featureMetrics, "/manager/metrics", "Serve the operator's metrics.", deref(mt.Enabled, true), true)
	}
	if s.usesCertManager() {
		s.feature(featureCertManager, "/webhooks/certificates", "Create serving certificates with cert-manager.", true, false)
	}
	if mt != nil {
		s.feature(featureServiceMonitor, "/manager/metrics/serviceMonitor", "Create a ServiceMonitor for the Prometheus Operator.",
			deref(mt.ServiceMonitor, false), true, featureMetrics)
	}
	if mt != nil || s.hasWebhooks() {
		s.feature(featureNetworkPolicy, "/manager/networkPolicy", "Create a NetworkPolicy that restricts access to the operator.", deref(s.manager.NetworkPolicy, false), true)
	}
	if s.interruptible() {
		s.feature(featureDisruption, "/manager/podDisruptionBudget", "Create a PodDisruptionBudget for the operator.",
			s.manager.Disruption != nil && s.manager.Disruption.On, true)
	}
	if s.hasWebhooks() {
		s.feature(featureWebhook, "/webhooks", "Register the operator's webhooks.", deref(s.spec.Webhooks.Enabled, true), true)
	}
	for _, name := range s.ownFeatures() {
		s.ownFeature(name, s.spec.Features[name])
	}
	s.checkRequires()
}

// ownFeatures lists the names of the operator's own features, each after those that it requires: what a feature adds to
// a list stands behind what it builds upon, as kustomize components can only add it.
func (s *state) ownFeatures() []string {
	var out []string
	visited := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		f, own := s.spec.Features[name]
		if !own || visited[name] {
			return
		}
		visited[name] = true
		for _, need := range slices.Sorted(slices.Values(f.Requires)) {
			visit(need)
		}
		out = append(out, name)
	}
	for _, name := range slices.Sorted(maps.Keys(s.spec.Features)) {
		visit(name)
	}
	return out
}

func (s *state) feature(name string, from diag.Path, doc string, enabled, olm bool, requires ...string) {
	s.m.Features = append(s.m.Features, model.Feature{
		Node: model.Node{From: from}, Name: name, Doc: doc, Enabled: enabled, OLM: olm, Requires: requires, Builtin: true,
	})
}

func (s *state) ownFeature(name string, f schema.Feature) {
	at := diag.Path("/features").Child(name)
	if !camelCase.MatchString(name) {
		s.add(diag.Errorf(diag.BadValue, at, "%q is not the name of a feature: expected camelCase", name).WithHint("write it like networkPolicy: it becomes a Helm value"))
	}
	if s.has(name) {
		s.errorf(diag.DuplicateName, at, "the feature %s is built in", name)
		return
	}
	s.m.Features = append(s.m.Features, model.Feature{
		Node: model.Node{From: at}, Name: name, Doc: f.Description, Enabled: f.Enabled, OLM: deref(f.OLM, true), Requires: f.Requires,
	})
}

func (s *state) checkRequires() {
	for _, f := range s.m.Features {
		for i, name := range f.Requires {
			j := slices.IndexFunc(s.m.Features, func(g model.Feature) bool { return g.Name == name })
			at := f.From.Child("requires").Index(i)
			switch {
			case j < 0:
				s.errorf(diag.UnknownName, at, "the feature %s requires %s, which does not exist", f.Name, name)
			case f.Enabled && !s.m.Features[j].Enabled:
				s.add(diag.Errorf(diag.Conflict, at, "the feature %s is on by default, but %s, which it requires, is off", f.Name, name).
					WithHint("switch %s on, or %s off", name, f.Name))
			}
		}
	}
}

// metricsSpec returns the settings of the manager's metrics, or nil where it serves none.
func (s *state) metricsSpec() *schema.Metrics {
	if s.manager.None {
		return nil
	}
	mt := s.manager.Metrics
	if mt == nil && plain(&s.manager.Workload) {
		return nil
	}
	if mt == nil {
		return &schema.Metrics{}
	}
	if mt.Off {
		return nil
	}
	return mt
}

func (s *state) hasWebhooks() bool {
	w := s.spec.Webhooks
	return w != nil && len(w.From)+len(w.Hooks)+len(w.Conversion) > 0
}

// webhookCertificates is who makes the webhooks' certificate.
func (s *state) webhookCertificates() string {
	if !s.hasWebhooks() {
		return ""
	}
	if c := s.spec.Webhooks.Certificates; c != "" {
		return c
	}
	return model.CertManager
}

func (s *state) metricsCertificates() bool {
	mt := s.metricsSpec()
	return mt != nil && deref(mt.Secure, true) && mt.Certificates == model.CertManager
}

func (s *state) usesCertManager() bool {
	return s.webhookCertificates() == model.CertManager || s.metricsCertificates()
}
