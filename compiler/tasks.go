package compiler

import (
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// checkTask finds what a Job or CronJob can't have, or lacks.
func (s *state) checkTask(key string, at diag.Path, w *schema.Workload) {
	kind := kindOf(w)
	refuse := func(said bool, field, why, hint string) {
		if said {
			s.add(diag.Errorf(diag.Conflict, at.Child(field), "%s", why).WithHint("%s", hint))
		}
	}
	refuse(w.Schedule != "" && kind.Kind != "CronJob", "schedule", "a "+kind.Kind+" has no schedule", "set kind: \"CronJob\", or remove schedule")
	if kind.Keeps() {
		return
	}
	if kind.Kind == "CronJob" && w.Schedule == "" {
		s.add(diag.Errorf(diag.MissingField, at, "the CronJob has no schedule").WithHint("add a schedule such as schedule: \"0 3 * * *\""))
	}
	end := "the pods of a " + kind.Kind + " end"
	refuse(key == "manager", "kind", "the manager can't be a "+kind.Kind+": "+end, "set kind: \"Deployment\", and describe the "+kind.Kind+" under workloads")
	refuse(w.Replicas != nil, "replicas", "a "+kind.Kind+" has no replicas", "set completions and parallelism in "+kind.Field)
	refuse(w.UpdateStrategy != nil, "updateStrategy", "a "+kind.Kind+" has no updateStrategy", "remove updateStrategy")
	refuse(w.Selector != nil, "selector", "a "+kind.Kind+" selects its pods by itself", "write the labels in podLabels")
	if s.servesWebhooks(key) {
		s.add(diag.Errorf(diag.Conflict, at.Child("kind"), "a %s can't serve webhooks: %s", kind.Kind, end).WithHint("let another workload serve them"))
	}
}

// setAt puts a value at a path of a tree, and makes the maps on the way.
func setAt(tree map[string]any, value any, path ...string) {
	for _, name := range path[:len(path)-1] {
		next, ok := tree[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			tree[name] = next
		}
		tree = next
	}
	tree[path[len(path)-1]] = value
}
