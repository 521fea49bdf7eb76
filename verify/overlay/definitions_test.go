package overlay

import (
	"bytes"
	"os"
	"path"
	"strings"
	"testing"

	openapi_v2 "github.com/google/gnostic-models/openapiv2"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/kustomize/kyaml/openapi/kubernetesapi"
)

// own is kustomize's own document of Kubernetes' types.
func own(t *testing.T) *openapi_v2.Document {
	version := kubernetesapi.DefaultOpenAPI
	name := path.Join("kubernetesapi", strings.ReplaceAll(version, ".", "_"), "swagger.pb")
	doc := &openapi_v2.Document{}
	if err := proto.Unmarshal(kubernetesapi.OpenAPIMustAsset[version](name), doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// The document that builds use is kustomize's own, less what no patch needs.
func TestDefinitionsAreKustomizes(t *testing.T) {
	doc := own(t)
	doc.Paths = nil
	for _, d := range doc.GetDefinitions().GetAdditionalProperties() {
		undescribe(d.GetValue())
	}
	fresh, err := proto.MarshalOptions{Deterministic: true}.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("OPC_UPDATE") != "" {
		if err := os.WriteFile("definitions.pb", fresh, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(fresh, definitions) {
		t.Error("definitions.pb is not what this kustomize knows: run OPC_UPDATE=1 go test ./verify/overlay")
	}
}

func undescribe(s *openapi_v2.Schema) {
	if s == nil {
		return
	}
	s.Description = ""
	for _, p := range s.GetProperties().GetAdditionalProperties() {
		undescribe(p.GetValue())
	}
	for _, item := range s.GetItems().GetSchema() {
		undescribe(item)
	}
	undescribe(s.GetAdditionalProperties().GetSchema())
}

// What kustomize asks of a type is the same: its fields, and how lists are merged.
func TestDefinitionsLoseNothingButDescriptions(t *testing.T) {
	var want spec.Swagger
	if _, err := want.FromGnostic(own(t)); err != nil {
		t.Fatal(err)
	}
	got, err := read(definitions)
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Definitions) < 500 || len(got.Definitions) != len(want.Definitions) {
		t.Fatalf("kustomize knows %d definitions, and we %d", len(want.Definitions), len(got.Definitions))
	}
	for name, w := range want.Definitions {
		mute(&w)
		g := got.Definitions[name]
		if d := cmp.Diff(asJSON(t, &w), asJSON(t, &g)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// mute takes the descriptions out of a schema, by another way than undescribe.
func mute(s *spec.Schema) {
	s.Description = ""
	for name, p := range s.Properties {
		mute(&p)
		s.Properties[name] = p
	}
	if s.Items != nil && s.Items.Schema != nil {
		mute(s.Items.Schema)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		mute(s.AdditionalProperties.Schema)
	}
}

func asJSON(t *testing.T, s *spec.Schema) string {
	data, err := s.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
