package importer

// secure decides for each workload whether its pod security is opc's, with an overlay for what differs, or all its
// own: whatever is shorter. The security of the containers beside the main one depends on it, so they follow.
func (d *draft) secure() {
	pod, container := tree{"runAsNonRoot": true, "seccompProfile": tree{"type": "RuntimeDefault"}}, restrictedContainer()
	for _, w := range d.workloads {
		wantPod, want := object(w.pod["securityContext"]), object(w.main["securityContext"])
		with, without := leaves(overlay(pod, wantPod))+leaves(overlay(container, want)), leaves(overlay(tree{}, wantPod))+leaves(overlay(tree{}, want))
		if w.plain {
			with++
		} else {
			without++
		}
		switch restricted := with < without || with == without && !w.plain; {
		case restricted && w.plain:
			d.described(w)["security"] = "restricted"
		case !restricted && !w.plain:
			d.described(w)["security"] = "none"
		}
	}
	d.containersBeside()
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
