package main

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
)

func run(pass *analysis.Pass) (any, error) {
	in := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	in.WithStack([]ast.Node{(*ast.RangeStmt)(nil)}, func(n ast.Node, push bool, stack []ast.Node) bool {
		loop := n.(*ast.RangeStmt)
		if strings.HasSuffix(pass.Fset.Position(loop.Pos()).Filename, "_test.go") {
			return false // what a test finds in another order, it reports in another order
		}
		if _, isMap := pass.TypesInfo.TypeOf(loop.X).Underlying().(*types.Map); push && isMap {
			(&check{pass: pass, loop: loop, body: enclosing(stack)}).run()
		}
		return true
	})
	return nil, nil
}

// enclosing is the body of the function that a node stands in.
func enclosing(stack []ast.Node) *ast.BlockStmt {
	for _, n := range slices.Backward(stack) {
		switch f := n.(type) {
		case *ast.FuncDecl:
			return f.Body
		case *ast.FuncLit:
			return f.Body
		}
	}
	return nil
}

// check is that of one loop over a map.
type check struct {
	pass *analysis.Pass
	loop *ast.RangeStmt
	body *ast.BlockStmt
}

func (c *check) run() {
	ast.Inspect(c.loop.Body, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.AssignStmt:
			c.assign(x)
		case *ast.CallExpr:
			if name := called(x); strings.HasPrefix(name, "Fprint") || strings.HasPrefix(name, "Print") || strings.HasPrefix(name, "Write") {
				c.pass.Reportf(x.Pos(), "%s in a loop over a map: the order differs in each run", name)
			}
		case *ast.ReturnStmt:
			if slices.ContainsFunc(x.Results, c.mentionsEntry) && !c.onlyEntry() {
				c.pass.Reportf(x.Pos(), "returns one entry of a map: which one differs in each run")
			}
		}
		return true
	})
}

// assign reports an append to a list of the function that is not sorted after the loop.
func (c *check) assign(a *ast.AssignStmt) {
	for i, value := range a.Rhs {
		call, ok := value.(*ast.CallExpr)
		if !ok || called(call) != "append" || i >= len(a.Lhs) {
			continue
		}
		list, ok := a.Lhs[i].(*ast.Ident)
		if !ok {
			continue // an entry of a map or a field, which has an order of its own
		}
		object := c.pass.TypesInfo.ObjectOf(list)
		if object == nil || object.Pos() > c.loop.Pos() && object.Pos() < c.loop.End() || c.sorted(object) {
			continue
		}
		c.pass.Reportf(a.Pos(), "%s gets the entries of a map and is not sorted afterwards: range over slices.Sorted(maps.Keys(m))", list.Name)
	}
}

// sorted reports whether a list is an argument of a call that sorts, after the loop.
func (c *check) sorted(list types.Object) bool {
	found := false
	ast.Inspect(c.body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || call.Pos() < c.loop.End() || !strings.Contains(strings.ToLower(full(call)), "sort") {
			return true
		}
		for _, arg := range call.Args {
			ast.Inspect(arg, func(n ast.Node) bool {
				id, ok := n.(*ast.Ident)
				found = found || ok && c.pass.TypesInfo.ObjectOf(id) == list
				return true
			})
		}
		return true
	})
	return found
}

// mentionsEntry reports whether an expression has the loop's key or value in it.
func (c *check) mentionsEntry(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if ok {
			object := c.pass.TypesInfo.ObjectOf(id)
			for _, v := range []ast.Expr{c.loop.Key, c.loop.Value} {
				if v, isIdent := v.(*ast.Ident); isIdent && v.Name != "_" && c.pass.TypesInfo.ObjectOf(v) == object {
					found = true
				}
			}
		}
		return true
	})
	return found
}

// onlyEntry reports whether the loop's first statement returns: the map has one entry.
func (c *check) onlyEntry() bool {
	if len(c.loop.Body.List) == 0 {
		return false
	}
	_, ok := c.loop.Body.List[0].(*ast.ReturnStmt)
	return ok
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// full is the name of what is called with its package or value.
func full(call *ast.CallExpr) string {
	if f, ok := call.Fun.(*ast.SelectorExpr); ok {
		if x, ok := f.X.(*ast.Ident); ok {
			return x.Name + "." + f.Sel.Name
		}
	}
	return called(call)
}
