package importer

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler"
)

// related says the images that the manager finds in its environment under names such as RELATED_IMAGE_POSTGRES,. A
// bundle lists its images too, and names them there.
func (d *draft) related() {
	d.relatedEnv = nil
	if len(d.workloads) == 0 {
		return
	}
	said, env := tree{}, map[string]string{}
	for _, e := range trees(d.workloads[0].main["env"]) {
		suffix, ok := strings.CutPrefix(text(e["name"]), "RELATED_IMAGE_")
		ref := text(e["value"])
		if _, _, _, image := compiler.ParseImage(ref); !ok || !image || len(e) != 2 {
			continue
		}
		key := d.relatedKey(suffix, ref)
		if key == "" || said[key] != nil {
			continue
		}
		said[key], env[key] = ref, text(e["name"])
	}
	some(d.spec, "related", said)
	for _, key := range sortedKeys(said) {
		d.relatedEnv = append(d.relatedEnv, env[key])
	}
}

// relatedKey is the name of an image of which the variable's name is made, or "" if there is none.
func (d *draft) relatedKey(suffix, ref string) string {
	if d.src.facts == nil {
		for _, r := range trees(d.csvSpec("relatedImages")) {
			if name := text(r["name"]); r["image"] == ref && compiler.UpperSnake(name) == suffix {
				return name
			}
		}
		return ""
	}
	words := strings.Split(strings.ToLower(suffix), "_")
	camel := words[0]
	for _, w := range words[1:] {
		if w != "" {
			camel += strings.ToUpper(w[:1]) + w[1:]
		}
	}
	for _, key := range []string{camel, strings.Join(words, "-")} {
		if compiler.UpperSnake(key) == suffix {
			return key
		}
	}
	return ""
}

// env says the environment variables: by name where they are sorted, else as a list, whose order is kept. Of a variable
// that opc makes only the place is said, and not even that where it stands behind all others, in opc's own order.
func (d *draft) env(w *workload, out tree) {
	said, made := withValues(trees(w.main["env"])), d.madeEnv(w)
	var names []string
	for _, e := range said {
		names = append(names, text(e["name"]))
	}
	n := len(names)
	for n > 0 && slices.Equal(names[n-1:], leftOf(made, names[:n-1])) {
		n--
	}
	byName, asList := tree{}, []any{}
	for i, e := range said[:n] {
		if slices.Contains(made, names[i]) {
			asList = append(asList, tree{"name": names[i]})
			continue
		}
		asList = append(asList, e)
		switch from := e["valueFrom"].(type) {
		case tree:
			byName[names[i]] = from
		default:
			byName[names[i]] = text(e["value"])
		}
	}
	switch {
	case n == 0:
	case len(byName) == n && slices.IsSorted(names[:n]) && allValues(said[:n]):
		out["env"] = byName
	default:
		out["env"] = asList
	}
}

// withValues gives variables without a value the empty one, which is what they have: a name alone means the place of a
// variable that opc makes.
func withValues(env []tree) []tree {
	out := slices.Clone(env)
	for i, e := range out {
		if len(e) == 1 {
			out[i] = tree{"name": e["name"], "value": ""}
		}
	}
	return out
}

// leftOf leaves out of a list what is in another.
func leftOf(l, out []string) []string {
	return slices.DeleteFunc(slices.Clone(l), func(s string) bool { return slices.Contains(out, s) })
}

// madeEnv are the variables that opc makes for a workload, in its order.
func (d *draft) madeEnv(w *workload) []string {
	if w.key != "manager" {
		return nil
	}
	var out []string
	if env := d.watchVariable(); env != "" {
		out = append(out, env)
	}
	out = append(out, d.relatedEnv...)
	if d.helm != nil {
		out = append(append(out, d.helm.parameterEnv()...), d.helm.featureEnv()...)
	}
	return out
}

// allValues reports whether all variables have a value, or come from somewhere: one that has neither can't be said by
// its name alone.
func allValues(said []tree) bool {
	return !slices.ContainsFunc(said, func(e tree) bool { return e["value"] == nil && e["valueFrom"] == nil || len(e) != 2 })
}
