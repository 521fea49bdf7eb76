package importer

import "testing"

// TestSchemaOf holds that what is said of the elements of a list or a map is what the field takes, whatever was tried.
func TestSchemaOf(t *testing.T) {
	pod := tree{"apiVersion": "v1", "kind": "Pod", "metadata": tree{"name": "pier"}, "spec": tree{"containers": []any{tree{"name": "pier"}}}}
	texts, objects := tree{"items": tree{"type": "string"}}, tree{"items": tree{"type": "object"}}
	for _, c := range []struct {
		path   []string
		tried  any
		want   tree
		refuse bool
	}{
		{[]string{"spec", "nodeSelector"}, tree{probed: "1"}, tree{"additionalProperties": tree{"type": "string"}}, false},
		{[]string{"spec", "containers", "0", "resources", "limits"}, tree{probed: "1"}, tree{"additionalProperties": tree{"type": []any{"string", "number"}}}, false},
		{[]string{"spec", "affinity"}, tree{probed: "1"}, nil, true},
		{[]string{"spec", "dnsConfig"}, tree{"nameservers": []any{"192.0.2.7"}}, nil, false},
		{[]string{"spec", "securityContext"}, tree{"fsGroup": int64(7)}, nil, false},
		{[]string{"spec", "containers", "0", "args"}, []any{tree{"name": probed}}, texts, false},
		{[]string{"spec", "containers", "0", "env"}, []any{tree{"name": probed}}, objects, false},
		{[]string{"spec", "hostname"}, []any{probed}, nil, true},
		{[]string{"spec", "containers", "1", "args"}, []any{probed}, nil, true},
	} {
		got, ok := schemaOf(&knob{tried: c.tried}, []target{{pod, c.path}})
		if ok == c.refuse || !same("schema", got, c.want) {
			t.Errorf("%v: %v %v, want %v", c.path, got, ok, c.want)
		}
	}
}
