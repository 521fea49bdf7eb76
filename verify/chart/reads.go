package chart

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"text/template/parse"

	"helm.sh/helm/v3/pkg/chart"
)

// reads are the values that a template reads, and the files that it needs to render.
type reads struct {
	paths, above map[string]bool // of values that it reads as a whole, and of what is above them
	files        map[string]bool // that define what it includes
	any          bool            // it includes what only its values tell: all files are needed
	tpl          bool            // it renders values that it reads, which may be templates
	quotes       bool            // it has texts or files that may be templates
	volatile     bool            // it asks for chance or the time: it may differ each time
}

// on reports whether a change of the value at a path can change what the template renders to.
func (r *reads) on(at string) bool {
	if r.above[at] {
		return true
	}
	for {
		if r.paths[at] {
			return true
		}
		i := strings.LastIndexByte(at, 0)
		if i < 0 {
			return false
		}
		at = at[:i]
	}
}

func (r *reads) add(path string) {
	r.paths[path] = true
	for i := strings.LastIndexByte(path, 0); i >= 0; i = strings.LastIndexByte(path, 0) {
		path = path[:i]
		r.above[path] = true
	}
}

// templates are all templates of a chart and its subcharts.
type templates struct {
	bodies   map[string][]body // by the name of the file, or of a definition: Helm takes one of these
	files    []file
	named    map[string]bool // files that define templates
	volatile bool            // some template of the chart asks for chance or the time
}

type body struct {
	file string
	tree *parse.Tree
}

// file is a file of templates.
type file struct {
	name, base string // its name, and the folder that .Template.BasePath names
	root       string // where the values of its chart begin
}

// parseAll parses the templates of a chart; ok is false where they don't parse, which Helm tells better.
func parseAll(c *chart.Chart) (all *templates, ok bool) {
	all = &templates{bodies: map[string][]body{}, named: map[string]bool{}}
	return all, all.add(c, "")
}

func (all *templates) add(c *chart.Chart, root string) bool {
	for _, t := range c.Templates {
		f := file{name: path.Join(c.ChartFullPath(), t.Name), base: path.Join(c.ChartFullPath(), "templates"), root: root}
		trees := map[string]*parse.Tree{}
		p := parse.New(f.name)
		p.Mode = parse.SkipFuncCheck
		if _, err := p.Parse(string(t.Data), "", "", trees); err != nil {
			return false
		}
		for name, tree := range trees {
			all.bodies[name] = append(all.bodies[name], body{f.name, tree})
			if name != f.name {
				all.named[f.name] = true
			}
		}
		all.volatile = all.volatile || asksForChance(string(t.Data))
		all.files = append(all.files, f)
	}
	for _, sub := range c.Dependencies() {
		if !all.add(sub, below(root, sub.Name())) {
			return false
		}
	}
	return true
}

var (
	action  = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	remark  = regexp.MustCompile(`^\{\{-?\s*/\*`)
	quoted  = regexp.MustCompile(`"[^"]*"`)
	anyWord = regexp.MustCompile(`\w+`)
)

// asksForChance reports whether a template calls a function that asks for chance or the time.
func asksForChance(text string) bool {
	return slices.ContainsFunc(action.FindAllString(text, -1), func(a string) bool {
		return !remark.MatchString(a) && slices.ContainsFunc(anyWord.FindAllString(quoted.ReplaceAllString(a, ""), -1), func(w string) bool { return chancy[w] })
	})
}

// maxSteps bounds how long one template is looked at: what takes longer is taken to read everything.
const maxSteps = 200_000

// readsOf finds what a template reads, by following what its values lead to through all that it includes.
func (all *templates) readsOf(f file) *reads {
	w := &walker{all: all, file: f, seen: map[string]bool{}, reads: &reads{paths: map[string]bool{}, above: map[string]bool{}, files: map[string]bool{}}}
	w.include(f.name, alias{roots: []string{f.root}})
	if w.steps > maxSteps {
		w.reads.add("")
		w.reads.any, w.reads.volatile = true, true
	}
	if w.reads.tpl && w.reads.quotes {
		w.reads.add("")
		w.reads.any = true
	}
	w.reads.volatile = w.reads.volatile || w.reads.any && all.volatile
	return w.reads
}

// walker follows one template.
type walker struct {
	all   *templates
	file  file
	reads *reads
	seen  map[string]bool // what was included, with what
	vars  []variable
	steps int
}

type variable struct {
	name string
	is   alias
}

// consume notes that all of an expression is read.
func (w *walker) consume(a alias) {
	for _, p := range slices.Concat(a.roots, a.paths) {
		w.reads.add(p)
	}
	for _, f := range a.fields {
		w.consume(f)
	}
}

// test notes that it is read whether an expression is empty. A context never is.
func (w *walker) test(a alias) { w.consume(alias{paths: a.paths}) }

// field is what a field of an expression stands for.
func (w *walker) field(a alias, name string) alias {
	var out alias
	for _, r := range a.roots {
		switch {
		case name == "Files":
			w.reads.quotes = true
		case name == "Values":
			out.paths = union(out.paths, []string{r})
		case !slices.Contains(constant, name):
			w.reads.add(r)
		}
	}
	for _, p := range a.paths {
		if slices.Contains(methods, name) {
			w.reads.add(p)
		}
		out.paths = union(out.paths, []string{below(p, name)})
	}
	if f, ok := a.fields[name]; ok {
		out = out.or(f)
	}
	return out
}

func (w *walker) chain(a alias, names []string) alias {
	for _, name := range names {
		a = w.field(a, name)
	}
	return a
}

// include follows a template that is included with a context.
func (w *walker) include(name string, context alias) {
	key := name + "\x05" + context.key()
	if w.seen[key] || w.steps > maxSteps {
		return
	}
	w.seen[key] = true
	vars := w.vars
	for _, b := range w.all.bodies[name] {
		w.reads.files[b.file] = true
		w.vars = []variable{{"$", context}}
		w.list(b.tree.Root, context)
	}
	w.vars = vars
}

// list follows the nodes of a template in their order. Variables that they declare end with it.
func (w *walker) list(l *parse.ListNode, dot alias) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		if w.steps++; w.steps > maxSteps {
			return
		}
		before := len(w.vars)
		switch n := n.(type) {
		case *parse.ActionNode:
			if is := w.pipe(n.Pipe, dot); len(n.Pipe.Decl) == 0 {
				w.consume(is)
			}
			before = len(w.vars)
		case *parse.IfNode:
			w.test(w.pipe(n.Pipe, dot))
			w.list(n.List, dot)
			w.list(n.ElseList, dot)
		case *parse.WithNode:
			is := w.pipe(n.Pipe, dot)
			w.test(is)
			w.list(n.List, is)
			w.list(n.ElseList, dot)
		case *parse.RangeNode:
			w.consume(w.pipe(n.Pipe, dot))
			for i := len(w.vars) - len(n.Pipe.Decl); i < len(w.vars); i++ {
				w.vars[i].is = alias{} // of what was read as a whole
			}
			w.list(n.List, alias{})
			w.list(n.List, alias{}) // it may read what it assigned before
			w.list(n.ElseList, dot)
		case *parse.TemplateNode:
			var context alias
			if n.Pipe != nil {
				context = w.pipe(n.Pipe, dot)
			}
			w.include(n.Name, context)
		}
		w.vars = w.vars[:before]
	}
}
