package importer

import (
	"embed"
	"io/fs"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// starter are the files of a first operator, as controller-gen would write them.
//
//go:embed starter
var starter embed.FS

// start is a small operator of which everything works, to be changed.
func start(called string, opts Options) (*Result, diag.List) {
	name := operatorName(called)
	out := &Result{Files: map[string][]byte{}, Found: []Found{{"found", "nothing: this is a small start"}}, Assumed: []string{
		"name: " + name + ", as the folder is called", "image: registry.example.com/" + name + ", since nothing says one",
		"the API Greeting in config/, as an example: replace it by your own",
	}}
	err := fs.WalkDir(starter, "starter", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := starter.ReadFile(file)
		out.Files["config/"+strings.TrimPrefix(file, "starter/")] = data
		return err
	})
	if err != nil {
		return nil, diag.List{diag.Errorf(diag.Internal, "", "%v", err)}
	}
	return written(out, tree{
		"name": name, "version": unknownVersion, "description": "Answers greetings.",
		"provider": tree{"name": "Example"}, "maintainers": []any{tree{"name": "Jo Example", "email": "jo@example.com"}},
		"image": "registry.example.com/" + name + ":" + unknownVersion, "crds": []any{"config/crd/bases"},
		"apis":        tree{"greetings.hello.example.com": tree{"examples": []any{"config/samples/hello_v1_greeting.yaml"}}},
		"permissions": []any{"config/rbac/role.yaml"},
	}, opts)
}
