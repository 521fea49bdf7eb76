package importer

// secure decides for each Deployment whether its pod security is opc's, with an overlay for what differs, or all its
// own: whatever is shorter.
func (d *draft) secure() {
	pod := tree{"runAsNonRoot": true, "seccompProfile": tree{"type": "RuntimeDefault"}}
	container := tree{"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": tree{"drop": []any{"ALL"}}}
	for _, w := range d.workloads {
		wantPod, want := object(w.pod["securityContext"]), object(w.main["securityContext"])
		with := leaves(overlay(pod, wantPod)) + leaves(overlay(container, want))
		without := 1 + leaves(overlay(tree{}, wantPod)) + leaves(overlay(tree{}, want))
		if without < with {
			d.described(w)["security"] = "none"
		}
	}
}

// leaves counts the values of a tree that are no maps: about the lines that it takes.
func leaves(t tree) int {
	n := 0
	for _, v := range t {
		if m, ok := v.(tree); ok && len(m) > 0 {
			n += leaves(m)
			continue
		}
		n++
	}
	return n
}
