package opc_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/opc-project/opc"
)

// A description in memory, compiled and verified. Files on disk would be os.DirFS("operators/hello").
func ExampleCompile() {
	files := fstest.MapFS{"operator.yaml": {Data: []byte(`
name: hello
version: 1.2.0
image: ghcr.io/example/hello
`)}}
	result, err := opc.Compile(context.Background(), files, "operator.yaml", opc.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range result.Findings {
		fmt.Println(d.Pos, d.Severity, d.Message)
	}
	if result.Output != nil { // nil unless everything was verified
		fmt.Println(result.Output.Files("helm").Names()[0])
	}
	// Output:
	// chart/.helmignore
}

// An error is a finding with its place in the description, and then there is no output.
func ExampleCompile_findings() {
	files := fstest.MapFS{"operator.yaml": {Data: []byte(`
name: hello
version: 1.2.0
image: ghcr.io/example/hello
manager:
  container:
    volumeMounts: [{name: cache, mountPath: /cache}]
`)}}
	result, err := opc.Compile(context.Background(), files, "operator.yaml", opc.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Findings[0].Pos, result.Findings[0].Severity)
	fmt.Println(result.Output == nil)
	// Output:
	// operator.yaml:7:20 error
	// true
}
