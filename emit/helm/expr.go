package helm

import (
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
)

// each is the variable that holds the watched namespace in objects that stand once for each.
const each = "namespace"

// expr is what an expression of the model is in a template.
func (c *chart) expr(p model.Piece) tree.Expr {
	switch p.Op {
	case model.OpNamespace:
		return c.include("namespace")
	case model.OpName:
		return c.name(p.Arg)
	case model.OpAppName:
		return c.include("name")
	case model.OpManagedBy:
		return tree.Builtin("Release", "Service")
	case model.OpImage:
		if p.Arg == "" {
			return c.include("image")
		}
		return c.related(p.Arg)
	case model.OpParameter, model.OpValue, model.OpItems:
		return c.parameter(p.Arg)
	case model.OpWatch:
		return c.watch()
	case model.OpEach:
		return tree.Variable(each)
	}
	panic("helm: expression of unknown kind " + string(p.Op))
}

// maxName is the greatest length of names that become part of a DNS name, maxSuffix what can follow a name that is cut.
const (
	maxName   = 63
	maxSuffix = 45
)

// name is the name of an object: what the release is called, and a suffix. A name that is longer than 63 characters at
// default values is one that may be; any other is cut.
func (c *chart) name(suffix string) tree.Expr {
	switch {
	case suffix == "":
		return c.include("fullname")
	case len(c.m.NamePrefix)+len(suffix) > maxName || len(suffix) > maxSuffix:
		return tree.Call("printf", tree.Text("%s"+strings.ReplaceAll(suffix, "%", "%%")), c.include("fullname"))
	}
	return c.resource(strings.TrimPrefix(suffix, "-"))
}

// resource is the name of an object: the release's, a dash and a suffix, 63 characters at most.
func (c *chart) resource(suffix string) tree.Expr {
	arg := tree.Call("dict", tree.Text("suffix"), tree.Text(suffix), tree.Text("context"), tree.Context())
	return tree.Call("include", tree.Text(c.m.Name+".resourceName"), arg)
}

// text is what a string with expressions is in a template: always a text, whatever the values are.
func (c *chart) text(s string) tree.Expr {
	pieces := names(model.Pieces(s))
	if len(pieces) == 1 {
		return c.expr(pieces[0])
	}
	format, args := "", []tree.Expr(nil)
	for _, p := range pieces {
		if p.Op == "" {
			format += strings.ReplaceAll(p.Text, "%", "%%")
			continue
		}
		format += "%s"
		e := c.expr(p)
		if p.Op == model.OpParameter {
			e = e.To("toString")
		}
		args = append(args, e)
	}
	return tree.Call("printf", append([]tree.Expr{tree.Text(format)}, args...)...)
}

// names joins a name and literal text that continues it, so that the whole name is cut where it is too long.
func names(pieces []model.Piece) []model.Piece {
	var out []model.Piece
	for _, p := range pieces {
		last := len(out) - 1
		if p.Op == "" && last >= 0 && out[last].Op == model.OpName && strings.HasPrefix(p.Text, "-") {
			rest := strings.TrimLeft(p.Text, "-abcdefghijklmnopqrstuvwxyz0123456789")
			out[last].Arg += strings.TrimSuffix(p.Text, rest)
			if p.Text = rest; rest == "" {
				continue
			}
		}
		out = append(out, p)
	}
	return out
}

// plainName is a name at default values, for messages.
func (c *chart) plainName(name string) string {
	scope := c.m.Scope(c.m.DefaultOverlay())
	return scope.String(name)
}
