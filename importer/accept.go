package importer

import (
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
)

// Accept adds findings that the description accepts, and writes it again.
func (r *Result) Accept(list []schema.Waiver) {
	if len(list) == 0 {
		return
	}
	accept := kube.List(r.Spec["accept"])
	for _, w := range list {
		entry := tree{"rule": w.Rule, "reason": w.Reason}
		if w.Path != "" {
			entry["path"] = w.Path
		}
		accept = append(accept, entry)
	}
	r.Spec["accept"] = accept
	r.Text = r.write()
}
