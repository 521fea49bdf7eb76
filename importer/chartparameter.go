package importer

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/kube"
)

// parameter is a value of the source that ends in one variable or one argument of the manager, or in fields of objects.
type parameter struct {
	knob *knob
	name string
	env  string // the variable that holds it, or "" for one of the parameter's own
	arg  int    // index of the argument that reads it, where env is ""
	flag string // what stands before the value in the argument

	sets   []field // that it sets instead
	value  any     // its default then
	schema tree    // what is known of the elements of a list or a map
}

// variable is the environment variable of a parameter; "" where it sets fields.
func (p *parameter) variable() string {
	if len(p.sets) > 0 {
		return ""
	}
	if p.env != "" {
		return p.env
	}
	return compiler.UpperSnake(p.name)
}

// parameterEnv are the variables of all parameters, in opc's order.
func (h *helm) parameterEnv() []string {
	var out []string
	for _, p := range h.parameters {
		if name := p.variable(); name != "" {
			out = append(out, name)
		}
	}
	return out
}

var index = regexp.MustCompile(`^[0-9]+$`)

// parameterOf tells whether a knob is a parameter: a text, a number or a switch that stands as it is in one place of the
// manager's container, as a variable's value or at the end of an argument.
func (h *helm) parameterOf(d *draft, k *knob) *parameter {
	o := h.managerOf(d)
	was, isText := scalar(k.value)
	is, alsoText := scalar(k.tried)
	if o == nil || !isText || !alsoText || len(k.effect) != 1 || k.effect[0].place != o.place() {
		return nil
	}
	c := k.effect[0]
	container := get(o.tree, "spec", "template", "spec", "containers")
	path := c.path
	if len(path) < 7 || strings.Join(path[:4], ".") != "spec.template.spec.containers" || !index.MatchString(path[4]) {
		return nil
	}
	i, _ := strconv.Atoi(path[4])
	if all := list(container); i >= len(all) || object(all[i])["name"] != d.workloads[0].main["name"] {
		return nil
	} else {
		container = all[i]
	}
	j, err := strconv.Atoi(path[6])
	if err != nil {
		return nil
	}
	p := &parameter{knob: k, arg: -1}
	switch {
	case len(path) == 8 && path[5] == "env" && path[7] == "value" && text(c.was) == was && c.is == is:
		env := list(object(container)["env"])
		if j >= len(env) || len(object(env[j])) > 2 {
			return nil
		}
		p.env = text(object(env[j])["name"])
		return p
	case len(path) == 7 && path[5] == "args":
		flag, ok := strings.CutSuffix(text(c.is), is)
		if !ok || is == "" || text(c.was) != flag+was || strings.Contains(flag, "$") {
			return nil
		}
		p.arg, p.flag = j, flag
		return p
	}
	return nil
}

// scalar is a value as it stands in a text.
func scalar(v any) (string, bool) {
	switch x := v.(type) {
	case string:
		return x, true
	case bool:
		return strconv.FormatBool(x), true
	case int64:
		return strconv.FormatInt(x, 10), true
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64), true
	}
	return "", false
}

// intoSource has the argument of the source's manager read the parameter's variable: the kubelet expands it to the
// same text.
func (p *parameter) intoSource(o *document) {
	if o == nil || p.env != "" || len(p.sets) > 0 {
		return
	}
	for _, c := range trees(get(o.tree, "spec", "template", "spec", "containers")) {
		args := list(c["args"])
		was, _ := scalar(p.knob.value)
		if p.arg >= len(args) || args[p.arg] != p.flag+was {
			continue
		}
		args[p.arg] = p.flag + "$(" + p.variable() + ")"
		env := slices.DeleteFunc(list(c["env"]), func(e any) bool { return object(e)["name"] == p.variable() })
		c["env"] = append(env, tree{"name": p.variable(), "value": was})
		return
	}
}

