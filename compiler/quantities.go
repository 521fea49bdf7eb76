package compiler

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// quantities holds the resources of a container against Kubernetes' own reading of quantities: what an overlay says in one
// place stands in several artifacts.
func (s *state) quantities(resources map[string]any, at diag.Path) {
	for _, field := range []string{"limits", "requests"} {
		amounts := kube.Map(resources[field])
		for _, name := range slices.Sorted(maps.Keys(amounts)) {
			text, _ := scalarText(amounts[name])
			if _, err := resource.ParseQuantity(text); err != nil {
				s.errorf(diag.BadValue, at.Child(field).Child(name), "%q is no quantity: expected a number with a unit that Kubernetes knows, such as 100m or 64Mi", text)
			}
		}
	}
}
