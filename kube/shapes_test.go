package kube

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
)

func TestShape(t *testing.T) {
	for _, c := range []struct {
		of    ShapeOf
		field string
		depth int
		want  string
	}{
		{PodShape, "tolerations", 9, `{"type":"array","items":{"$ref":"#/definitions/Toleration"},"definitions":{"Toleration":{"type":"object","properties":{
			"effect":{"enum":["","NoSchedule","PreferNoSchedule","NoExecute"]},"key":{"type":"string"},"operator":{"type":"string"},"tolerationSeconds":{"type":"integer"},"value":{"type":"string"}}}}}`},
		{PodShape, "imagePullSecrets", 9, `{"type":"array","items":{"$ref":"#/definitions/LocalObjectReference"},
			"definitions":{"LocalObjectReference":{"type":"object","properties":{"name":{"type":"string"}}}}}`},
		{PodShape, "volumes", 1, ""},
		{PodShape, "hostNetwork", 9, `{"type":"boolean"}`},
		{PodShape, "nodeSelector", 9, `{"type":"object","additionalProperties":{"type":"string"}}`},
		{ContainerShape, "resources", 9, `{"type":"object","properties":{
			"claims":{"type":"array","items":{"$ref":"#/definitions/ResourceClaim"}},
			"limits":{"type":"object","additionalProperties":{"type":["string","number"]}},
			"requests":{"type":"object","additionalProperties":{"type":["string","number"]}}},
			"definitions":{"ResourceClaim":{"type":"object","properties":{"name":{"type":"string"},"request":{"type":"string"}},"required":["name"]}}}`},
		{shapeOf[appsv1.DeploymentSpec](), "strategy", 9, `{"type":"object","properties":{"type":{"enum":["Recreate","RollingUpdate"]},"rollingUpdate":{"$ref":"#/definitions/RollingUpdateDeployment"}},
			"definitions":{"RollingUpdateDeployment":{"type":"object","properties":{"maxSurge":{"type":["string","integer"]},"maxUnavailable":{"type":["string","integer"]}}}}}`},
		{PodShape, "tolerance", 9, "null"},
	} {
		data, err := json.Marshal(Shape(c.of, c.field, c.depth))
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if c.want == "" { // the sources of volumes are many: looked at as far as the depth goes
			item := got.(map[string]any)["definitions"].(map[string]any)["Volume"].(map[string]any)
			if d := cmp.Diff([]any{"name"}, item["required"]); d != "" {
				t.Error(d)
			}
			secret := item["properties"].(map[string]any)["secret"]
			if d := cmp.Diff(map[string]any{"type": "object"}, secret); d != "" {
				t.Error(d)
			}
			continue
		}
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", c.field, d)
		}
	}
}
