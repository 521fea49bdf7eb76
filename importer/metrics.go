package importer

import (
	"slices"
	"strconv"
	"strings"
)

// metrics reports how the manager serves metrics, and the arguments that opc makes for it: as opc would have it only if
// the source has the objects too that opc would make. What it makes beside them is found by comparing.
func (d *draft) metrics(w *workload, args []string) (setting tree, made []string) {
	i := slices.IndexFunc(args, func(a string) bool { return strings.HasPrefix(a, metricsFlag+"=:") })
	service := d.find("", "Service", w.name+metricsServiceSuffix)
	if i < 0 || service == nil || d.raw["metrics"] {
		return nil, nil
	}
	port, err := strconv.ParseInt(strings.TrimPrefix(args[i], metricsFlag+"=:"), 10, 32)
	if err != nil || port < 1 || port > 65535 {
		return nil, nil
	}
	setting = tree{}
	standard := int64(8443)
	made = []string{args[i]}
	if insecure := "--metrics-secure=false"; slices.Contains(args, insecure) {
		made, standard, setting["secure"] = append(made, insecure), 8080, false
	} else {
		reader := d.find("rbac.authorization.k8s.io", "ClusterRole", d.prefix+metricsReaderSuffix)
		if reader == nil || !holdsAll(d.rules("clusterPermissions", account(w.pod)), metricsAuthRules()) {
			return nil, nil
		}
		d.make(reader)
	}
	d.make(service)
	if port != standard {
		setting["port"] = port
	}
	if monitor := d.find("monitoring.coreos.com", "ServiceMonitor", w.name+metricsMonitorSuffix); monitor != nil && !d.raw["serviceMonitor"] {
		setting["serviceMonitor"] = true
		d.make(monitor)
	}
	// kubebuilder makes the Certificate always, and leaves it to the user whether the manager mounts it.
	mounted := slices.ContainsFunc(trees(w.pod["volumes"]), func(v tree) bool { return v["name"] == metricsCertsVolume })
	if mounted && setting["secure"] == nil && d.find("cert-manager.io", "Certificate", d.prefix+metricsCertsSuffix) != nil {
		setting["certificates"] = "cert-manager"
	}
	return setting, made
}

// make notes that opc makes an object of the source by itself, unless what it makes was found to differ.
func (d *draft) make(o *document) { d.made[o] = !d.unlike[o] }

// guards says whether NetworkPolicies and a PodDisruptionBudget stand beside the manager.
func (d *draft) guards(w *workload, out tree, metrics bool) {
	if policies := d.policies(metrics); len(policies) > 0 && !d.raw["networkPolicy"] {
		out["networkPolicy"] = true
		for _, p := range policies {
			d.make(p)
		}
	}
	budget := d.find("policy", "PodDisruptionBudget", w.name)
	if budget == nil || d.raw["podDisruptionBudget"] || !w.kind.Replicas {
		return
	}
	d.make(budget)
	spec := clone(object(d.src.normal[budget]["spec"]))
	if same("selector", get(spec, "selector", "matchLabels"), get(w.entry, "spec", "selector", "matchLabels")) {
		delete(spec, "selector")
	}
	out["podDisruptionBudget"] = spec
	if same("spec", spec, tree{"maxUnavailable": int64(1)}) {
		out["podDisruptionBudget"] = true
	}
}

// policies are the NetworkPolicies of the source that opc makes together, or none where one of them is not there.
func (d *draft) policies(metrics bool) []*document {
	var out []*document
	for _, p := range []struct {
		suffix string
		needed bool
	}{{"-allow-metrics-traffic", metrics}, {"-allow-webhook-traffic", d.servesWebhooks()}} {
		if !p.needed {
			continue
		}
		policy := d.find("networking.k8s.io", "NetworkPolicy", d.prefix+p.suffix)
		if policy == nil {
			return nil
		}
		out = append(out, policy)
	}
	return out
}

// servesWebhooks reports whether the manager serves the webhooks of the description.
func (d *draft) servesWebhooks() bool {
	hooks := object(d.spec["webhooks"])
	return hooks != nil && hooks["workload"] == nil
}
