package importer

import "testing"

// TestLikeliest holds which of several Deployments is taken for the manager.
func TestLikeliest(t *testing.T) {
	named := func(name string, args ...any) any {
		return tree{"name": name, "spec": tree{"template": tree{"spec": tree{"containers": []any{tree{"name": "main", "args": args}}}}}}
	}
	for _, test := range []struct {
		workloads []any
		want      int
	}{
		{nil, -1},
		{[]any{named("shop-dashboard"), named("shop-web")}, 0},
		{[]any{named("shop-dashboard"), named("shop-operator")}, 1},
		{[]any{named("manager-ui"), named("manager")}, 1},
		{[]any{named("shop-operator"), named("shop-controller-manager")}, 1},
		{[]any{named("shop-operator"), named("shop", "--leader-elect")}, 0},
		{[]any{named("cooperator"), named("a-controller")}, 1},
	} {
		if got := likeliest(test.workloads); got != test.want {
			t.Errorf("%v: workload %d, not %d", test.workloads, got, test.want)
		}
	}
}
