package diff

import (
	"cmp"
	"slices"
	"strings"
)

// collection is a group whose things can be recognised under a new name.
type collection struct {
	path pattern
	// least is the part of what two things say, together, that must be the same.
	least float64
	// but are fields that follow the name.
	but []string
	// whole is set where a thing under a new name is another thing all the same: what stands in it is not compared.
	whole bool
	// telling is set where a value must say more than yes or no to tell what it belongs to.
	telling bool
}

var collections = []collection{
	{path: parsePath("parameters"), least: 0.75, but: []string{"env"}},
	{path: parsePath("features"), least: 0.75},
	{path: parsePath("related"), least: 0.5, but: []string{"env"}},
	{path: parsePath("overlays"), least: 0.8},
	{path: parsePath("crds"), least: 0.6, whole: true, but: []string{"labels", "annotations"}},
	{path: parsePath("webhooks/*"), least: 0.7},
	{path: parsePath("grants"), least: 0.7},
	{path: parsePath("roles"), least: 0.7},
	{path: parsePath("objects/*"), least: 0.6, telling: true},
	{path: parsePath("workloads"), least: 0.6},
	{path: parsePath("workloads/*/containers"), least: 0.6},
	{path: parsePath("workloads/*/containers/*/env"), least: 1, telling: true},
	{path: parsePath("workloads/*/containers/*/ports"), least: 0.5, but: []string{"name"}},
	{path: parsePath("objects/Service/*/spec/ports"), least: 0.6, but: []string{"name"}},
	{path: parsePath("helm/values"), least: 1, telling: true},
}

// pair is a thing under its old name and its new one.
type pair struct {
	old, new string
	whole    bool
}

// renames finds things that went and came under another name: the most alike first.
func renames(path Path, old, new *node, gone, come []string) []pair {
	i := slices.IndexFunc(collections, func(c collection) bool { return c.path.matches(path) })
	if i < 0 || len(gone) == 0 || len(come) == 0 {
		return nil
	}
	c := collections[i]
	type candidate struct {
		pair
		alike float64
	}
	var found []candidate
	said := map[string]map[string]string{}
	for _, b := range come {
		said[b] = c.says(new.kids[b])
	}
	for _, a := range gone {
		x := c.says(old.kids[a])
		for _, b := range come {
			if alike := similarity(x, said[b]); alike >= c.least && !(c.telling && bare(x)) {
				found = append(found, candidate{pair{a, b, c.whole}, alike})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(b.alike, a.alike) })
	var out []pair
	for _, f := range found {
		if !slices.ContainsFunc(out, func(p pair) bool { return p.old == f.old || p.new == f.new }) {
			out = append(out, f.pair)
		}
	}
	return out
}

// says flattens a thing to what it says, field by field.
func (c collection) says(n *node) map[string]string {
	out := map[string]string{}
	flatten(n, "", out)
	for key := range out {
		first, _, _ := strings.Cut(strings.TrimPrefix(key, "/"), "/")
		if slices.Contains(c.but, first) {
			delete(out, key)
		}
	}
	return out
}

func flatten(n *node, at string, out map[string]string) {
	switch {
	case n.atoms != nil:
		for _, a := range n.atoms.list {
			out[at+"/"+a.key()] = ""
		}
	case n.schema != nil:
		shape(n.schema, at, out)
	case n.kids != nil:
		for k, kid := range n.kids {
			flatten(kid, at+"/"+k, out)
		}
	default:
		out[at] = canonical(n.value)
	}
}

// shape flattens a schema to its fields: what it says of each may have changed with the name.
func shape(schema map[string]any, at string, out map[string]string) {
	for k, v := range fields(schema["properties"]) {
		out[at+"."+k] = ""
		shape(fields(v), at+"."+k, out)
	}
	if items := fields(schema["items"]); items != nil {
		shape(items, at+"[]", out)
	}
}

// similarity is the part of what two things say, together, that is the same.
func similarity(x, y map[string]string) float64 {
	same := 0
	for k, v := range x {
		if w, ok := y[k]; ok && w == v {
			same++
		}
	}
	all := len(x) + len(y) - same
	if all == 0 {
		return 0
	}
	return float64(same) / float64(all)
}

// bare reports whether what a thing says is too little to know it by.
func bare(x map[string]string) bool {
	n := 0
	for _, v := range x {
		n += len(v)
	}
	return n < 5
}
