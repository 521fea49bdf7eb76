package compiler

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
)

// imageLinks lets every container that names the operator's image, or a related one, follow it: a sidecar runs from the
// same mirror as the manager, and what a program is told to run does too.
func (s *state) imageLinks() {
	known := map[string]string{}
	for _, r := range s.m.Related {
		known[r.Ref] = model.Ref(model.OpImage, r.Name)
	}
	if s.m.Image.Repository != "" {
		known[s.m.Image.Ref()] = model.Ref(model.OpImage, "")
	}
	for _, o := range s.m.Objects {
		model.Walk(o.Tree, func(path []string, text string) string {
			rest := text[expressed(text):]
			switch {
			case !inContainer(path):
			case known[rest] != "":
				return text[:len(text)-len(rest)] + known[rest]
			case path[len(path)-1] != "image":
				if flag, ref, ok := strings.Cut(rest, "="); ok && strings.HasPrefix(flag, "-") && known[ref] != "" {
					return text[:len(text)-len(ref)] + known[ref]
				}
			}
			return text
		})
	}
}

// inContainer reports whether a path leads to the image of a container, or to what its program is told.
func inContainer(path []string) bool {
	for i, name := range path {
		if name == "containers" || name == "initContainers" {
			rest := path[i+1:]
			return slices.Contains([]string{"image", "env/value", "args", "command"}, strings.Join(rest, "/"))
		}
	}
	return false
}
