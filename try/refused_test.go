package try

import (
	"testing"

	"github.com/opc-project/opc/kube"
)

// TestPointer holds that the API server's ways to name a field lead to the same place.
func TestPointer(t *testing.T) {
	tree := kube.Tree{
		"metadata": map[string]any{"labels": map[string]any{"example.com/team": "blue"}},
		"spec": map[string]any{
			"containers": []any{
				map[string]any{"name": "proxy"},
				map[string]any{"name": "main", "ports": []any{map[string]any{"containerPort": int64(80), "protocol": "TCP"}}},
			},
			"versions": []any{map[string]any{"name": "v1"}},
		},
	}
	for field, want := range map[string]string{
		"spec.containers[1].ports[0].containerPort":                                    "/spec/containers/1/ports/0/containerPort",
		`spec.containers[name="main"].ports[containerPort=80,protocol="TCP"].hostPort`: "/spec/containers/1/ports/0",
		"metadata.labels[example.com/team]":                                            "/metadata/labels/example.com~1team",
		"spec.containers[7].image":                                                     "/spec/containers",
		"spec.nothing.at.all":                                                          "/spec",
		"status.storedVersions[0]":                                                     "/spec/versions",
		"":                                                                             "",
	} {
		if got := pointer(tree, field); got != want {
			t.Errorf("%s leads to %q, expected %q", field, got, want)
		}
	}
}
