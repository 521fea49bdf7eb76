package judge

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// rollout holds that pods are replaced in a way that the kind of their owner has.
func rollout(s *Subject, report Report) {
	kind, ok := kube.Workload(s.Object.Kind())
	if !ok {
		return
	}
	said := kube.Text(kube.At(s.Object.Tree, "spec", kind.Rollout, "type"))
	if ways := kind.Rollouts; said != "" && !slices.Contains(ways, any(said)) {
		report.error(s.Object, diag.InvalidObject, "/spec/"+kind.Rollout+"/type", "%s.type of a %s is %q: expected %s or %s", kind.Rollout, kind.Kind, said, ways[0], ways[1])
	}
}

// claims holds the volume claims that a StatefulSet makes for each pod against what the API server asks of claims, and adds
// them to the pod's volumes, which they replace.
func (j *podJudge) claims(volumes map[string]bool) {
	seen := map[string]bool{}
	for i, c := range j.pod.Claims {
		at := fmt.Sprintf("/spec/volumeClaimTemplates/%d", i)
		if seen[c.Name] {
			j.errorf(at+"/metadata/name", "two volume claims are called %s", c.Name)
		}
		if msgs := validation.IsDNS1123Label(c.Name); len(msgs) > 0 {
			j.errorf(at+"/metadata/name", "%q can't name a volume claim: %s", c.Name, msgs[0])
		}
		if len(c.Spec.AccessModes) == 0 {
			j.errorf(at+"/spec/accessModes", "the volume claim %s has no access modes: expected one at least, such as ReadWriteOnce", c.Name)
		}
		if storage := c.Spec.Resources.Requests.Storage(); storage.Sign() <= 0 {
			j.errorf(at+"/spec/resources/requests/storage", "the volume claim %s requests no storage: expected a quantity, such as 1Gi", c.Name)
		}
		seen[c.Name], volumes[c.Name] = true, true
	}
}
