package schema

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// examples holds an example of some definitions, in YAML, by the definition's name.
//
//go:embed reference/*.yaml
var examples embed.FS

// groups are the headings of the groups of fields of a description, by the first field of each.
var groups = map[string]string{
	"apiVersion": "Version of the language", "name": "What it is", "namespace": "Names and labels", "image": "Images", "crds": "APIs",
	"permissions": "Permissions", "manager": "What runs", "parameters": "What installers choose", "release": "Releases and targets",
}

// Reference returns the reference of the language in Markdown: every field with its type, its default and its meaning,
// from the comments of the language's text.
func Reference() []byte {
	r := &reference{where: map[string][]string{}, types: map[string]*typ{}}
	r.visit("", operator())
	r.WriteString(referenceHead)
	r.description()
	for _, name := range r.order {
		r.section(r.types[name])
	}
	return []byte(r.String())
}

const referenceHead = `# Reference

Every field of a description, ` + "`operator.yaml`, `operator.json` or `operator.cue`" + `. For a first look read
[the guide to the language](language.md). This page is made from the language itself (` + "`schema/opc/operator.cue`" + `): change
it there.

How to read the types: *text* is a string, *list of* something is a YAML list, and *something by name* is a map whose keys
are names of your own. *Fields in Kubernetes' words* are passed on as they are. Fields without a default in the third
column must be said. A field that is not listed is refused, with a hint at what was meant.

`

// reference writes the page. Definitions with fields get a section each, in the order in which they are met.
type reference struct {
	strings.Builder
	order []string
	types map[string]*typ
	where map[string][]string // the paths at which a definition is used
}

// visit finds the definitions that a type leads to.
func (r *reference) visit(path string, t *typ) {
	for _, arm := range t.alternatives() {
		if arm.name != "" && len(arm.fields) > 0 && path != "" {
			known := r.types[arm.name] != nil
			r.where[arm.name] = append(r.where[arm.name], path)
			if known {
				continue
			}
			r.types[arm.name] = arm
			r.order = append(r.order, arm.name)
		}
		for _, f := range arm.fields {
			r.visit(strings.TrimPrefix(path+"."+f.name, "."), f.typ)
		}
		if arm.each != nil {
			r.visit(path+".NAME", arm.each)
		}
		if arm.elem != nil {
			r.visit(path+"[]", arm.elem)
		}
	}
}

// description writes the fields of the top level, in groups.
func (r *reference) description() {
	r.WriteString("## Description\n\n")
	fields := operator().fields
	for len(fields) > 0 {
		n := 1 + slices.IndexFunc(fields[1:], func(f *field) bool { return f.group })
		if n == 0 {
			n = len(fields)
		}
		fmt.Fprintf(r, "### %s\n\n", groups[fields[0].name])
		r.table(fields[:n])
		fields = fields[n:]
	}
}

func (r *reference) section(t *typ) {
	fmt.Fprintf(r, "## %s\n\n%s\n\nWhere: %s.\n\n", title(t.name), prose(t.doc), places(r.where[t.name]))
	if text, err := examples.ReadFile("reference/" + t.name + ".yaml"); err == nil {
		fmt.Fprintf(r, "```yaml\n%s```\n\n", text)
	}
	fields := t.fields
	if t.embeds != nil {
		fmt.Fprintf(r, "It has the fields of %s, and these:\n\n", link(t.embeds))
		fields = fields[len(t.embeds.fields):]
	}
	r.table(fields)
	if t.open && !strings.Contains(t.doc, " are kept.") {
		r.WriteString("Further fields are kept as they are.\n\n")
	}
}

func (r *reference) table(fields []*field) {
	r.WriteString("| field | type | default | meaning |\n|---|---|---|---|\n")
	for _, f := range fields {
		meaning, standard, _ := strings.Cut(f.doc, "Default: ")
		standard = prose(strings.TrimSuffix(standard, "."))
		if f.required {
			standard = "**required**"
		}
		what := inWords(f.typ)
		if f.typ.want != "" && f.typ.name == "" && f.typ.kinds == textKind {
			what += ": " + prose(f.typ.want)
		}
		fmt.Fprintf(r, "| `%s` | %s | %s | %s |\n", f.name, what, standard, prose(strings.TrimSpace(meaning)))
	}
	r.WriteString("\n")
}

