package chart

import (
	"strconv"
	"strings"
	"text/template/parse"
)

// pipe follows a pipeline, and says what it stands for.
func (w *walker) pipe(p *parse.PipeNode, dot alias) alias {
	var is alias
	for i, c := range p.Cmds {
		is = w.command(c, dot, is, i > 0)
	}
	for _, v := range p.Decl {
		name := v.Ident[0]
		if !p.IsAssign {
			w.vars = append(w.vars, variable{name, is})
			continue
		}
		for i := len(w.vars) - 1; i >= 0; i-- {
			if w.vars[i].name == name {
				w.vars[i].is = w.vars[i].is.or(is) // it may be assigned under a condition
				break
			}
		}
	}
	return is
}

// command follows one command of a pipeline; last is what the command before it gave.
func (w *walker) command(c *parse.CommandNode, dot, last alias, piped bool) alias {
	w.steps++
	if name, ok := c.Args[0].(*parse.IdentifierNode); ok {
		args := make([]argument, 0, len(c.Args))
		for _, n := range c.Args[1:] {
			args = append(args, argument{w.node(n, dot), n})
		}
		if piped {
			args = append(args, argument{last, nil})
		}
		return w.call(name.Ident, args)
	}
	is := w.node(c.Args[0], dot)
	for _, n := range c.Args[1:] { // a method, such as .Files.Get
		w.consume(w.node(n, dot))
	}
	w.consume(last)
	return is
}

// node is what an operand stands for.
func (w *walker) node(n parse.Node, dot alias) alias {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return w.chain(dot, n.Ident)
	case *parse.VariableNode:
		for i := len(w.vars) - 1; i >= 0; i-- {
			if w.vars[i].name == n.Ident[0] {
				return w.chain(w.vars[i].is, n.Ident[1:])
			}
		}
	case *parse.ChainNode:
		return w.chain(w.node(n.Node, dot), n.Field)
	case *parse.PipeNode:
		return w.pipe(n, dot)
	case *parse.StringNode:
		w.reads.quotes = w.reads.quotes || isTemplate(n.Text)
	case *parse.IdentifierNode:
		return w.call(n.Ident, nil)
	}
	return alias{}
}

// isTemplate reports whether a text can be a template.
func isTemplate(text string) bool { return strings.Contains(text, "{{") }

// argument is one of a function's, with its text where it has one.
type argument struct {
	alias
	node parse.Node
}

// word is an argument that is said in the template: a text or a number.
func (a argument) word() (string, bool) {
	switch n := a.node.(type) {
	case *parse.StringNode:
		return n.Text, true
	case *parse.NumberNode:
		return n.Text, true
	}
	return "", false
}

// chancy are functions that ask for chance or the time.
var chancy = map[string]bool{
	"randAlphaNum": true, "randAlpha": true, "randNumeric": true, "randAscii": true, "randBytes": true, "randInt": true, "shuffle": true,
	"uuidv4": true, "bcrypt": true, "htpasswd": true, "encryptAES": true, "genPrivateKey": true, "genCA": true, "genCAWithKey": true,
	"genSelfSignedCert": true, "genSelfSignedCertWithKey": true, "genSignedCert": true, "genSignedCertWithKey": true,
	"now": true, "ago": true, "date": true, "dateInZone": true, "htmlDate": true, "htmlDateInZone": true,
}

// call follows a function, and says what its result stands for. One that is not known here reads all of its arguments.
func (w *walker) call(name string, args []argument) alias {
	w.reads.volatile = w.reads.volatile || chancy[name]
	switch {
	case name == "include" && len(args) == 2:
		if file, ok := w.included(args[0]); ok {
			w.include(file, args[1].alias)
			return alias{}
		}
		w.reads.any = true
	case name == "tpl" && len(args) == 2:
		w.reads.tpl = true // with this context, which is looked at where the values do hold templates
		w.consume(args[0].alias)
		return alias{}
	case name == "dict" && len(args)%2 == 0, name == "list", name == "tuple":
		return w.made(name, args)
	case (name == "index" || name == "get") && len(args) > 1:
		return w.indexed(args)
	case name == "hasKey" && len(args) == 2:
		w.consume(w.indexed(args))
		return alias{}
	case name == "dig" && len(args) > 2:
		last := len(args) - 1
		w.consume(args[last-1].alias)
		w.consume(w.indexed(append([]argument{args[last]}, args[:last-1]...)))
		return alias{}
	case name == "default", name == "ternary", name == "coalesce", name == "and", name == "or":
		var is alias // one of them
		for _, a := range args {
			w.test(a.alias)
			is = is.or(a.alias)
		}
		return is
	}
	for _, a := range args {
		w.consume(a.alias)
	}
	return alias{}
}

// included is the name of a template that is included: said, or that of a file beside this one.
func (w *walker) included(a argument) (string, bool) {
	if s, ok := a.node.(*parse.StringNode); ok {
		return s.Text, true
	}
	p, ok := a.node.(*parse.PipeNode)
	if !ok || len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 3 || p.Cmds[0].Args[0].String() != "print" {
		return "", false
	}
	rest, ok := p.Cmds[0].Args[2].(*parse.StringNode)
	if !ok || !strings.HasSuffix(p.Cmds[0].Args[1].String(), ".Template.BasePath") {
		return "", false
	}
	return w.file.base + rest.Text, true
}

// made is a dict or a list that the template makes of its values.
func (w *walker) made(name string, args []argument) alias {
	out := alias{fields: map[string]alias{}}
	if name != "dict" {
		for i, a := range args {
			out.fields[strconv.Itoa(i)] = a.alias
		}
		return out
	}
	for i := 0; i+1 < len(args); i += 2 {
		key, ok := args[i].word()
		if !ok {
			w.consume(args[i].alias)
			w.consume(args[i+1].alias)
			continue
		}
		out.fields[key] = args[i+1].alias
	}
	return out
}

// indexed is an entry of a map or list.
func (w *walker) indexed(args []argument) alias {
	is := args[0].alias
	for i, a := range args[1:] {
		key, ok := a.word()
		if !ok {
			for _, a := range args[i+1:] { // and all of what it is an entry of
				w.consume(a.alias)
			}
			w.consume(is)
			return alias{}
		}
		is = w.field(is, key)
	}
	return is
}
