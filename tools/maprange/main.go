// Command maprange is the analyzer of make lint that finds results which hang on the order of a map. opc writes the same
// bytes for the same input, and Go ranges over a map in another order each time.
package main

import (
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/analysis/unitchecker"
)

var analyzer = &analysis.Analyzer{
	Name: "maprange",
	Doc: "report loops over a map that append to a list which is not sorted afterwards, that write, " +
		"or that return an entry",
	Requires: []*analysis.Analyzer{inspect.Analyzer},
	Run:      run,
}

func main() { unitchecker.Main(analyzer) }
