package helm

import (
	"fmt"
	"path"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/schema/diag"
)

// objects writes a template for each object.
func (c *chart) objects() {
	c.workloadAccounts()
	c.certificateSecrets()
	for _, o := range c.m.Objects {
		when, possible := c.guard(o.When)
		if !possible || o.Each && !c.known[model.AtomWatchSome] && !c.watches {
			continue
		}
		c.tooEarly(o)
		o.Tree = model.Clone(o.Tree)
		also, labels := c.decorate(o)
		when = when.And(also)
		c.labels(o.Tree, labels)
		c.selectors(o.Tree, o.Role)
		body, _ := c.fields(o.Tree, nil)
		doc := tree.Document{When: when, Body: body}
		if o.Each {
			list := c.watched()
			doc.Each, doc.As = &list, each
		}
		c.add(c.templateName(o), tree.Print(doc), emit.ObjectOrigins(o)...)
	}
}

// decorate adds the knobs of an object, and returns where it stands besides its own condition, and a value with further
// labels.
func (c *chart) decorate(o model.Object) (when tree.Guard, labels *tree.Expr) {
	if strings.HasPrefix(o.APIVersion(), "rbac.authorization.k8s.io/") {
		c.values.group("RBAC.", "rbac")
		if c.values.at("rbac", "create") == nil {
			c.values.add(value{
				def: true, schema: ofType("boolean"), doc: "Create roles and bindings. If false, create them yourself.",
			}, "rbac", "create")
		}
		when = tree.If(tree.Value("rbac", "create"))
	}
	switch o.Role {
	case model.RoleWorkload:
		for _, w := range c.m.Workloads {
			if w.Is(o) {
				c.workload(w, o.Tree)
			}
		}
	case model.RoleServiceAccount:
		when = c.serviceAccount(o)
	case model.RoleServiceMonitor:
		labels = c.serviceMonitor(o.Tree)
	case model.RoleDisruptionLimit:
		c.disruption(o)
	case model.RoleNetworkPolicy:
		c.networkPolicy(o)
	}
	var annotations []*value
	if o.Calls {
		c.webhookConfiguration(o.Tree)
		annotations = append(annotations, c.webhookAnnotations())
	}
	if o.Role == model.RoleMetricsService {
		annotations = append(annotations, c.metricsService(o.Tree))
	}
	c.accountNames(o.Tree, nil)
	c.secretNames(o.Tree, nil)
	c.annotations(o.Tree, annotations...)
	return when, labels
}

// tooEarly finds objects of the operator's own APIs. Helm looks up the kinds of all templates before it installs the
// first, so it refuses one whose definition is a template too.
func (c *chart) tooEarly(o model.Object) {
	group, _, _ := strings.Cut(o.APIVersion(), "/")
	for _, crd := range c.m.CRDs {
		if crd.Group == group && crd.Kind == o.Kind() && c.m.Helm.CRDs != "crds" {
			c.diags = append(c.diags, diag.Warnf(diag.NotExpressible, o.From,
				"Helm can't install the %s %s together with its CustomResourceDefinition, which is a template too", o.Kind(), c.plainName(o.Name())).
				WithHint(`set helm.crds: "crds", which Helm installs first, or let people make the object`))
		}
	}
}

// folders are where templates stand, by the role of their object.
var folders = map[model.Role]string{
	model.RoleWorkload: "manager", model.RoleServiceAccount: "rbac", model.RoleRBAC: "rbac", model.RoleUserRBAC: "rbac",
	model.RoleWebhookService: "webhook", model.RoleWebhook: "webhook", model.RoleCertificate: "cert-manager",
	model.RoleMetricsService: "metrics", model.RoleServiceMonitor: "metrics", model.RoleNetworkPolicy: "network-policy",
	model.RoleDisruptionLimit: "manager", model.RoleExtra: "extra",
}

// templateName names the file of an object: without the prefix that all names have, and with the kind and a number
// where a name is taken.
func (c *chart) templateName(o model.Object) string {
	base := o.File
	if rest := strings.TrimPrefix(base, c.m.NamePrefix+"-"); c.m.NamePrefix != "" && rest != "" {
		base = rest
	}
	name := path.Join("templates", folders[o.Role], base+".yaml")
	for n := 1; c.taken(name); n++ {
		name = path.Join("templates", folders[o.Role], base+"-"+strings.ToLower(o.Kind())+".yaml")
		if n > 1 {
			name = path.Join("templates", folders[o.Role], fmt.Sprintf("%s-%s-%d.yaml", base, strings.ToLower(o.Kind()), n))
		}
	}
	return name
}

func (c *chart) taken(name string) bool {
	for _, other := range c.files.Names() {
		if strings.EqualFold(other, path.Join("chart", name)) {
			return true
		}
	}
	return false
}