// places writes the first paths of a definition.
func places(paths []string) string {
	const most = 4
	var out []string
	for _, p := range paths {
		if len(out) == most {
			return strings.Join(out, ", ") + " and elsewhere"
		}
		out = append(out, "`"+p+"`")
	}
	return strings.Join(out, ", ")
}

// inWords writes a type.
func inWords(t *typ) string {
	var out []string
	for _, a := range t.alternatives() {
		switch w := armInWords(a); {
		case a.kinds == boolKind && a.only == nil:
			out = append(out, "`true`", "`false`")
		case !slices.Contains(out, w):
			out = append(out, w)
		}
	}
	if n := len(out); n > 1 && slices.ContainsFunc(out[:n-1], func(w string) bool { return strings.Contains(w, ", each ") }) {
		return strings.Join(out, "; or ")
	}
	return anyOf(out)
}

func armInWords(t *typ) string {
	switch {
	case len(t.fields) > 0:
		return link(t)
	case t.only == "":
		return `""`
	case t.only != nil:
		return fmt.Sprintf("`%v`", t.only)
	case t.each != nil && len(t.each.alternatives()) > 1:
		return "by name, each " + inWords(t.each)
	case t.each != nil:
		return inWords(t.each) + " by name"
	case t.elem != nil && len(t.elem.alternatives()) > 1:
		return "list, each " + inWords(t.elem)
	case t.elem != nil && len(t.elem.fields) > 0:
		return "list of " + linkAs(t.elem, plural(lowered(title(t.elem.name))))
	case t.elem != nil:
		return "list of " + inWords(t.elem)
	case t.kinds == mapKind:
		return "fields in Kubernetes' words"
	case t.kinds == nullKind:
		return "`null`"
	case t.want != "" && t.name != "":
		return prose(t.want)
	}
	return t.bare().word()
}

// bare is the type without words of its own, to be told by its kind.
func (t *typ) bare() *typ {
	out := *t
	out.want = ""
	return &out
}

func link(t *typ) string { return linkAs(t, lowered(title(t.name))) }

func linkAs(t *typ, text string) string {
	return fmt.Sprintf("[%s](#%s)", text, strings.ReplaceAll(strings.ToLower(title(t.name)), " ", "-"))
}

func plural(name string) string {
	if stem, ok := strings.CutSuffix(name, "y"); ok {
		return stem + "ies"
	}
	return name + "s"
}

// title writes a definition's name in words: OverlayImage is Overlay image, APIVersion is API version.
func title(name string) string {
	r := []rune(name)
	var b strings.Builder
	for i, c := range r {
		plural := i+2 == len(r) && r[i+1] == 's' && i > 0 && unicode.IsUpper(r[i-1]) // of an abbreviation: CRDs
		begins := i > 0 && !plural && unicode.IsUpper(c) && (unicode.IsLower(r[i-1]) || i+1 < len(r) && unicode.IsLower(r[i+1]))
		switch {
		case begins && i+1 < len(r) && unicode.IsLower(r[i+1]):
			b.WriteRune(' ')
			if c == 'G' && i+2 == len(r) && r[i+1] == 'o' {
				b.WriteRune(c) // Go is a name
				continue
			}
			b.WriteRune(unicode.ToLower(c))
		case begins:
			b.WriteRune(' ')
			b.WriteRune(c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// lowered begins a title within a sentence: an abbreviation stays as it is.
func lowered(name string) string {
	if len(name) > 1 && unicode.IsUpper(rune(name[1])) {
		return name
	}
	return strings.ToLower(name[:1]) + name[1:]
}

// prose escapes what Markdown would take for its own.
var markdown = strings.NewReplacer("|", `\|`, "*", `\*`, "<", "&lt;")

func prose(s string) string { return markdown.Replace(s) }
