package kube

import (
	"slices"
	"strings"
)

// escalation is a permission by which an account can get permissions that it was not given.
type escalation struct {
	groups    []string // nil: any
	resources []string // nil: any
	verbs     []string
	reason    string
}

var writes = []string{"create", "update", "patch"}

// escalations are those that Kubernetes lists under "Kubernetes RBAC - privilege escalation risks" of
// https://kubernetes.io/docs/concepts/security/rbac-good-practices/, with these differences: secrets have a rule of
// their own; creating workloads is left out, since it is what nearly every operator is for. Added are commands in
// containers, which the page on authorization names beside nodes/proxy, and OpenShift's SecurityContextConstraints,
// which stand where PodSecurityPolicy stood.
var escalations = []escalation{
	{nil, nil, []string{"escalate"}, "it can create roles with more permissions than it has"},
	{nil, nil, []string{"bind"}, "it can bind itself to any role"},
	{nil, nil, []string{"impersonate"}, "it can act as anyone"},
	{[]string{"core"}, []string{"serviceaccounts/token"}, []string{"create"}, "it can create tokens for service accounts"},
	{[]string{"core"}, []string{"nodes/proxy"}, []string{"get", "create", "update", "patch", "delete"}, "it can use the kubelet's API to run commands in every pod on a node"},
	{[]string{"core"}, []string{"pods/exec", "pods/attach"}, []string{"get", "create"}, "it can run commands in pods, with their service accounts"},
	{[]string{"core"}, []string{"pods/ephemeralcontainers"}, []string{"update", "patch"}, "it can run containers in existing pods, with their service accounts"},
	{[]string{"core"}, []string{"persistentvolumes"}, []string{"create"}, "it can mount any path on a node with a hostPath volume"},
	{[]string{"core"}, []string{"namespaces"}, []string{"update", "patch"}, "it can weaken the Pod Security level of a namespace, and bypass network policies, with labels"},
	{[]string{"certificates.k8s.io"}, []string{"certificatesigningrequests/approval"}, []string{"update", "patch"}, "it can approve client certificates for any user"},
	{[]string{"certificates.k8s.io"}, []string{"certificatesigningrequests/status"}, []string{"update", "patch"}, "it can issue client certificates for any user"},
	{[]string{"certificates.k8s.io"}, []string{"signers"}, []string{"approve", "sign"}, "it can approve or sign client certificates for any user"},
	{
		[]string{"admissionregistration.k8s.io"},
		[]string{
			"validatingwebhookconfigurations", "mutatingwebhookconfigurations", "mutatingadmissionpolicies", "mutatingadmissionpolicybindings",
		}, writes, "it can read and change any object that is written",
	},
	{[]string{"security.openshift.io"}, []string{"securitycontextconstraints"}, append([]string{"use"}, writes...), "its pods can run with more privileges on a node"},
	{[]string{"policy", "extensions"}, []string{"podsecuritypolicies"}, append([]string{"use"}, writes...), "its pods can run with more privileges on a node"},
}

// BoundTo is the verb of a grant of a role that the cluster has, such as edit.
const BoundTo = "bound to"

// strongRoles are ClusterRoles that every cluster, or every OpenShift, has and that allow reading secrets, or something in
// the list above. A name that ends in * stands for all that begin with it.
var strongRoles = []string{
	"cluster-admin", "admin", "edit", "sudoer", "system:aggregate-to-admin", "system:aggregate-to-edit", "system:node", "system:kubelet-api-admin",
	"system:kube-controller-manager", "system:controller:*", "system:persistent-volume-provisioner", "system:certificates.k8s.io:legacy-unknown-approver",
	"system:certificates.k8s.io:kubelet-serving-approver", "system:certificates.k8s.io:kube-apiserver-client-approver",
	"system:certificates.k8s.io:kube-apiserver-client-kubelet-approver", constraintsRole + "*",
}

// constraintsRole begins the names of OpenShift's roles for the use of SecurityContextConstraints.
const constraintsRole = "system:openshift:scc:"

func strongRole(name string) bool {
	if constraints, ok := strings.CutPrefix(name, constraintsRole); ok && slices.Contains(harmlessConstraints, constraints) {
		return false
	}
	return slices.ContainsFunc(strongRoles, func(r string) bool {
		prefix, many := strings.CutSuffix(r, "*")
		return name == r || many && strings.HasPrefix(name, prefix)
	})
}

// Anonymous reports whether a subject, written as its kind and name, includes requests without credentials.
func Anonymous(subject string) bool {
	return subject == "Group system:unauthenticated" || subject == "User system:anonymous"
}

// Everyone reports whether a subject includes all users or all service accounts of a cluster.
func Everyone(subject string) bool {
	return slices.Contains([]string{"Group system:authenticated", "Group system:authenticated:oauth", "Group system:serviceaccounts"}, subject)
}

// harmlessConstraints are SecurityContextConstraints that every authenticated account of OpenShift may use.
var harmlessConstraints = []string{"restricted", "restricted-v2", "restricted-v3"}

// Escalation tells why a permission is a way to others, or "" for one that is not. The core group is called core, and
// name is the resource name or *.
func Escalation(group, resource, name, verb string) string {
	if verb == BoundTo {
		if resource == "ClusterRole" && strongRole(name) {
			return "the role itself allows reading secrets, running commands in pods, or more privileges"
		}
		return ""
	}
	for _, e := range escalations {
		switch {
		case e.groups != nil && group != "*" && !slices.Contains(e.groups, group):
		case e.resources != nil && !slices.ContainsFunc(e.resources, func(r string) bool { return resourceMatches(resource, r) }):
		case verb != "*" && !slices.Contains(e.verbs, verb):
		case resource == "securitycontextconstraints" && verb == "use" && slices.Contains(harmlessConstraints, name):
		default:
			return e.reason
		}
	}
	return ""
}

// resourceMatches reports whether the resource of a rule includes another: by its name, by *, or by */subresource.
func resourceMatches(rule, resource string) bool {
	tail, any := strings.CutPrefix(rule, "*/")
	return rule == resource || rule == "*" || any && strings.HasSuffix(resource, "/"+tail)
}

// editHas are the permissions of the list above, and those for secrets, that the built-in roles edit and admin have:
// https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles.
var editHas = []string{"secrets", "pods/exec", "pods/attach", "serviceaccounts", "serviceaccounts/token"}

// AggregatedRisk tells why a permission is dangerous in a role that is aggregated to one of the built-in roles view, edit
// and admin, which many users have; "" for one that is not, or that the built-in role has anyway.
func AggregatedRisk(builtIn, group, resource, verb string) string {
	if !slices.Contains([]string{"view", "edit", "admin"}, builtIn) {
		return ""
	}
	if builtIn != "view" && group == "core" && slices.Contains(editHas, resource) {
		return ""
	}
	if (group == "core" || group == "*") && resourceMatches(resource, "secrets") {
		return "it can read the passwords and tokens of its namespaces"
	}
	return Escalation(group, resource, "*", verb)
}
