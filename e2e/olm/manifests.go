package olm

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/e2e/cluster"
)

type object = map[string]any

// parse reads the documents of a YAML text.
func parse(text string) ([]object, error) {
	var out []object
	for doc := range strings.SplitSeq("\n"+text, "\n---") {
		var o object
		if err := yaml.Unmarshal([]byte(doc), &o); err != nil {
			return nil, err
		}
		if len(o) > 0 {
			out = append(out, o)
		}
	}
	return out, nil
}

func parseFile(file string) ([]object, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	list, err := parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return list, nil
}

// parseFolder reads all files of a folder.
func parseFolder(dir string) ([]object, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return nil, err
	}
	var out []object
	for _, f := range files {
		list, err := parseFile(f)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// apply applies objects on the server's side, and waits until the APIs among them are served.
func apply(ctx context.Context, c *cluster.Cluster, objects []object, flags ...string) error {
	text, err := json.Marshal(object{"apiVersion": "v1", "kind": "List", "items": objects})
	if err != nil {
		return err
	}
	if _, err := c.Kubectl(ctx, string(text), append([]string{"apply", "--server-side", "-f", "-"}, flags...)...); err != nil {
		return err
	}
	for _, o := range objects {
		if o["kind"] == "CustomResourceDefinition" {
			if _, err := c.Kubectl(ctx, "", "wait", "--for=condition=Established", "crd/"+nameOf(o), "--timeout="+cluster.Patience); err != nil {
				return err
			}
		}
	}
	return nil
}

// split parts objects by kind.
func split(objects []object, kinds ...string) (these, others []object) {
	for _, o := range objects {
		if slices.Contains(kinds, fmt.Sprint(o["kind"])) {
			these = append(these, o)
		} else {
			others = append(others, o)
		}
	}
	return these, others
}

func nameOf(o object) string {
	md, _ := o["metadata"].(object)
	return fmt.Sprint(md["name"])
}

// at walks down maps; it is nil where a step is missing.
func at(o object, path ...string) any {
	var v any = o
	for _, p := range path {
		m, _ := v.(object)
		v = m[p]
	}
	return v
}

func items(v any) []object {
	var out []object
	list, _ := v.([]any)
	for _, e := range list {
		m, _ := e.(object)
		out = append(out, m)
	}
	return out
}
