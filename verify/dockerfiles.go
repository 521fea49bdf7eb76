package verify

import (
	"bytes"
	"errors"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// dockerfiles reads the Dockerfiles as builders do: what the description adds to them may be none of their language.
func (c *check) dockerfiles() []finding.Finding {
	var out []finding.Finding
	for _, name := range []string{"Dockerfile", "bundle.Dockerfile", "catalog.Dockerfile"} {
		f, ok := c.files.File(name)
		if !ok {
			continue
		}
		if _, _, err := parseDockerfile(f.Data); err != nil {
			out = append(out, finding.InFile(kube.Place{File: name}, diag.NotRendered, diag.Error, "buildkit: %v", err))
		}
	}
	return out
}

// parseDockerfile reads a Dockerfile with BuildKit's parser: its stages, and the arguments of all of them.
func parseDockerfile(data []byte) ([]instructions.Stage, []instructions.ArgCommand, error) {
	parsed, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return nil, nil, err
	}
	stages, args, err := instructions.Parse(parsed.AST, nil)
	if err == nil && len(stages) == 0 {
		err = errors.New("it builds nothing")
	}
	return stages, args, err
}
