package importer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/kube"
)

// watch is a value of the source that holds the namespaces to watch.
type watch struct {
	env   string
	many  bool
	roles []*document // bound in the watched namespaces alone, where some are chosen
}

// watchOf tells whether a knob holds the namespaces to watch: an empty list whose entries stand in a variable of the
// manager, joined by commas.
func (h *helm) watchOf(d *draft, k *knob) *watch {
	o := h.managerOf(d)
	if l, isList := k.value.([]any); !isList || len(l) > 0 || o == nil || !strings.Contains(strings.ToLower(k.name()), "namespace") {
		return nil
	}
	i := slices.IndexFunc(k.effect, func(c change) bool {
		return c.place == o.place() && len(c.path) == 8 && c.path[5] == "env" && c.path[7] == "value" && text(c.was) == "" && c.is == probed
	})
	if i < 0 {
		return nil
	}
	c := k.effect[i]
	env := envOf(o.tree, c.path)
	if env == "" {
		return nil
	}
	values := tree{}
	put(values, []any{probed, probed + "-2"}, k.path...)
	many := false
	if now, err := h.old.parts(values, h.probeView); err == nil {
		many = valueOf(now[c.place], c.path) == probed+","+probed+"-2"
	}
	w := &watch{env: env, many: many}
	for _, g := range d.src.grants {
		gone := func(o *document) bool {
			return slices.ContainsFunc(k.effect, func(c change) bool { return c.place == o.place() && len(c.path) == 0 && c.is == nil })
		}
		if gone(g.binding) && d.managerOf(g.account) != nil {
			w.roles = append(w.roles, g.role)
		}
	}
	return w
}

// entryOf is the entry of a container's list that a path leads to.
func entryOf(t tree, path []string) tree {
	i, errI := strconv.Atoi(path[4])
	j, errJ := strconv.Atoi(path[6])
	containers := list(get(t, path[:4]...))
	if errI != nil || errJ != nil || i >= len(containers) {
		return nil
	}
	entries := list(object(containers[i])[path[5]])
	if j >= len(entries) {
		return nil
	}
	return object(entries[j])
}

func envOf(t tree, path []string) string { return text(entryOf(t, path)["name"]) }

func valueOf(t tree, path []string) string { return text(entryOf(t, path)["value"]) }

// sayWatch says the install modes that the value stands for.
func (h *helm) sayWatch(d *draft) {
	if h.watch == nil {
		return
	}
	mode := kube.SingleNamespace
	if h.watch.many {
		mode = kube.MultiNamespace
	}
	out := tree{"modes": []any{kube.AllNamespaces, mode}}
	if h.watch.env != "WATCH_NAMESPACE" {
		out["env"] = h.watch.env
	}
	d.spec["watch"] = out
	var watched []any
	for _, r := range h.watch.roles {
		watched = append(watched, tree{"rules": r.tree["rules"], "scope": "watched"})
	}
	some(d.spec, "permissions", append(watched, list(d.spec["permissions"])...))
}
