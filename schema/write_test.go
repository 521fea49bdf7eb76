package schema

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/schema/diag"
)

// description is a tree that holds each kind of value, in an order that is none.
var description = map[string]any{
	"version": "1.0.0", "name": "shop", "crds": []any{"config/crd"},
	"description": "One line.\nAnother \"quoted\" line with a tab\t and \\ backslash.\n",
	"summary":     "yes", "kubernetes": ">=1.30",
	"apis": map[string]any{"boxes.shop.example.com": map[string]any{
		"displayName":     "Box",
		"specDescriptors": []any{map[string]any{"path": "size", "description": "First.\nSecond."}, map[string]any{"path": "colour"}},
	}},
	"keywords": []any{"a", "b: c", "#d", "1.0", "true", "2026-11-22", ""},
	"manager": map[string]any{
		"replicas": int64(2), "labels": nil, "command": []any{},
		"resources": map[string]any{"limits": map[string]any{"cpu": "1"}},
		"pod":       map[string]any{"securityContext": map[string]any{"seccompProfile": nil}},
		"env": []any{
			map[string]any{"name": "A", "value": "a long value that does not fit beside the other one in a line of sensible length"},
			map[string]any{"name": "B", "value": "another long value that does not fit beside the other one in a line"},
		},
	},
	"parameters": map[string]any{"ratio": map[string]any{"default": 2.5, "maximum": 1e9, "env": "in"}, "for": map[string]any{"default": true}},
	"olm":        map[string]any{"csv": map[string]any{"metadata": map[string]any{"annotations": map[string]any{"olm.x/y": nil}}}},
}

var remarks = map[diag.Path]string{
	"/manager/pod": "Above a field,\n\nin three lines.", "/name": "At the top.", "/olm/csv": "Deep.",
}

func TestWrite(t *testing.T) {
	for _, format := range []string{"cue", "yaml"} {
		t.Run(format, func(t *testing.T) {
			text := Write(description, format, remarks)
			golden := filepath.Join("testdata", "write", "operator."+format)
			if os.Getenv("OPC_UPDATE") != "" {
				if err := os.WriteFile(golden, text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(text)); diff != "" {
				t.Error(diff)
			}
			name := "operator." + format
			doc, diags := Load(fstest.MapFS{name: {Data: text}}, name, Options{})
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			if diff := cmp.Diff(description, doc.Tree); diff != "" {
				t.Errorf("it does not read back: %s", diff)
			}
			if format == "cue" {
				if formatted, err := Format(text); err != nil || string(formatted) != string(text) {
					t.Errorf("it is not formatted: %v", err)
				}
			}
		})
	}
}
