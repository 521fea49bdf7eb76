package compiler

import (
	"github.com/opc-project/opc/compiler/model"
)

// metrics makes the Service of the manager's metrics, what guards them, and the ServiceMonitor.
func (s *state) metrics() {
	mt := s.metricsSpec()
	if mt == nil {
		return
	}
	secure := deref(mt.Secure, true)
	s.m.Metrics = &model.Metrics{Node: model.Node{From: "/manager/metrics"}, Port: s.metricsPort(), Secure: secure}
	scheme := "http"
	if secure {
		scheme = "https"
	}
	s.addObject(model.Object{
		Node: model.Node{From: "/manager/metrics"}, Role: model.RoleMetricsService, File: s.plainName(s.metricsService()), When: model.All(featureMetrics),
		Tree: model.Tree{
			"apiVersion": "v1", "kind": "Service", "metadata": s.metadata(s.metricsService(), s.managerLabels()),
			"spec": map[string]any{
				"ports":    []any{map[string]any{"name": scheme, "port": s.metricsPort(), "protocol": "TCP", "targetPort": s.metricsPort()}},
				"selector": s.managerSelector(),
			},
		},
	})
	if secure {
		s.metricsReader()
	}
	s.serviceMonitor(scheme)
}

func (s *state) managerName() string { return s.workloadName(&s.manager.Workload, "manager") }

func (s *state) metricsService() string { return s.managerName() + "-metrics-service" }

// metricsReader is for the people who scrape: bind it to the service account of the scraper.
func (s *state) metricsReader() {
	name := s.ownName("-metrics-reader")
	s.addObject(model.Object{
		Node: model.Node{From: "/manager/metrics"}, Role: model.RoleUserRBAC, File: s.plainName(name), When: model.All(featureMetrics), Cluster: true, Verbatim: true,
		Tree: model.Tree{
			"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": s.clusterMetadata(name, nil),
			"rules": []any{map[string]any{"nonResourceURLs": []any{"/metrics"}, "verbs": []any{"get"}}},
		},
	})
}

func (s *state) serviceMonitor(scheme string) {
	endpoint := func(tls map[string]any) map[string]any {
		e := map[string]any{"path": "/metrics", "port": scheme, "scheme": scheme}
		if scheme == "https" {
			e["bearerTokenFile"] = "/var/run/secrets/kubernetes.io/serviceaccount/token"
			e["tlsConfig"] = tls
		}
		return e
	}
	endpoints := []any{endpoint(map[string]any{"insecureSkipVerify": true})}
	if s.metricsCertificates() {
		secret := func(key string) map[string]any { return map[string]any{"key": key, "name": metricsSecret} }
		endpoints = []any{
			model.When(model.All("!"+featureCertManager), endpoints[0]),
			model.When(model.All(featureCertManager), endpoint(map[string]any{
				"ca": map[string]any{"secret": secret("ca.crt")}, "cert": map[string]any{"secret": secret("tls.crt")}, "keySecret": secret("tls.key"),
				"insecureSkipVerify": false, "serverName": s.metricsService() + "." + model.Namespace() + ".svc",
			})),
		}
	}
	name := s.managerName() + "-metrics-monitor"
	s.addObject(model.Object{
		Node: model.Node{From: "/manager/metrics"}, Role: model.RoleServiceMonitor, File: s.plainName(name), When: model.All(featureMetrics, featureServiceMonitor),
		Tree: model.Tree{
			"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": s.metadata(name, s.managerLabels()),
			"spec": map[string]any{"endpoints": endpoints, "selector": map[string]any{"matchLabels": s.managerSelector()}},
		},
	})
}
