package diff

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// Place is a path into a description and, once it was looked up, its position.
type Place struct {
	Path diag.Path
	Pos  diag.Pos
}

// Finding is one thing that people who run the operator should know of a new version.
type Finding struct {
	*Rule
	Verdict  Verdict // the rule's, or that of the worst change it claims
	Message  string
	Path     string   // of what changed, for waivers; * where several are told as one
	Changes  []Change // what it is about; several where they are told as one
	Caused   []Change // smaller changes that follow from it
	Old, New Place
	Judges   []string // what foreign judges say of it, in few words
	Issues   []Issue  // all that they say
	Blocks   bool     // OLM v1 refuses the upgrade
	Waived   *schema.Waiver

	named map[string][]string
}

// Fingerprint tells a finding apart from others over time, for tools that track them.
func (f *Finding) Fingerprint() string {
	sum := sha256.Sum256([]byte(f.ID + "\n" + f.Path + "\n" + f.Message))
	return hex.EncodeToString(sum[:6])
}

// Level is how loud the finding is: an error, a warning or a note.
func (f *Finding) Level() string { return f.Verdict.level() }

// newFinding makes the finding of one change.
func newFinding(r *Rule, c *Change, named map[string]string) *Finding {
	f := &Finding{Rule: r, Verdict: r.Verdict, Changes: []Change{*c}, named: map[string][]string{}}
	for k, v := range named {
		f.named[k] = []string{v}
	}
	return f
}

// key is equal for findings that are told as one.
func (f *Finding) key() string {
	by := f.By
	if by == nil {
		by = slices.Sorted(maps.Keys(f.named))
	}
	parts := []string{f.ID}
	for _, name := range by {
		switch name {
		case "old":
			parts = append(parts, canonical(f.Changes[0].Old))
		case "new":
			parts = append(parts, canonical(f.Changes[0].New))
		default:
			parts = append(parts, f.named[name]...)
		}
	}
	return strings.Join(parts, "\x00")
}

// join takes in a finding of the same key.
func (f *Finding) join(g *Finding) {
	f.Changes = append(f.Changes, g.Changes...)
	f.Caused = append(f.Caused, g.Caused...)
	f.Judges = append(f.Judges, g.Judges...)
	f.Issues = append(f.Issues, g.Issues...)
	f.Blocks = f.Blocks || g.Blocks
	f.Verdict = max(f.Verdict, g.Verdict)
	for k, v := range g.named {
		f.named[k] = append(f.named[k], v...)
	}
}

// settle fills in what is made of the changes.
func (f *Finding) settle() {
	sortChanges(f.Changes)
	sortChanges(f.Caused)
	slices.Sort(f.Judges)
	f.Judges = slices.Compact(f.Judges)
	slices.SortFunc(f.Issues, compareIssues)
	f.Path = commonPath(f.Changes)
	first := f.Changes[0]
	f.Old.Path, f.New.Path = first.OldFrom, first.NewFrom
	f.Message = f.say() + f.condition()
}

// say fills in the rule's message.
func (f *Finding) say() string {
	first := f.Changes[0]
	pairs := []string{"{old}", Short(first.Old), "{new}", Short(first.New), "{was}", first.From, "{count}", fmt.Sprint(len(f.Changes)), "{fate}", fate(first), "{turn}", turn(first)}
	for _, name := range slices.Sorted(maps.Keys(f.named)) {
		values := slices.Clone(f.named[name])
		slices.Sort(values)
		pairs = append(pairs, "{"+name+"}", listed(slices.Compact(values)))
	}
	return strings.NewReplacer(pairs...).Replace(f.Rule.Say)
}

// fate says what became of a thing that is not there under its name any more.
func fate(c Change) string {
	if c.Kind == Renamed {
		return "was called " + c.From + " before"
	}
	return "is gone"
}

// turn says what a value was and is.
func turn(c Change) string {
	switch {
	case c.Old == nil || c.Kind == Added:
		return "is now " + Short(c.New)
	case c.New == nil || c.Kind == Removed:
		return "was " + Short(c.Old) + " and is not said any more"
	}
	old, new := Short(c.Old), Short(c.New)
	if old == new { // a text and what is none
		return "was " + typed(c.Old) + " and is " + typed(c.New)
	}
	return "was " + old + " and is " + new
}

// typed is a short value that shows whether it is a text.
func typed(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(Short(s))
	}
	return Short(v)
}

// condition tells that a default install is not concerned.
func (f *Finding) condition() string {
	var names []string
	for _, c := range f.Changes {
		if !c.Optional {
			return ""
		}
		on, off := c.When.Split()
		for _, name := range off {
			on = append(on, "no "+name)
		}
		names = append(names, on...)
	}
	slices.Sort(names)
	return " (only with " + listed(slices.Compact(names)) + ")"
}

// listed joins names, of which the later ones are only counted.
func listed(names []string) string {
	const most = 5
	switch n := len(names); {
	case n == 0:
		return ""
	case n == 1:
		return names[0]
	case n > most+1:
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", n-most)
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}

// Short is a value in a few words.
func Short(v any) string {
	const most = 60
	s := canonical(v)
	switch {
	case v == nil:
		return "nothing"
	case s == "":
		return `""`
	}
	if r := []rune(strings.Join(strings.Fields(s), " ")); len(r) > most {
		return string(r[:most-1]) + "…"
	} else {
		return string(r)
	}
}

// commonPath is the path that all changes have, with * where they differ, up to where their lengths differ.
func commonPath(list []Change) string {
	out := slices.Clone(list[0].Path)
	for _, c := range list[1:] {
		out = out[:min(len(out), len(c.Path))]
		for i := range out {
			if out[i] != c.Path[i] {
				out[i] = "*"
			}
		}
	}
	for len(out) > 1 && out[len(out)-1] == "*" {
		out = out[:len(out)-1]
	}
	if len(out) == 1 && out[0] == "*" {
		return ""
	}
	return out.String()
}

func compareFindings(a, b Finding) int {
	order := Categories()
	return cmp.Or(
		cmp.Compare(b.Verdict, a.Verdict), cmp.Compare(slices.Index(order, a.Category), slices.Index(order, b.Category)),
		cmp.Compare(a.ID, b.ID), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message),
	)
}
