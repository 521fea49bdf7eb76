package left

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

// Expect says how the API server would store objects: with its defaults, and in its own way of writing quantities. It
// stores nothing. The objects must not be there; namespaces may be.
func (r *Reader) Expect(ctx context.Context, want []*kube.Object) ([]*kube.Object, error) {
	var in bytes.Buffer
	for _, o := range want {
		tree := model.Clone(o.Tree)
		if o.Kind() == "Namespace" {
			metadata(tree)["name"] = "expected"
		} else if metadata(tree)["namespace"] != nil {
			metadata(tree)["namespace"] = "default"
		}
		if err := json.NewEncoder(&in).Encode(tree); err != nil {
			return nil, err
		}
	}
	text, err := r.cluster.Kubectl(ctx, in.String(), "create", "--dry-run=server", "--validate=strict", "-o", "json", "-f", "-")
	if err != nil {
		return nil, err
	}
	var out []*kube.Object
	for docs := json.NewDecoder(strings.NewReader(text)); ; {
		var tree model.Tree
		err := docs.Decode(&tree)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, o := range listed(tree) {
			out = append(out, &kube.Object{Tree: o})
		}
	}
	if len(out) != len(want) {
		return nil, fmt.Errorf("%d objects were asked for, and the API server spoke of %d", len(want), len(out))
	}
	for i, o := range out {
		metadata(o.Tree)["name"] = want[i].Name()
		if ns := model.MetaString(want[i].Tree, "namespace"); ns != "" {
			metadata(o.Tree)["namespace"] = ns
		}
	}
	return out, nil
}

// listed are the items of a List, or the object itself.
func listed(tree model.Tree) []model.Tree {
	items, ok := tree["items"].([]any)
	if !ok {
		return []model.Tree{tree}
	}
	var out []model.Tree
	for _, i := range items {
		out = append(out, i.(model.Tree))
	}
	return out
}

func metadata(o model.Tree) model.Tree {
	md, _ := o["metadata"].(model.Tree)
	return md
}
