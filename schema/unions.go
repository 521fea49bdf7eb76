package schema

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/opc-project/opc/kube"
)

// The fields of a description that take several types. Each reads the short form first.

// UnmarshalJSON reads a text, or {file}.
func (t *Text) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &t.Inline) == nil {
		return nil
	}
	type plain Text
	return decode(data, (*plain)(t))
}

// UnmarshalJSON reads a file name, or {file}, or {data, mediaType}.
func (i *Icon) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &i.File) == nil {
		return nil
	}
	type plain Icon
	return decode(data, (*plain)(i))
}

// UnmarshalJSON reads a reference, or its parts.
func (i *Image) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &i.Reference) == nil {
		return nil
	}
	type plain Image
	return decode(data, (*plain)(i))
}

// UnmarshalJSON reads a reference, or {image, env}.
func (r *Related) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &r.Image) == nil {
		return nil
	}
	type plain Related
	return decode(data, (*plain)(r))
}

// UnmarshalJSON reads a list, or {files} or {from: "go"}.
func (s *Sources) UnmarshalJSON(data []byte) error {
	if isObject(data) {
		err := decode(data, &s.From)
		s.List = s.From.Files
		return err
	}
	return decode(data, &s.List)
}

// UnmarshalJSON reads a file name, or a whole object.
func (s *Source) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &s.File) == nil {
		return nil
	}
	return decodeTree(data, &s.Object)
}

// UnmarshalJSON reads a list, or {from: "go"}.
func (p *PermissionList) UnmarshalJSON(data []byte) error {
	if isObject(data) {
		return decode(data, &p.Go)
	}
	return decode(data, &p.List)
}

// UnmarshalJSON reads a file name, or rules.
func (p *Permission) UnmarshalJSON(data []byte) error {
	var file string
	if json.Unmarshal(data, &file) == nil {
		p.Files = []string{file}
		return nil
	}
	type plain Permission
	return withNulls(data, (*plain)(p), map[string]**Nullable{"labels": &p.Labels})
}

// UnmarshalJSON reads an object. null does not come here: encoding/json leaves the pointer nil, so fields of this type
// are read by nullables first.
func (n *Nullable) UnmarshalJSON(data []byte) error { return decodeTree(data, &n.Value) }

// UnmarshalJSON reads false, or the manager.
func (m *Manager) UnmarshalJSON(data []byte) error {
	if off, ok := boolean(data); ok {
		m.None = !off
		return nil
	}
	if err := json.Unmarshal(data, &m.Workload); err != nil {
		return err
	}
	return decode(data, &m.ManagerSettings)
}

// UnmarshalJSON reads labels; null for all of them removes each of opc's own.
func (c *CommonLabels) UnmarshalJSON(data []byte) error {
	if string(data) != "null" {
		return decode(data, (*map[string]*string)(c))
	}
	*c = CommonLabels{}
	for _, name := range OwnLabels {
		(*c)[name] = nil
	}
	return nil
}

// UnmarshalJSON reads a name, or {name, labels, annotations}.
func (n *Namespace) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &n.Name) == nil {
		return nil
	}
	type plain Namespace
	return withNulls(data, (*plain)(n), map[string]**Nullable{"labels": &n.Labels})
}

