package diff

import "testing"

// TestReachVerdicts holds what reaches more or fewer requests, people, clusters and data than before.
func TestReachVerdicts(t *testing.T) {
	everyone := func(kind, name, subject string) string {
		return "objects: [{apiVersion: rbac.authorization.k8s.io/v1, kind: " + kind + ", metadata: {name: shared, namespace: demo-system}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: '" + name + "'}, subjects: [" + subject + "]}]"
	}
	manager := "{kind: ServiceAccount, name: demo-controller-manager, namespace: demo-system}"
	group := func(name string) string {
		return "{apiGroup: rbac.authorization.k8s.io, kind: Group, name: '" + name + "'}"
	}
	const archive = "objects: [{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: archive}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]"
	for _, c := range []struct {
		name, before, after string
		want                Verdict
		rules               string
	}{
		{"fewer objects", hookA, hookWith("objectSelector: {matchLabels: {demo: \"yes\"}}"), Minor, "HOOK008 !HOOK013"},
		{"one more value of a label", hookWith("namespaceSelector: {matchExpressions: [{key: tier, operator: In, values: [a]}]}"), hookWith("namespaceSelector: {matchExpressions: [{key: tier, operator: In, values: [a, b]}]}"), Major, "HOOK013"},
		{"one value of a label less", hookWith("namespaceSelector: {matchExpressions: [{key: tier, operator: In, values: [a, b]}]}"), hookWith("namespaceSelector: {matchLabels: {tier: a}}"), Minor, "HOOK008 !HOOK013"},
		{"one exception less", hookWith("namespaceSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [a, b]}]}"), hookWith("namespaceSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [a]}]}"), Major, "HOOK013"},
		{"one exception more", hookWith("namespaceSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [a]}]}"), hookWith("namespaceSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [b, a]}]}"), Minor, "HOOK008 !HOOK013"},
		{"another label", hookWith("objectSelector: {matchLabels: {demo: a}}"), hookWith("objectSelector: {matchLabels: {other: a}}"), Major, "HOOK013"},
		{"no condition", hookWith("matchConditions: [{name: own, expression: 'request.name == \"a\"'}]"), hookA, Major, "HOOK013"},
		{"another condition", hookWith("matchConditions: [{name: own, expression: 'request.name == \"a\"'}]"), hookWith("matchConditions: [{name: own, expression: 'request.name == \"b\"'}]"), Minor, "HOOK008 !HOOK013"},
		{"other versions of an API", hookWith("matchPolicy: Exact"), hookA, Major, "HOOK013"},
		{"role of nodes", "", everyone("ClusterRoleBinding", "system:node", manager), Major, "RBAC003"},
		{"role of a controller", "", everyone("RoleBinding", "system:controller:job-controller", manager), Major, "RBAC003"},
		{"constraints of OpenShift", "", everyone("ClusterRoleBinding", "system:openshift:scc:privileged", manager), Major, "RBAC003"},
		{"harmless constraints", "", everyone("ClusterRoleBinding", "system:openshift:scc:restricted-v2", manager), Minor, "RBAC006 !RBAC003"},
		{"role of readers", "", everyone("ClusterRoleBinding", "view", manager), Minor, "RBAC006 !RBAC003"},
		{"every user", "", everyone("ClusterRoleBinding", "view", group("system:authenticated")), Major, "RBAC015"},
		{"every user in a namespace", "", everyone("RoleBinding", "view", group("system:authenticated")), Minor, "RBAC006 !RBAC015"},
		{"nobody in particular", "", everyone("RoleBinding", "view", group("system:unauthenticated")), Major, "RBAC015"},
		{"a team", "", everyone("ClusterRoleBinding", "view", group("team")), Minor, "RBAC006 !RBAC015"},
		{"the same Kubernetes", "kubernetes: '>=1.29'", "kubernetes: '>1.28'", None, "!META004"},
		{"a newer Kubernetes", "kubernetes: '>=1.29'", "kubernetes: '>=1.30'", Minor, "META003 !META016"},
		{"no Kubernetes of the future", "kubernetes: '>=1.29'", "kubernetes: '>=1.29 <1.35'", Minor, "META016 !META004"},
		{"not one Kubernetes", "kubernetes: '>=1.29'", "kubernetes: '>=1.29 !=1.31.0'", Minor, "META016 !META004"},
		{"more of Kubernetes", "kubernetes: '>=1.29 <1.35'", "kubernetes: '>=1.29 <1.36'", Minor, "META004 !META016"},
		{"a claim goes", archive, "", Major, "WORK211 !WORK204"},
		{"a kept claim goes", "objects: [{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: archive, annotations: {helm.sh/resource-policy: keep}}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]", "", Minor, "WORK204 !WORK211"},
		{"an empty volume", "", "manager: {pod: {volumes: [{name: a, emptyDir: {}}]}}", Patch, "WORK022 !WORK014"},
		{"a token", "", "manager: {pod: {volumes: [{name: a, projected: {sources: [{serviceAccountToken: {path: t}}, {configMap: {name: c, optional: true}}]}}]}}", Patch, "WORK022"},
		{"a driver", "", "manager: {pod: {volumes: [{name: a, csi: {driver: files.example.com}}]}}", Minor, "WORK014 !WORK022"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := judgeExample(t, Example{Before: c.before, After: c.after})
			expect(t, r, c.want, c.rules)
		})
	}
}
