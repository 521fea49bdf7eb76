package helm

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/kube"
)

// account is the service account of a workload.
type account struct {
	Name    string // as the model has it
	Helper  string // the template that gives it
	At      []string
	Default tree.Expr // its name where the values say none
}

// workloadAccounts finds the service accounts that workloads run as.
func (c *chart) workloadAccounts() {
	for _, w := range c.m.Workloads {
		own := slices.ContainsFunc(c.m.Objects, func(o model.Object) bool { return o.Role == model.RoleServiceAccount && o.Name() == w.Account })
		seen := slices.ContainsFunc(c.accounts, func(a account) bool { return a.Name == w.Account })
		if !own || seen {
			continue
		}
		var at []string
		if w.Key != "manager" {
			at = []string{"workloads", w.Key}
		}
		name := tree.Text(w.Account)
		if model.HasExpr(w.Account) {
			name = c.text(w.Account)
		}
		c.accounts = append(c.accounts, account{Name: w.Account, Helper: helperFor(at, "serviceAccountName"), At: append(at, "serviceAccount"), Default: name})
	}
}

// accountNames lets what refers to a workload's service account follow the value that names it.
func (c *chart) accountNames(v any, path []string) {
	t := kube.Map(v)
	for k, e := range t {
		switch x := e.(type) {
		case map[string]any:
			c.accountNames(x, append(path, k))
		case []any:
			for _, item := range x {
				c.accountNames(item, append(path, k))
			}
		case string:
			subject := k == "name" && len(path) > 0 && path[len(path)-1] == "subjects" && t["kind"] == "ServiceAccount"
			if !subject && k != "serviceAccountName" {
				continue
			}
			if i := slices.IndexFunc(c.accounts, func(a account) bool { return a.Name == x }); i >= 0 {
				t[k] = tree.Scalar{Expr: c.include(c.accounts[i].Helper).To("quote")}
			}
		}
	}
}

// serviceAccount lets the installer bring the service account of a workload.
func (c *chart) serviceAccount(o model.Object) tree.Guard {
	i := slices.IndexFunc(c.accounts, func(a account) bool { return a.Name == o.Name() })
	if i < 0 {
		return tree.Guard{}
	}
	at := c.accounts[i].At
	g := c.values.group("Service account of the pods.", at...)
	g.add(value{def: true, schema: ofType("boolean"), doc: "Create the service account."}, "create")
	g.add(value{def: "", schema: ofType("string"), doc: "Name of the service account. Default: derived from the release name, or \"default\" if create is false."}, "name")
	meta := kube.Map(o.Tree["metadata"])
	c.knob(meta, at, o.From, knob{"annotations", "annotations", stringsByName, "Annotations of the service account, such as those for a cloud IAM role."})
	if o.Tree["automountServiceAccountToken"] == nil {
		mount := g.add(value{def: true, schema: ofType("boolean"), doc: "Mount the service account token into pods."}, "automount").expr()
		o.Tree["automountServiceAccountToken"] = guarded{tree.If(mount).Not(), tree.Plain{Value: false}}
	}
	meta["name"] = tree.Scalar{Expr: c.include(c.accounts[i].Helper).To("quote")}
	return tree.If(tree.Value(append(slices.Clone(at), "create")...))
}

// helperFor names a template that each workload or container has.
func helperFor(at []string, name string) string {
	if len(at) > 0 && at[0] == "workloads" {
		at = at[1:]
	}
	return strings.Join(append(slices.Clone(at), name), ".")
}