// withNulls decodes an object and keeps those of its fields that were said to be null.
func withNulls(data []byte, into any, fields map[string]**Nullable) error {
	if err := decode(data, into); err != nil {
		return err
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	nulls(raw, fields)
	return nil
}

// UnmarshalJSON reads a workload and keeps the fields that were said to be null.
func (w *Workload) UnmarshalJSON(data []byte) error {
	type plain Workload
	return withNulls(data, (*plain)(w), map[string]**Nullable{"resources": &w.Resources, "labels": &w.Labels})
}

// nulls sets the Nullable fields that stand in data as null: encoding/json can't tell them from absent ones.
func nulls(raw map[string]json.RawMessage, fields map[string]**Nullable) {
	for name, field := range fields {
		if string(raw[name]) == "null" {
			*field = &Nullable{}
		}
	}
}

// UnmarshalJSON reads a container and keeps the fields that were said to be null.
func (c *Container) UnmarshalJSON(data []byte) error {
	type plain Container
	return withNulls(data, (*plain)(c), map[string]**Nullable{"resources": &c.Resources})
}

// UnmarshalJSON reads probes and keeps those that were said to be null.
func (p *Probes) UnmarshalJSON(data []byte) error {
	type plain Probes
	return withNulls(data, (*plain)(p), map[string]**Nullable{"liveness": &p.Liveness, "readiness": &p.Readiness, "startup": &p.Startup})
}

// UnmarshalJSON reads a reference, or {related}.
func (i *ImageOf) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &i.Reference) == nil {
		return nil
	}
	type plain ImageOf
	return decode(data, (*plain)(i))
}

// UnmarshalJSON reads true, false, or the settings.
func (h *Health) UnmarshalJSON(data []byte) error {
	if on, ok := boolean(data); ok {
		h.Off = !on
		return nil
	}
	type plain Health
	return decode(data, (*plain)(h))
}

// UnmarshalJSON reads true, false, or the settings.
func (m *Metrics) UnmarshalJSON(data []byte) error {
	if on, ok := boolean(data); ok {
		m.Off = !on
		return nil
	}
	type plain Metrics
	return decode(data, (*plain)(m))
}

// UnmarshalJSON reads true, false, or an object.
func (o *OnOrSpec) UnmarshalJSON(data []byte) error {
	if on, ok := boolean(data); ok {
		o.On = on
		return nil
	}
	o.On = true
	return decodeTree(data, &o.Spec)
}

// UnmarshalJSON reads a list of names, or each feature by name.
func (s *Switches) UnmarshalJSON(data []byte) error {
	if isObject(data) {
		return json.Unmarshal(data, &s.Each)
	}
	return json.Unmarshal(data, &s.On)
}

// UnmarshalJSON reads a file name, {files}, or a whole object.
func (o *ObjectSource) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &o.File) == nil {
		return nil
	}
	var probe struct {
		Kind  string          `json:"kind"`
		Files json.RawMessage `json:"files"`
	}
	if json.Unmarshal(data, &probe) == nil && probe.Kind == "" && probe.Files != nil {
		return decode(data, &o.Files)
	}
	return decodeTree(data, &o.Object)
}

// UnmarshalJSON reads variables by name, each a text or a source, or a list in Kubernetes' words.
func (e *Env) UnmarshalJSON(data []byte) error {
	if !isObject(data) {
		if err := decode(data, &e.list); err != nil {
			return err
		}
		for _, v := range e.list {
			Numbers(v)
		}
		return nil
	}
	var byName map[string]any
	if err := decodeTree(data, &byName); err != nil {
		return err
	}
	e.named = true
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		entry := map[string]any{"name": name}
		switch v := byName[name].(type) {
		case map[string]any:
			if _, ok := v["valueFrom"]; ok {
				maps.Copy(entry, v)
			} else {
				entry["valueFrom"] = v
			}
		default:
			entry["value"] = v
		}
		e.list = append(e.list, entry)
	}
	return nil
}

func isObject(data []byte) bool { return len(data) > 0 && data[0] == '{' }

func boolean(data []byte) (value, ok bool) {
	switch string(data) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

func decodeTree(data []byte, into *map[string]any) error {
	if err := decode(data, into); err != nil {
		return err
	}
	*into = kube.Map(Numbers(*into))
	return nil
}

// Numbers replaces the json.Number values of a tree by int64 where whole, else float64.
func Numbers(v any) any {
	switch t := v.(type) {
	case map[string]any:
		for k, e := range t {
			t[k] = Numbers(e)
		}
	case []any:
		for i, e := range t {
			t[i] = Numbers(e)
		}
	case json.Number:
		if n, err := t.Int64(); err == nil {
			return n
		}
		f, _ := t.Float64()
		return f
	}
	return v
}
