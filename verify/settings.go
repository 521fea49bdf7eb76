package verify

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/chart"
)

// setting is an install that differs from the default in what can be set with Helm and with kustomize.
type setting struct {
	with    string // what differs, for people; "" for the default
	overlay model.Overlay
	set     []diag.Path // the same, as the features and parameters of the description
}

// settings is a list without doubles.
type settings []setting

func (l *settings) add(what string, ov model.Overlay, set ...diag.Path) {
	if !slices.ContainsFunc(*l, func(s setting) bool { return s.with == what }) {
		*l = append(*l, setting{what, ov, set})
	}
}

// featurePath and parameterPath are the places of features and parameters in the description.
func featurePath(name string) diag.Path   { return diag.Path("/features").Child(name) }
func parameterPath(name string) diag.Path { return diag.Path("/parameters").Child(name) }

// parameterPaths are the places of all parameters.
func parameterPaths(m *model.Operator) []diag.Path {
	var out []diag.Path
	for _, p := range m.Parameters {
		out = append(out, parameterPath(p.Name))
	}
	return out
}

// switchedPaths are the places of the features that two installs have differently.
func switchedPaths(base, now map[string]bool) []diag.Path {
	var out []diag.Path
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if base[name] != now[name] {
			out = append(out, featurePath(name))
		}
	}
	return out
}

// chartSettings are the default install; each feature switched, all of them on and off, and pairs, so that every two meet
// in every way; all parameters changed, and each; each way to watch; and what overlays say.
func chartSettings(m *model.Operator) settings {
	base := m.DefaultOverlay()
	out := settings{{"", base, nil}}
	features := func(change func(*model.Overlay)) {
		ov := with(base, change)
		settled(m, ov.Features)
		out.add(switches(base.Features, ov.Features), ov, switchedPaths(base.Features, ov.Features)...)
	}
	for _, f := range m.Features {
		features(func(ov *model.Overlay) { ov.Features[f.Name] = !f.Enabled })
	}
	for _, on := range chart.Covering(len(m.Features)) {
		features(func(ov *model.Overlay) {
			for i, f := range m.Features {
				ov.Features[f.Name] = on[i]
			}
		})
	}
	out.add("every parameter changed", with(base, func(ov *model.Overlay) { ov.Parameters = changed(m) }), parameterPaths(m)...)
	if len(m.Parameters) > 1 {
		for _, p := range m.Parameters {
			if another(p) != p.Default {
				out.add("the parameter "+p.Name+" changed", with(base, change(p)), parameterPath(p.Name))
			}
		}
	}
	watches(m, base, out.add)
	for _, ov := range m.Overlays {
		// Labels, annotations and patches of an overlay are kustomize's own.
		ov.Labels, ov.Annotations, ov.Patches = nil, nil, nil
		out.add("the settings of the overlay "+ov.Name, ov)
	}
	return out
}

// kustomizeSettings are every component with each parameter changed; and one thing alone on a base with every feature off:
// each feature with what it requires, each parameter where there are several, each way to watch. A parameter that nothing
// of the base has is changed with every component. What an overlay of the description shows is not built twice.
func kustomizeSettings(m *model.Operator) settings {
	off := with(m.DefaultOverlay(), func(ov *model.Overlay) { switchAll(ov, false) })
	on := with(off, func(ov *model.Overlay) { switchAll(ov, true) })
	var out settings
	parameters := slices.DeleteFunc(slices.Clone(m.Parameters), func(p model.Parameter) bool {
		return shown(m, func(ov model.Overlay) bool { return ov.Parameters[p.Name] != "" && ov.Parameters[p.Name] != p.Default })
	})
	whole := shown(m, func(ov model.Overlay) bool { return maps.Equal(ov.Features, on.Features) })
	if len(parameters) > 0 || len(m.Features) > 0 && !whole {
		out.add("every component", with(on, func(ov *model.Overlay) { ov.Parameters = changed(m) }),
			append(switchedPaths(off.Features, on.Features), parameterPaths(m)...)...)
	}
	if len(m.Features) > 1 {
		for _, f := range m.Features {
			out.add("the feature "+f.Name, with(off, func(ov *model.Overlay) { require(m, ov.Features, f.Name) }), featurePath(f.Name))
		}
	}
	for _, p := range parameters {
		if another(p) == p.Default || len(m.Parameters) == 1 {
			continue // no other value of it is known, or it is changed with every component
		}
		ov := with(off, change(p))
		if !differ(m, off, ov) {
			ov = with(on, change(p))
		}
		out.add("the parameter "+p.Name+" changed", ov, parameterPath(p.Name))
	}
	watches(m, off, out.add)
	for i := range out {
		out[i].overlay.Name = fmt.Sprintf("setting-%d", i)
	}
	return out
}

// shown reports whether an overlay of the description, as opc alone says it, is of a kind.
func shown(m *model.Operator, is func(model.Overlay) bool) bool {
	return len(m.Kustomize.Kustomization) == 0 && slices.ContainsFunc(m.Overlays, func(ov model.Overlay) bool { return len(ov.Patches) == 0 && is(ov) })
}

// watches adds each way to watch namespaces that is not the default.
func watches(m *model.Operator, base model.Overlay, add func(string, model.Overlay, ...diag.Path)) {
	if m.Watch.Env == "" {
		return
	}
	add("one watched namespace", with(base, func(ov *model.Overlay) { ov.Watch = []string{"team-a"} }))
	if m.Watch.Supports(kube.MultiNamespace) {
		add("two watched namespaces", with(base, func(ov *model.Overlay) { ov.Watch = []string{"team-a", "team-b"} }))
	}
}

