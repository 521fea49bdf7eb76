package schema

import (
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strings"

	"cuelang.org/go/cue"

	"github.com/opc-project/opc/schema/diag"
)

// evaluator turns an evaluated description into plain data, and collects all that is wrong with it. CUE's own
// validation stops at the first kind of fault: a conflict hides every value that is still open.
type evaluator struct {
	diags  diag.List
	open   diag.List // values that are not said
	follow diag.List // values that are not said because they refer to another

	program bool // of a program, to which --set says nothing
}

// evaluated returns the description as plain data, with a hole where something is wrong. With quiet, nothing is said of
// values that are still open: they may depend on what was reported before.
func evaluated(v cue.Value, quiet bool) (any, diag.List) {
	w := &evaluator{}
	tree := w.value("", v)
	return tree, w.all(v, quiet)
}

// all completes the findings of a value that was read whole.
func (w *evaluator) all(v cue.Value, quiet bool) diag.List {
	if !quiet {
		w.diags = append(w.diags, w.open...)
		if len(w.diags) == 0 {
			w.diags = w.follow
		}
	}
	for _, d := range fromCUE(v.Validate(cue.Concrete(true), cue.Final()), diag.Evaluation) {
		if isOpen(d.Message) && (quiet || len(w.diags) > 0) || w.reported(d) {
			continue
		}
		w.diags = append(w.diags, d)
	}
	return w.diags
}

// reported tells whether a finding about the same thing, a part of it, or what it is part of, was made before.
func (w *evaluator) reported(d diag.Diagnostic) bool {
	return slices.ContainsFunc(w.diags, func(o diag.Diagnostic) bool {
		if d.Pos.IsValid() && d.Pos == o.Pos {
			return true
		}
		within := strings.HasPrefix(string(d.Path), string(o.Path)) || strings.HasPrefix(string(o.Path), string(d.Path))
		return d.Path != "" && within
	})
}

func (w *evaluator) value(p diag.Path, v cue.Value) any {
	if d, ok := v.Default(); ok {
		v = d
	}
	if err := v.Err(); err != nil {
		before := len(w.diags) + len(w.open) + len(w.follow)
		tree := w.container(p, v)
		if len(w.diags)+len(w.open)+len(w.follow) > before {
			return tree
		}
		return w.fault(p, err)
	}
	switch v.Kind() {
	case cue.BottomKind:
		return w.notSaid(p, v)
	case cue.StructKind, cue.ListKind:
		return w.container(p, v)
	}
	return w.scalar(p, v)
}

// container returns a struct or list, as far as it is right; hole{} when v is neither.
func (w *evaluator) container(p diag.Path, v cue.Value) any {
	list, each := children(v)
	fields, elems := map[string]any{}, []any{}
	for name, e := range each {
		fields[name] = w.value(p.Child(name), e)
		elems = append(elems, fields[name])
	}
	switch {
	case list:
		return elems
	case len(fields) > 0 || v.IncompleteKind() == cue.StructKind:
		return fields
	}
	return hole{}
}

func (w *evaluator) fault(p diag.Path, err error) any {
	found := fromCUE(err, diag.Evaluation)
	for i := range found {
		if found[i].Path == "" {
			found[i].Path = p
		}
	}
	if len(found) > 0 && isOpen(found[0].Message) {
		w.follow = append(w.follow, found...)
	} else {
		w.diags = append(w.diags, found...)
	}
	return hole{}
}

// isOpen tells whether CUE's message is about a value that is not said yet.
func isOpen(message string) bool {
	return strings.Contains(message, "incomplete value") || strings.Contains(message, "concrete value")
}

// notSaid reports a rule that has no value, such as version: string.
func (w *evaluator) notSaid(p diag.Path, v cue.Value) any {
	rule := strings.Join(strings.Fields(fmt.Sprint(v)), " ")
	d := diag.Errorf(diag.Evaluation, p, "%s has no value: %s only says what it must be", p.Dotted(), shortened(rule)).
		WithHint("write a value, or give one with --set %s=…", settingPath(p))
	if w.program {
		d = d.WithHint("write a value")
	}
	if _, to := v.ReferencePath(); len(to.Selectors()) > 0 {
		w.follow = append(w.follow, d)
	} else {
		w.open = append(w.open, d)
	}
	return hole{}
}

func (w *evaluator) scalar(p diag.Path, v cue.Value) any {
	switch v.Kind() {
	case cue.StringKind:
		text, _ := v.String()
		return text
	case cue.BytesKind:
		data, _ := v.Bytes()
		return base64.StdEncoding.EncodeToString(data)
	case cue.BoolKind:
		on, _ := v.Bool()
		return on
	case cue.IntKind:
		if n, err := v.Int(nil); err == nil && n.IsInt64() {
			return n.Int64()
		}
	case cue.FloatKind, cue.NumberKind:
		if f, err := v.Float64(); err == nil && !math.IsInf(f, 0) {
			return f
		}
	default:
		return nil
	}
	d := tooLarge(diag.Pos{}, fmt.Sprint(v))
	d.Path = p
	w.diags = append(w.diags, d)
	return hole{}
}

// shortened cuts what is shown of a value.
func shortened(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "…"
	}
	return s
}
