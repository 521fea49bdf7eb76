package diff

import (
	"cmp"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// aggregated reports whether a role became dangerous to add to a built-in role, such as view, which many users have.
func aggregated(c *Case) bool {
	builtIn, risk := aggregatedRisk(c.New, c.Named["role"])
	if _, before := aggregatedRisk(c.Old, c.Named["role"]); risk == "" || risk == before {
		return false
	}
	c.Named["what"], c.Named["risk"] = builtIn, risk
	return true
}

const aggregateTo = "rbac.authorization.k8s.io/aggregate-to-"

// aggregatedRisk is the first reason why a role is dangerous in the built-in role that it is added to.
func aggregatedRisk(o *model.Operator, role string) (builtIn, risk string) {
	scope := o.Scope(o.DefaultOverlay())
	for _, obj := range o.Objects {
		if obj.Kind() != "ClusterRole" || scope.String(obj.Name()) != role {
			continue
		}
		labels := fields(model.At(obj.Tree, "metadata", "labels"))
		for _, to := range []string{"view", "edit", "admin"} {
			if text(labels[aggregateTo+to], "") != "true" {
				continue
			}
			if risk := riskOf(obj, to); risk != "" {
				return to, risk
			}
		}
	}
	return "", ""
}

func riskOf(role model.Object, builtIn string) string {
	rules := kube.List(role.Tree["rules"])
	for _, r := range rules {
		for _, group := range words(fields(r)["apiGroups"]) {
			for _, resource := range words(fields(r)["resources"]) {
				for _, verb := range words(fields(r)["verbs"]) {
					if risk := kube.AggregatedRisk(builtIn, cmp.Or(group, coreGroup), strings.ToLower(resource), verb); risk != "" {
						return risk
					}
				}
			}
		}
	}
	return ""
}
