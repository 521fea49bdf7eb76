// Package schema is where descriptions come in: it holds the language (opc/*.cue), reads CUE, YAML and JSON, checks
// them, and knows at which line everything was said. It is the only package that imports cuelang.org/go: what leaves
// it is Spec, plain Go data, and a Locator. Read Load first.
package schema

import (
	"embed"
	"sync"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/format"
)

//go:embed opc/operator.cue
var files embed.FS

// languageFile is the name that positions in the embedded schema carry, so that they can be told from the user's.
const languageFile = "opc:operator.cue"

// Language returns the text of the language's schema.
func Language() []byte {
	text, err := files.ReadFile("opc/operator.cue")
	if err != nil {
		panic(err) // embedded at build time
	}
	return text
}

// language compiles the schema once in a process: a cue.Context keeps what it compiled for its whole life.
var language = sync.OnceValues(func() (*cue.Context, cue.Value) {
	ctx := cuecontext.New()
	v := ctx.CompileBytes(Language(), cue.Filename(languageFile))
	return ctx, v
})

// definition returns one definition of the schema, such as #Operator.
func definition(name string) cue.Value {
	_, v := language()
	return v.LookupPath(cue.ParsePath(name))
}

// Format prints CUE source in CUE's own style, as cue fmt does.
func Format(text []byte) ([]byte, error) { return format.Source(text) }
