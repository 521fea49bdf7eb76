package compiler

import (
	"github.com/opc-project/opc/schema/diag"
)

// listeners finds two servers of the manager on one port: the second one can't listen there, and the program ends.
func (s *state) listeners() {
	type listener struct {
		what string
		port int64
		at   diag.Path
		set  bool // by the description
	}
	var all []listener
	if mt := s.metricsSpec(); mt != nil {
		all = append(all, listener{"metrics", s.metricsPort(), "/manager/metrics/port", mt.Port != 0})
	}
	if h := s.health(); h != nil {
		all = append(all, listener{"health probes", h.Port, "/manager/health/port", s.manager.Health != nil && s.manager.Health.Port != 0})
	}
	if s.servesWebhooks("manager") {
		all = append(all, listener{"webhooks", s.m.Webhooks.Port, "/webhooks/port", s.spec.Webhooks.Port != 0})
	}
	for i, l := range all {
		for _, other := range all[:i] {
			if l.port != other.port {
				continue
			}
			first, second := other, l
			if !second.set {
				first, second = l, other
			}
			s.add(diag.Errorf(diag.Conflict, second.at, "the manager serves %s and %s on port %d: it can listen there only once", second.what, first.what, l.port).
				WithHint("set another port"))
		}
	}
}
