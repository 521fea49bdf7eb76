package kube

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// booleans of YAML 1.1, which Kubernetes' clients read, beside true and false.
var booleans = map[string]bool{
	"y": true, "Y": true, "yes": true, "Yes": true, "YES": true, "on": true, "On": true, "ON": true,
	"n": false, "N": false, "no": false, "No": false, "NO": false, "off": false, "Off": false, "OFF": false,
}

// boolean reads a scalar that is one, or that YAML 1.1 takes for one.
func boolean(n *yaml.Node) (value, ok bool) {
	if value, ok = booleans[n.Value]; ok {
		plain := n.Style == 0 && n.ShortTag() == "!!str"
		return value, plain || n.ShortTag() == "!!bool"
	}
	return strings.EqualFold(n.Value, "true"), n.ShortTag() == "!!bool"
}

func (p *plainer) scalar(at Spot) any {
	n := at.value
	if b, ok := boolean(n); ok && !(p.modern && n.ShortTag() == "!!str") {
		return b
	}
	switch n.ShortTag() {
	case "!!str", "!!timestamp":
		return n.Value
	case "!!null":
		return nil
	case "!!int", "!!float":
		return p.number(at)
	case "!!binary":
		if text, err := base64.StdEncoding.DecodeString(n.Value); err == nil && !p.Exact {
			return string(text)
		}
	}
	if p.Exact {
		return p.hole(at, "the tag %s is not supported", n.Tag)
	}
	return n.Value
}

// number reads a number as Kubernetes' clients do, by way of JSON: 1.0 is 1.
func (p *plainer) number(at Spot) any {
	n := at.value
	if v, ok := number(n); ok {
		f, isFloat := v.(float64)
		switch {
		case !isFloat:
			return v
		case p.Exact && zeroed(n):
			return n.Value
		case p.Exact && (tooLarge(n.Value) || math.IsInf(f, 0) || math.IsNaN(f)):
			return p.tooLarge(at)
		case math.IsInf(f, 0) || math.IsNaN(f):
			return p.hole(at, "%s is not a valid number in JSON", n.Value)
		case !p.Exact && f == math.Trunc(f) && math.Abs(f) < 1<<63:
			return int64(f)
		}
		return f
	}
	if p.Exact && strings.Trim(n.Value, "+-.0123456789eE_") == "" {
		return p.tooLarge(at)
	}
	return p.hole(at, "%s is not a number", shortened(n.Value))
}

func (p *plainer) tooLarge(at Spot) any {
	line, col := at.Pos()
	text := shortened(at.value.Value)
	f := p.fault(line, col, "the number %s is too large", text)
	f.TooLarge, f.Hint = true, "put it in quotes if it is meant as text: "+strconv.Quote(text)
	return p.Hole
}

// tooLarge reports whether the text of a number that is no int64 is a whole one.
func tooLarge(text string) bool { return strings.Trim(text, "+-0123456789_") == "" }

// zeroed reports whether a text such as 0189 is no octal number, and dropping the zero would change what was said.
func zeroed(n *yaml.Node) bool {
	return n.Style&yaml.TaggedStyle == 0 && len(n.Value) > 1 && strings.Trim(n.Value, "0123456789") == "" && n.ShortTag() == "!!float" && n.Value[0] == '0'
}

// number is the value of a scalar with a number's tag.
func number(n *yaml.Node) (any, bool) {
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, false
	}
	switch t := v.(type) {
	case int:
		return int64(t), true
	case int64, float64:
		return t, true
	case uint64:
		return float64(t), true
	}
	return nil, false
}

func isNumber(n *yaml.Node) bool { return n.ShortTag() == "!!int" || n.ShortTag() == "!!float" }

// keyText is the text that Kubernetes' clients make of a key.
func keyText(n *yaml.Node) string {
	if text := booleanKey(n); text != "" {
		return text
	}
	if !isNumber(n) {
		return n.Value
	}
	switch v, _ := number(n); t := v.(type) {
	case int64:
		return strconv.FormatInt(t, 10)
	case float64:
		return strconv.FormatFloat(t, 'g', -1, 32)
	}
	return n.Value
}

// booleanKey is what a key is called that YAML 1.1 takes for a boolean, or "".
func booleanKey(n *yaml.Node) string {
	if b, ok := boolean(n); ok {
		return strconv.FormatBool(b)
	}
	return ""
}

// shortened is the begin of a text that may be long.
func shortened(text string) string {
	if r := []rune(text); len(r) > 60 {
		return string(r[:57]) + "…"
	}
	return text
}
