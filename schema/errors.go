package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cuelang.org/go/cue/errors"

	"github.com/opc-project/opc/schema/diag"
)

// fromCUE turns CUE's errors into findings, each once. Only people who write CUE see them: YAML and JSON are read
// without it. The code is that of errors which say no more about themselves.
func fromCUE(err error, code diag.Code) diag.List {
	type identity struct {
		pos     diag.Pos
		path    diag.Path
		message string
	}
	var out diag.List
	told := map[identity]bool{}
	for _, e := range errors.Errors(err) {
		d := oneFromCUE(e, code)
		id := identity{d.Pos, d.Path, d.Message}
		if d.Pos.IsValid() {
			id.message = ""
		}
		if !told[id] {
			out = append(out, d)
		}
		told[id] = true
	}
	return out
}

func oneFromCUE(e errors.Error, code diag.Code) diag.Diagnostic {
	d := diag.Diagnostic{Code: code, Severity: diag.Error}
	for _, elem := range e.Path() {
		d.Path = d.Path.Child(strings.Trim(elem, `"`))
	}
	format, args := e.Msg()
	d.Message, d.Hint = plainly(d.Path, format, args)
	places := positions(e)
	inner := cause(e)
	if inner != nil && (format == "import failed" || strings.Trim(format, "%s") == "" || strings.HasPrefix(format, "invalid module")) {
		d.Message, d.Hint = importFault(oneLine(inner.Error()))
		if of, ok := inner.(errors.Error); ok && of.Position().IsValid() {
			places = append([]diag.Pos{toPos(of.Position())}, places...)
		}
	} else if inner != nil {
		d.Message += ": " + positionPrefix.ReplaceAllString(oneLine(inner.Error()), "")
	}
	for _, p := range places {
		if d.Pos.File == "" {
			d.Pos = p
		} else if p != d.Pos && len(d.Related) < 3 {
			d.Related = append(d.Related, diag.Related{Pos: p, Message: "and here"})
		}
	}
	return d
}

// cause returns the innermost error.
func cause(e errors.Error) (inner error) {
	for next := errors.Unwrap(e); next != nil; next = errors.Unwrap(next) {
		inner = next
	}
	return inner
}

// positions returns the places of an error in the order of the text: those of the rule that was broken, and of the
// values.
func positions(e errors.Error) []diag.Pos {
	all := errors.Positions(e)
	if format, _ := e.Msg(); strings.HasPrefix(format, conflict) && len(e.InputPositions()) > 1 {
		all = e.InputPositions()[:2] // the two values; the rest is what they stand in
	}
	var out []diag.Pos
	for _, p := range all {
		if q := toPos(p); q.File != "" {
			out = append(out, q)
		}
	}
	slices.SortFunc(out, diag.Pos.Compare)
	return slices.Compact(out)
}

// plainly says one of CUE's messages in plain words, with a hint where there is one.
func plainly(path diag.Path, format string, args []any) (message, hint string) {
	what := "this"
	if path != "" {
		what = path.Dotted()
	}
	arg := func(i int) string { return shortened(oneLine(fmt.Sprint(args[i]))) }
	switch {
	case format == conflict: // the later one stands first
		return fmt.Sprintf("%s is said twice, differently: %s and %s", what, arg(1), arg(0)), ""
	case strings.HasPrefix(format, conflict):
		return fmt.Sprintf("%s is said twice, differently: %s and %s", what, arg(0), arg(1)), ""
	case strings.HasPrefix(format, "reference %q not found"):
		return unresolvedWords + arg(0), fmt.Sprintf("text stands in quotes: %q", args[0])
	case strings.HasPrefix(format, "undefined field: %s"):
		return "there is no field " + arg(0), ""
	case strings.HasPrefix(format, "field not allowed"):
		return what + " is not a field of the definition it stands in", ""
	case strings.HasPrefix(format, "structural cycle"):
		return what + " holds itself", ""
	case strings.HasPrefix(format, "builtin package %q undefined"):
		return fmt.Sprintf("CUE has no package %q", args[0]), ""
	case strings.HasPrefix(format, "imported and not used: %s"):
		return arg(0) + " is imported and not used", "remove the import"
	case strings.HasPrefix(format, "no tag for %q"):
		return fmt.Sprintf("the tag %s is set, but no field has @tag(%s)", arg(0), arg(0)), ""
	}
	return oneLine(fmt.Sprintf(format, args...)), ""
}

// conflict is CUE's message about a field that is said twice.
const conflict = "conflicting values %s and %s"

// unresolvedWords begin the message about a name that is nowhere defined.
const unresolvedWords = "nothing here is called "

// importFault says why something could not be imported.
func importFault(reason string) (message, hint string) {
	const where = "CUE's own packages can be imported, and folders beside the description once cue.mod/module.cue names a module"
	reason = positionPrefix.ReplaceAllString(reason, "")
	switch {
	case strings.Contains(reason, errOffline.Error()), strings.Contains(reason, "cannot find package"), strings.Contains(reason, "absolute path for FS"):
		return "the import is not in the description's folder, and opc reads nothing from elsewhere", where
	case strings.Contains(reason, "there is no cue.mod"):
		return "the import can't be found: there is no cue.mod/module.cue", where
	case strings.Contains(reason, "in module.cue"):
		return "cue.mod/module.cue is not valid: " + reason, `it needs module: "example.com/name" and language: version: "v0.9.0"`
	case strings.Contains(reason, "relative import"):
		return "an import is not relative: it begins with the module's name", where
	}
	return reason, ""
}

var positionPrefix = regexp.MustCompile(`^\S+:\d+:\d+: `)

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
