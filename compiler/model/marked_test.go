package model

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMarked(t *testing.T) {
	labels, annotations := map[string]string{"l": "1"}, map[string]string{"a": "2"}
	both := func(more Tree) Tree {
		return Merge(Tree{"metadata": Tree{"labels": Tree{"l": "1"}, "annotations": Tree{"a": "2"}}}, more)
	}
	pod := Tree{"metadata": Tree{"annotations": Tree{"a": "2"}}}
	cases := []struct {
		name     string
		in, want Tree
	}{
		{"no metadata", Tree{"kind": "ConfigMap"}, both(Tree{"kind": "ConfigMap"})},
		{"own labels stay", Tree{"kind": "Service", "metadata": Tree{"labels": Tree{"own": "x", "l": "old"}}}, both(Tree{"kind": "Service", "metadata": Tree{"labels": Tree{"own": "x"}}})},
		{"pods get annotations, selectors nothing",
			Tree{"kind": "Deployment", "spec": Tree{"selector": Tree{"matchLabels": Tree{"own": "x"}}, "template": Tree{"metadata": Tree{"labels": Tree{"own": "x"}}}}},
			both(Tree{"kind": "Deployment", "spec": Tree{"selector": Tree{"matchLabels": Tree{"own": "x"}}, "template": Merge(Tree{"metadata": Tree{"labels": Tree{"own": "x"}}}, pod)}})},
		{"jobs of a CronJob", Tree{"kind": "CronJob", "spec": Tree{"jobTemplate": Tree{"spec": Tree{"template": Tree{}}}}},
			both(Tree{"kind": "CronJob", "spec": Tree{"jobTemplate": Merge(Tree{"spec": Tree{"template": pod}}, pod)}})},
		{"another kind with a template", Tree{"kind": "Thing", "spec": Tree{"template": Tree{}}}, both(Tree{"kind": "Thing", "spec": Tree{"template": Tree{}}})},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			before := Clone(tc.in)
			if diff := cmp.Diff(tc.want, Marked(tc.in, labels, annotations)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(before, tc.in); diff != "" {
				t.Errorf("the object was changed: %s", diff)
			}
		})
	}
}
