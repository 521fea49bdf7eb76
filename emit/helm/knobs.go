package helm

import (
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/kube"
)

// duration is a time as Prometheus writes it.
const duration = `([0-9]+(ms|[smhdwy]))+`

// serviceMonitor lets the installer fit it to the selectors of a Prometheus, and returns its further labels.
func (c *chart) serviceMonitor(o model.Tree) *tree.Expr {
	g := c.values.group("", "serviceMonitor")
	meta := kube.Map(o["metadata"])
	own := kube.Map(meta["labels"])
	taken := append(c.standardKeys(), slices.Sorted(maps.Keys(c.ownLabels(own)))...)
	labels := g.add(value{
		def: model.Tree{}, schema: without(stringsByName(), taken), required: true,
		doc: "Additional labels for the ServiceMonitor, such as those that a Prometheus selects.",
	}, "labels").expr()
	interval := g.add(value{def: "", schema: optional(duration), doc: "Scrape interval, such as 30s. Default: that of Prometheus."}, "interval")
	timeout := g.add(value{def: "", schema: optional(duration), doc: "Scrape timeout. Default: that of Prometheus."}, "scrapeTimeout")
	relabelings := g.add(value{def: []any{}, schema: objects(), doc: "Relabeling rules for targets, as in a ServiceMonitor."}, "relabelings")
	metricRelabelings := g.add(value{def: []any{}, schema: objects(), doc: "Relabeling rules for metrics, as in a ServiceMonitor."}, "metricRelabelings")
	honor := g.add(value{def: false, schema: ofType("boolean"), doc: "Keep labels of the metrics that conflict with labels that Prometheus adds."}, "honorLabels").expr()
	list := kube.List(model.At(o, "spec", "endpoints"))
	for i, e := range list {
		cond, v := model.Condition(e)
		endpoint := kube.Map(v)
		endpoint = maps.Clone(endpoint)
		for _, knob := range []*value{interval, timeout} {
			endpoint[knob.name()] = guarded{tree.If(knob.expr()), tree.Scalar{Expr: knob.expr().To("quote")}}
		}
		for _, knob := range []*value{relabelings, metricRelabelings} {
			endpoint[knob.name()] = guarded{tree.If(knob.expr()), tree.Block{Expr: tree.Call("toYaml", knob.expr())}}
		}
		if endpoint["honorLabels"] == nil {
			endpoint["honorLabels"] = guarded{tree.If(honor), tree.Scalar{Expr: honor}}
		}
		list[i] = model.When(cond, endpoint)
	}
	return &labels
}

// metricsService lets the installer choose how the Service of the metrics is reached, and returns its annotations.
func (c *chart) metricsService(o model.Tree) *value {
	g := c.values.group("Service of the metrics.", "metrics", "service")
	kind := g.add(value{def: "", schema: choice("", "ClusterIP", "NodePort", "LoadBalancer"), doc: "Type of the Service. Default: ClusterIP."}, "type").expr()
	spec := kube.Map(o["spec"])
	if spec["type"] == nil {
		spec["type"] = guarded{tree.If(kind), tree.Scalar{Expr: kind}}
	}
	ports := kube.List(spec["ports"])
	if port, ok := ports[0].(map[string]any); ok && len(ports) == 1 && plain(port["port"]) {
		port["port"] = tree.Scalar{Expr: g.add(value{def: port["port"], schema: map[string]any{"type": "integer", "minimum": 1, "maximum": 65535}, doc: "Port of the Service."}, "port").expr().To("int")}
	}
	return g.add(value{def: model.Tree{}, schema: stringsByName(), doc: "Annotations of the Service."}, "annotations")
}

// disruption lets the installer choose minAvailable or maxUnavailable, of which Kubernetes takes one. The one that is
// not the default wins where it is set.
func (c *chart) disruption(o model.Object) {
	spec := kube.Map(o.Tree["spec"])
	usual, other := "maxUnavailable", "minAvailable"
	if _, ok := spec[other]; ok {
		usual, other = other, usual
	}
	if !plain(spec[usual]) {
		return
	}
	amount := func() map[string]any {
		return map[string]any{"anyOf": []any{number(0), pattern(`^[0-9]+%$`), ofType("null")}}
	}
	docs := map[string]string{
		"maxUnavailable": "Number or percentage of pods that may be unavailable.", "minAvailable": "Number or percentage of pods that must stay available.",
	}
	g := c.values.group("", "podDisruptionBudget")
	first := g.add(value{def: spec[usual], from: o.From, schema: amount(), doc: docs[usual]}, usual).expr()
	second := g.add(value{schema: amount(), doc: docs[other] + " If set, it replaces " + usual + "."}, other).expr()
	unset := tree.If(tree.Call("kindIs", tree.Text("invalid"), second))
	spec[usual] = guarded{unset, tree.Scalar{Expr: first.To("toJson")}}
	spec[other] = guarded{unset.Not(), tree.Scalar{Expr: second.To("toJson")}}
}

// networkPolicy lets the installer choose who reaches a port.
func (c *chart) networkPolicy(o model.Object) {
	on, _ := o.When.Split()
	on = slices.DeleteFunc(on, func(name string) bool { return name == "networkPolicy" })
	rules := kube.List(model.At(o.Tree, "spec", "ingress"))
	if len(on) != 1 || len(rules) != 1 {
		return
	}
	rule := kube.Map(rules[0])
	if !plain(rule["from"]) {
		return
	}
	may := map[string]string{"metrics": "read metrics", "webhook": "call webhooks"}[on[0]]
	v := c.values.group("", "networkPolicy").add(value{
		def: rule["from"], from: o.From, schema: objects(), doc: "Peers that may " + may + ", as in a NetworkPolicy. Empty: all.",
	}, on[0]+"From")
	rule["from"] = guarded{tree.If(v.expr()), tree.Block{Expr: tree.Call("toYaml", v.expr())}}
}