// expand turns arguments that read a parameter's variable into what the kubelet makes of them, and leaves out variables
// that are there for nothing else: so arguments are compared by what the manager sees.
func (h *helm) expand(t tree) {
	if kind := text(t["kind"]); !kube.IsWorkload("apps", kind) || len(h.parameters) == 0 {
		return
	}
	for _, c := range trees(get(t, "spec", "template", "spec", "containers")) {
		for _, p := range h.parameters {
			if p.env == "" && len(p.sets) == 0 {
				expand(c, p.variable())
			}
		}
	}
}

func expand(c tree, name string) {
	env := list(c["env"])
	i := slices.IndexFunc(env, func(e any) bool { return object(e)["name"] == name })
	if i < 0 {
		return
	}
	value := text(object(env[i])["value"])
	args := list(c["args"])
	for j, a := range args {
		if s, ok := a.(string); ok {
			args[j] = strings.ReplaceAll(s, "$("+name+")", value)
		}
	}
	c["env"] = slices.Delete(slices.Clone(env), i, i+1)
}

// sayParameters says the parameters in the description.
func (h *helm) sayParameters(d *draft) {
	for _, p := range h.parameters {
		if len(p.sets) > 0 {
			continue
		}
		out := tree{"default": p.knob.value}
		if env := p.variable(); env != compiler.UpperSnake(p.name) {
			out["env"] = env
		}
		h.sayParameter(d, p, out)
	}
}

// saySets says the parameters that set fields, and reports whether there are any.
func (h *helm) saySets(d *draft) bool {
	joint, _ := jointTexts(h.parameters)
	any := false
	for _, p := range h.parameters {
		if len(p.sets) == 0 {
			continue
		}
		out := tree{"default": p.value}
		some(out, "sets", p.said(joint, reading(h.parameters)))
		some(out, "schema", p.schema)
		some(out, "enum", choicesOf(p))
		h.sayParameter(d, p, out)
		any = true
	}
	return any
}

// sayParameter says one, with what the source says of it.
func (h *helm) sayParameter(d *draft, p *parameter, out tree) {
	h.document(out, p.knob.path)
	if s := schemaAt(h.schema, p.knob.path); s != nil {
		for _, field := range []string{"enum", "pattern", "minimum", "maximum"} {
			if _, isScalar := scalar(out["default"]); isScalar {
				some(out, field, s[field])
			}
		}
	}
	put(d.spec, out, "parameters", p.name)
}

// choices are the words that fields of Kubernetes take.
var choices = [][]any{
	{"ClusterIP", "NodePort", "LoadBalancer"}, {"IfNotPresent", "Always", "Never"}, {"Fail", "Ignore"}, {"Exact", "Equivalent"},
	{"TCP", "UDP", "SCTP"}, {"ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"},
}

// choicesOf are the words that a parameter takes, where the field that it sets takes those alone.
func choicesOf(p *parameter) []any {
	if len(p.sets) == 0 || p.sets[0].part {
		return nil
	}
	for _, c := range choices {
		if slices.Contains(c, p.value) {
			return c
		}
	}
	return nil
}

// document says what a value is for: what its schema says, or the comment above it.
func (h *helm) document(out tree, path []string) {
	doc := text(schemaAt(h.schema, path)["description"])
	if doc == "" {
		doc = h.values.comment(path)
	}
	if doc != "" && len(doc) <= longText {
		out["description"] = doc
	}
}

var commentMark = regexp.MustCompile(`(?m)^[ \t]*#+[ \t]?(?:--[ \t]*|@[a-z]+.*$)?`)

// setting is the begin of a setting that is switched off by a comment.
var setting = regexp.MustCompile(`^[\w.-]+:(\s|$)`)

// comment is what stands above a field, in one line; comments that hold settings that are switched off are none.
func (d *document) comment(path []string) string {
	spot, exact := d.doc.Find(path...)
	if !exact {
		return ""
	}
	comment := spot.Comment()
	if _, last, found := cutLast(comment, "\n\n"); found {
		comment = last
	}
	words := strings.Join(strings.Fields(commentMark.ReplaceAllString(comment, "")), " ")
	if setting.MatchString(words) {
		return ""
	}
	return words
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