// with returns an overlay with one thing changed.
func with(ov model.Overlay, change func(*model.Overlay)) model.Overlay {
	ov.Features, ov.Parameters = maps.Clone(ov.Features), maps.Clone(ov.Parameters)
	change(&ov)
	return ov
}

// switchAll switches every feature.
func switchAll(ov *model.Overlay, on bool) {
	for name := range ov.Features {
		ov.Features[name] = on
	}
}

// require switches a feature on, and what it requires.
func require(m *model.Operator, on map[string]bool, name string) {
	for _, f := range m.Features {
		if f.Name == name && !on[name] {
			on[name] = true
			for _, need := range f.Requires {
				require(m, on, need)
			}
		}
	}
}

// settled switches off what requires something that is off, as the chart does.
func settled(m *model.Operator, on map[string]bool) {
	for range m.Features {
		for _, f := range m.Features {
			for _, need := range f.Requires {
				on[f.Name] = on[f.Name] && on[need]
			}
		}
	}
}

// switches names the features that differ from the default.
func switches(base, now map[string]bool) string {
	var out []string
	for name, on := range now {
		if base[name] != on {
			out = append(out, fmt.Sprintf("%s.enabled=%v", name, on))
		}
	}
	slices.Sort(out)
	return strings.Join(out, ",")
}

// differ reports whether two installs leave other objects.
func differ(m *model.Operator, a, b model.Overlay) bool {
	trees := func(ov model.Overlay) []model.Tree {
		var out []model.Tree
		for _, o := range m.Install(ov, "") {
			out = append(out, o.Tree)
		}
		return out
	}
	return !reflect.DeepEqual(trees(a), trees(b))
}

// change gives a parameter a value that is not its default.
func change(p model.Parameter) func(*model.Overlay) {
	return func(ov *model.Overlay) { ov.Parameters = map[string]string{p.Name: another(p)} }
}

// changed gives every parameter a value that is not its default.
func changed(m *model.Operator) map[string]string {
	out := map[string]string{}
	for _, p := range m.Parameters {
		out[p.Name] = another(p)
	}
	return out
}

// another is a value of a parameter that is not its default, where one is known.
func another(p model.Parameter) string {
	switch {
	case len(p.Enum) > 0:
		return p.Enum[(slices.Index(p.Enum, p.Default)+1)%len(p.Enum)]
	case p.Type == model.TypeBoolean:
		return fmt.Sprint(p.Default != "true")
	case p.Maximum != "" && p.Maximum != p.Default:
		return p.Maximum
	case p.Minimum != "" && p.Minimum != p.Default:
		return p.Minimum
	case p.Minimum != "" && p.Maximum == "":
		return next(p.Default)
	case p.Maximum != "" || p.Pattern != "":
		return p.Default
	case p.Type.Whole():
		return anotherWhole(p)
	case len(p.Sets) > 0:
		return anotherField(p.Default)
	case p.Type == model.TypeInteger:
		return "1000000" // which must not become 1e+06
	case p.Type == model.TypeNumber:
		return "0.125"
	}
	return "other \"value\": 1"
}

var digits = regexp.MustCompile(`[0-9]+`)

// anotherField is another value for a field of an object, which takes not just any text: it has the form of the default,
// as 101m has that of 100m.
func anotherField(text string) string {
	if m := digits.FindStringIndex(text); m != nil {
		if n := next(text[m[0]:m[1]]); n != text[m[0]:m[1]] {
			return text[:m[0]] + n + text[m[1]:]
		}
	}
	return text + "x"
}

// anotherWhole is another list or map: a map of texts gets one more, else it is an empty one, or what its schema speaks of.
func anotherWhole(p model.Parameter) string {
	if m, ok := p.Type.Value(p.Default).(map[string]any); ok && len(m) > 0 {
		texts := true
		for _, v := range m {
			_, isText := v.(string)
			texts = texts && isText
		}
		m["example.com/x"] = "1" // a text, and an amount of a resource
		if data, err := json.Marshal(m); err == nil && texts {
			return string(data)
		}
	}
	if p.Default != "[]" && p.Default != "{}" {
		return map[model.ParameterType]string{model.TypeList: "[]", model.TypeMap: "{}"}[p.Type]
	}
	if examples, ok := p.Schema["examples"].([]any); ok && len(examples) > 0 {
		if data, err := json.Marshal(examples[0]); err == nil {
			return string(data)
		}
	}
	switch {
	case p.Type == model.TypeList && model.At(p.Schema, "items", "type") == "string":
		return `["x"]`
	case p.Type == model.TypeMap && model.At(p.Schema, "additionalProperties", "type") == "string":
		return `{"example.com/x":"x"}`
	}
	return p.Default
}

// registered is the first port that no administrator reserves, and leap what lies between two ports of which people choose
// neighbours.
const registered, leap = 1024, 1111

// next is another integer near a number, or the number itself where it is none. What can be a port is followed at a distance:
// the neighbours of a port are often others of the same pod.
func next(number string) string {
	n, err := strconv.ParseInt(number, 10, 64)
	switch {
	case err != nil:
		return number
	case n >= registered && n+leap <= 65535:
		return strconv.FormatInt(n+leap, 10)
	}
	return strconv.FormatInt(n+1, 10)
}
