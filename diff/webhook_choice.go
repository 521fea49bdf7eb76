package diff

import (
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// choosesMore reports whether a webhook sees requests by a changed selector, condition or match policy that it did not see
// before. Expressions that changed can't be compared.
func choosesMore(c *Case) bool {
	old, new := hookTree(c.Old, c.Named["webhook"]), hookTree(c.New, c.Named["webhook"])
	switch what := c.Named["what"]; what {
	case "matchPolicy":
		return old[what] == "Exact"
	case "matchConditions":
		was := kube.List(old[what])
		is := kube.List(new[what])
		return len(is) < len(was)
	case "namespaceSelector", "objectSelector":
		is := selectorTerms(fields(new[what]))
		return slices.ContainsFunc(selectorTerms(fields(old[what])), func(r term) bool {
			return !slices.ContainsFunc(is, r.holdsWhere)
		})
	}
	return false
}

// hookTree is a webhook by its name, described as one or in a configuration that is an object.
func hookTree(o *model.Operator, name string) model.Tree {
	for _, h := range o.Webhooks.Hooks {
		if h.Name == name {
			return h.Tree
		}
	}
	for _, obj := range o.Objects {
		list := kube.List(obj.Tree["webhooks"])
		for _, e := range list {
			if t := fields(e); t["name"] == name && kube.IsWebhookConfiguration(obj.Kind()) {
				return t
			}
		}
	}
	return nil
}

// term is a requirement of a label selector.
type term struct {
	key, operator string
	values        []string
}

func selectorTerms(selector model.Tree) []term {
	var out []term
	labels := fields(selector["matchLabels"])
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		out = append(out, term{key, "In", []string{canonical(labels[key])}})
	}
	list := kube.List(selector["matchExpressions"])
	for _, e := range list {
		x := fields(e)
		out = append(out, term{text(x["key"], ""), text(x["operator"], ""), words(x["values"])})
	}
	return out
}

// holdsWhere reports whether r holds for all objects for which another term does.
func (r term) holdsWhere(other term) bool {
	if r.key != other.key {
		return false
	}
	inOther := func(v string) bool { return slices.Contains(other.values, v) }
	inThis := func(v string) bool { return slices.Contains(r.values, v) }
	switch r.operator + " " + other.operator {
	case "In In":
		return !slices.ContainsFunc(other.values, func(v string) bool { return !inThis(v) })
	case "NotIn NotIn":
		return !slices.ContainsFunc(r.values, func(v string) bool { return !inOther(v) })
	case "NotIn In":
		return !slices.ContainsFunc(r.values, inOther)
	case "Exists In", "NotIn DoesNotExist":
		return true
	}
	return r.operator == other.operator && slices.Equal(r.values, other.values)
}
