package equal

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestObjects holds what does not count for a cluster, which is what installers are compared by.
func TestObjects(t *testing.T) {
	pod := func(spec string) string { return "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: " + spec }
	custom := func(spec string) string {
		return "apiVersion: shop.example.com/v1\nkind: Till\nmetadata: {name: a}\nspec: " + spec
	}
	cases := []struct{ name, want, got, differ string }{
		{"containers by name", pod("{containers: [{name: a, image: x}, {name: b, image: q}]}"), pod("{containers: [{name: b, image: q}, {name: a, image: x}]}"), ""},
		{"a container of another image", pod("{containers: [{name: a, image: x}, {name: b, image: q}]}"),
			pod("{containers: [{name: b, image: z}, {name: a, image: x}]}"), "/spec/containers/1/image: q, z"},
		{"a container more", pod("{containers: [{name: a}]}"), pod("{containers: [{name: b}, {name: a}]}"), "/spec/containers: <nil>, map[name:b resources:map[]]"},
		{"init containers run in turn", pod("{containers: [], initContainers: [{name: a}, {name: b}]}"), pod("{containers: [], initContainers: [{name: b}, {name: a}]}"),
			"/spec/initContainers: [map[name:a resources:map[]] map[name:b resources:map[]]], [map[name:b resources:map[]] map[name:a resources:map[]]]"},
		{"an init container less is one difference", pod("{containers: [], initContainers: [{name: a}, {name: b}]}"), pod("{containers: [], initContainers: [{name: b}]}"),
			"/spec/initContainers/0: map[name:a resources:map[]], <nil>"},
		{"a name twice has an order", pod("{containers: [{name: a, env: [{name: X, value: '1'}, {name: X, value: '2'}]}]}"),
			pod("{containers: [{name: a, env: [{name: X, value: '2'}, {name: X, value: '1'}]}]}"), "/spec/containers/0/env/0/value: 1, 2 /spec/containers/0/env/1/value: 2, 1"},
		{"quantities", pod("{containers: [{name: a, resources: {limits: {cpu: 500m}}}]}"), pod("{containers: [{name: a, resources: {limits: {cpu: '0.5'}}}]}"), ""},
		{"empty labels", custom("{labels: {}, size: 1}"), custom("{size: 1.0}"), ""},
		{"null", custom("{size: 1, note: null}"), custom("{size: 1}"), ""},
		{"an empty choice of a custom resource", custom("{provider: {}}"), custom("{}"), "/spec/provider: map[], <nil>"},
		{"an empty text of a custom resource", custom("{version: ''}"), custom("{}"), "/spec/version: , <nil>"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, d := range Objects(tree(t, tc.want), tree(t, tc.got)) {
				got = append(got, fmt.Sprintf("%s: %v, %v", d.Pointer(), d.Want, d.Got))
			}
			if diff := cmp.Diff(tc.differ, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
