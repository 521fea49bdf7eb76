package compiler

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// parameters fills in the operator's knobs.
func (s *state) parameters() {
	for _, name := range slices.Sorted(maps.Keys(s.spec.Parameters)) {
		s.parameter(name, s.spec.Parameters[name])
	}
}

func (s *state) parameter(name string, p schema.Parameter) {
	at := diag.Path("/parameters").Child(name)
	if !camelCase.MatchString(name) {
		s.add(diag.Errorf(diag.BadValue, at, "%q is not the name of a parameter: expected camelCase", name).WithHint("write it like logLevel: it becomes a Helm value"))
	}
	text, typ := scalarText(p.Default)
	out := model.Parameter{
		Node: model.Node{From: at}, Name: name, Doc: p.Description, Type: typ, Default: text,
		Pattern: p.Pattern, Minimum: number(p.Minimum), Maximum: number(p.Maximum), Schema: p.Schema, Env: p.Env, Arg: p.Arg,
	}
	if out.Env == "" && (p.Arg != "" || len(p.Sets) == 0 && !s.inText(name)) {
		out.Env = upperSnake(name)
	}
	switch {
	case typ.Whole() && out.Env != "":
		s.add(diag.Errorf(diag.BadValue, at.Child("default"), "the parameter %s is a list or a map, which an environment variable can't hold", name).
			WithHint("remove env and arg, and set fields instead: sets: [{object: \"Deployment/…\", path: \"spec.…\"}]"))
	case len(p.Schema) > 0 && !typ.Whole():
		s.add(diag.Errorf(diag.BadValue, at.Child("schema"), "the parameter %s has a schema, but is neither a list nor a map", name).
			WithHint("use enum, pattern, minimum and maximum"))
	}
	for _, e := range p.Enum {
		choice, _ := scalarText(e)
		out.Enum = append(out.Enum, choice)
	}
	if msg := Violates(out, text); msg != "" {
		s.errorf(diag.BadValue, at.Child("default"), "the default of the parameter %s %s", name, msg)
	}
	s.m.Parameters = append(s.m.Parameters, out)
}

// inText reports whether the text of a field that another parameter sets holds a parameter.
func (s *state) inText(name string) bool {
	for _, p := range s.spec.Parameters {
		if slices.ContainsFunc(p.Sets, func(set schema.Set) bool { return strings.Contains(set.Text, "$("+name+")") }) {
			return true
		}
	}
	return false
}

func number(n *json.Number) string {
	if n == nil {
		return ""
	}
	return n.String()
}

// scalarText is a scalar as text, and its type as a parameter's.
func scalarText(v any) (string, model.ParameterType) {
	switch t := schema.Numbers(v).(type) {
	case bool:
		return strconv.FormatBool(t), model.TypeBoolean
	case int64:
		return strconv.FormatInt(t, 10), model.TypeInteger
	case float64:
		return strconv.FormatFloat(t, 'g', -1, 64), model.TypeNumber
	case string:
		return t, model.TypeString
	case []any:
		return jsonText(t), model.TypeList
	case map[string]any:
		return jsonText(t), model.TypeMap
	}
	return fmt.Sprint(v), model.TypeString
}

// jsonText is a list or a map as text.
func jsonText(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("compiler: a value of a description that is no JSON: %v", err)) // it was decoded from JSON
	}
	return string(data)
}

// Violates tells how a value breaks the rules of a parameter, or "".
func Violates(p model.Parameter, text string) string {
	if len(p.Enum) > 0 && !slices.Contains(p.Enum, text) {
		return fmt.Sprintf("is %q, which is not one of %v", text, p.Enum)
	}
	if p.Pattern != "" {
		re, err := regexp.Compile(p.Pattern)
		if err != nil {
			return fmt.Sprintf("can't be judged: the pattern %q is no regular expression", p.Pattern)
		}
		if !re.MatchString(text) {
			return fmt.Sprintf("is %q, which does not match %s", text, p.Pattern)
		}
	}
	value, err := strconv.ParseFloat(text, 64)
	if p.Type == model.TypeInteger || p.Type == model.TypeNumber {
		if err != nil {
			return fmt.Sprintf("is %q, which is no number", text)
		}
	}
	if limit, e := strconv.ParseFloat(p.Minimum, 64); e == nil && err == nil && value < limit {
		return fmt.Sprintf("is %s, less than the minimum %s", text, p.Minimum)
	}
	if limit, e := strconv.ParseFloat(p.Maximum, 64); e == nil && err == nil && value > limit {
		return fmt.Sprintf("is %s, more than the maximum %s", text, p.Maximum)
	}
	return ""
}
