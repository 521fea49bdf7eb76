package overlay

import (
	_ "embed"
	"sync"

	openapi_v2 "github.com/google/gnostic-models/openapiv2"
	"google.golang.org/protobuf/proto"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// definitions is kustomize's own knowledge of Kubernetes' types, as an OpenAPI v2 document in protobuf: without the paths
// and the descriptions, which no patch needs and which take most of the time to read it. A test makes it from kustomize's.
//
//go:embed definitions.pb
var definitions []byte

// prepare reads what kustomize knows of Kubernetes' types, which takes as long as a build: once, before the first one.
var prepare = sync.OnceFunc(func() {
	swagger, err := read(definitions)
	if err == nil {
		openapi.SuppressBuiltInSchemaUse()
		openapi.AddDefinitions(swagger.Definitions)
	}
	// Without ours kustomize reads its own now, and the few definitions for kustomizations in any case.
	openapi.SchemaForResourceType(yaml.TypeMeta{APIVersion: "v1", Kind: "Pod"})
})

// read reads an OpenAPI v2 document in protobuf.
func read(data []byte) (*spec.Swagger, error) {
	doc := &openapi_v2.Document{}
	if err := proto.Unmarshal(data, doc); err != nil {
		return nil, err
	}
	swagger := &spec.Swagger{}
	_, err := swagger.FromGnostic(doc)
	return swagger, err
}
