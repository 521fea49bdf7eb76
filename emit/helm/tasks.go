package helm

import (
	"maps"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// annotationHook makes an object one that Helm creates at a certain time (https://helm.sh/docs/topics/charts_hooks/).
const annotationHook = "helm.sh/hook"

// JobHook are the annotations of a workload that is a Job. The pods of a Job can't be changed, so that an upgrade, which
// changes at least the image, must delete the Job and create it again.
func JobHook() map[string]any {
	return map[string]any{annotationHook: "post-install,post-upgrade", "helm.sh/hook-delete-policy": "before-hook-creation"}
}

// runAsHook makes a Job a hook, unless the description does.
func runAsHook(object model.Tree) {
	meta := kube.Map(object["metadata"])
	own := kube.Map(meta["annotations"])
	if own[annotationHook] != nil {
		return
	}
	all := JobHook()
	maps.Copy(all, own)
	meta["annotations"] = all
}

// taskKnobs are fields of the spec of a Job or CronJob.
func taskKnobs(kind kube.WorkloadKind) []knob {
	if kind.Kind == "CronJob" {
		return []knob{
			{"schedule", "schedule", func() map[string]any { return pattern(`\S`) }, "Schedule of the CronJob, such as 0 3 * * *."},
			{"suspend", "suspend", func() map[string]any { return ofType("boolean") }, "Suspend the CronJob: it starts no more Jobs."},
		}
	}
	return []knob{
		{"backoffLimit", "backoffLimit", count, "Number of retries before the Job fails. Default: 6."},
		{"ttlSecondsAfterFinished", "ttlSecondsAfterFinished", count, "Seconds after which Kubernetes deletes the finished Job. Default: never."},
	}
}
