package diff

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// pattern is a form of changes: kinds of change, and a path in which an element is a word, some words (a|b), any (*),
// any or some with a name to speak of ({crd}, {what:a|b}), or one and more of them at the end ({rest...} or **).
type pattern struct {
	kinds   []Kind // empty: all
	elems   []element
	feature string // the change's condition must name it; "" for any
	was, is string // the values; "" for any
}

type element struct {
	words []string // empty: any
	name  string
	rest  bool
}

// parse reads a pattern such as "removed crds/{crd}/versions/{version}"; it panics on what is none, since patterns are
// written by us. In front of the path stand kinds, joined by |, or *.
func parse(text string) pattern {
	kinds, path, found := strings.Cut(text, " ")
	if !found {
		panic("diff: no kind of change in pattern " + text)
	}
	p := parsePath(path)
	if kinds != "*" {
		for _, k := range strings.Split(kinds, "|") {
			if !slices.Contains([]Kind{Added, Removed, Changed, Renamed}, Kind(k)) {
				panic("diff: unknown kind of change in pattern " + text)
			}
			p.kinds = append(p.kinds, Kind(k))
		}
	}
	return p
}

func parsePath(text string) pattern {
	var p pattern
	for _, e := range strings.Split(text, "/") {
		name, named := strings.CutPrefix(e, "{")
		name = strings.TrimSuffix(name, "}")
		name, words, some := strings.Cut(name, ":")
		switch {
		case e == "*":
			p.elems = append(p.elems, element{})
		case e == "**":
			p.elems = append(p.elems, element{rest: true})
		case named && strings.HasSuffix(name, "..."):
			p.elems = append(p.elems, element{name: strings.TrimSuffix(name, "..."), rest: true})
		case named && some:
			p.elems = append(p.elems, element{name: name, words: strings.Split(words, "|")})
		case named:
			p.elems = append(p.elems, element{name: name})
		default:
			p.elems = append(p.elems, element{words: strings.Split(diag.Unescape(e), "|")})
		}
	}
	return p
}

// matches reports whether a path has the pattern's form.
func (p pattern) matches(path Path) bool {
	for i, e := range p.elems {
		if e.rest {
			return len(path) > i
		}
		if i >= len(path) || len(e.words) > 0 && !slices.Contains(e.words, path[i]) {
			return false
		}
	}
	return len(path) == len(p.elems)
}

// match reports whether a change has the pattern's form, and what the named elements are.
func (p pattern) match(c *Change) (map[string]string, bool) {
	if len(p.kinds) > 0 && !slices.Contains(p.kinds, c.Kind) || !p.matches(c.Path) {
		return nil, false
	}
	if p.feature != "" && !governed(c, p.feature) {
		return nil, false
	}
	if p.was != "" && c.Old != p.was || p.is != "" && c.New != p.is {
		return nil, false
	}
	named := map[string]string{}
	for i, e := range p.elems {
		switch {
		case e.name == "":
		case e.rest:
			named[e.name] = c.Path[i:].String()
		default:
			named[e.name] = c.Path[i]
		}
	}
	return named, true
}

// form reads a pattern in which each ? stands for the next of some names, whatever signs are in them.
func form(text string, names ...string) pattern {
	p := parse(text)
	for i, e := range p.elems {
		if len(e.words) == 1 && e.words[0] == "?" {
			p.elems[i].words, names = names[:1], names[1:]
		}
	}
	return p
}

// governed reports whether a change is one of what a feature switches, and not of whether it does.
func governed(c *Change, feature string) bool {
	return c.Path[len(c.Path)-1] != "when" && (slices.Contains(c.When, feature) || slices.Contains(c.When, "!"+feature))
}
