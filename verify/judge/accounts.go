package judge

import (
	"fmt"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// accounts judges who runs the pods, and what is bound to whom.
func accounts(s *set, ctx *Context, report Report) {
	for _, p := range s.pods {
		name := p.Spec.ServiceAccountName
		if name == "" || name == "default" || s.Get("", "ServiceAccount", p.namespace, name) != nil || ctx.provided("ServiceAccount", name) {
			continue
		}
		report.error(p.by.Object, diag.LeadsNowhere, p.spec()+"/serviceAccountName", "there is no ServiceAccount %s: no pod can be made", name)
	}
	for _, sub := range s.subjects {
		switch b := sub.Typed.(type) {
		case *rbacv1.ClusterRoleBinding:
			s.binding(sub, "", b.RoleRef, b.Subjects, ctx, report)
		case *rbacv1.RoleBinding:
			s.binding(sub, s.Home(sub.Object), b.RoleRef, b.Subjects, ctx, report)
		}
	}
}

func (s *set) binding(sub *Subject, namespace string, ref rbacv1.RoleRef, subjects []rbacv1.Subject, ctx *Context, report Report) {
	if ref.Kind == "ClusterRole" {
		namespace = ""
	}
	if s.Get(rbacv1.GroupName, ref.Kind, namespace, ref.Name) == nil && !kube.StandingRole(ref.Kind, namespace, ref.Name) {
		report(s.unknownRole(sub, namespace, ref))
	}
	if ref.Name == "cluster-admin" {
		report.warn(sub.Object, diag.BroadPermission, "/roleRef", "cluster-admin may do everything in the cluster")
	}
	for i, who := range subjects {
		if who.Kind == rbacv1.ServiceAccountKind && who.Namespace == "" {
			if sub.Kind() == "ClusterRoleBinding" {
				report.error(sub.Object, diag.InvalidObject, fmt.Sprintf("/subjects/%d", i), "the ServiceAccount %s has no namespace, which the API server asks for in a ClusterRoleBinding", who.Name)
				continue
			}
			who.Namespace = s.Home(sub.Object)
		}
		if who.Kind != rbacv1.ServiceAccountKind || who.Name == "default" || !s.ours(who.Namespace) || ctx.provided("ServiceAccount", who.Name) {
			continue
		}
		if s.Get("", "ServiceAccount", who.Namespace, who.Name) == nil {
			report.warn(sub.Object, diag.LeadsNowhere, fmt.Sprintf("/subjects/%d", i), "there is no ServiceAccount %s/%s: nobody gets the role", who.Namespace, who.Name)
		}
	}
}

// unknownRole tells of a role that is not in the set. A role in a namespace of others, or one of the whole cluster, may be
// somebody else's, unless its name is all but that of one in the set.
func (s *set) unknownRole(sub *Subject, namespace string, ref rbacv1.RoleRef) finding.Finding {
	f := finding.Of(sub.Object, diag.LeadsNowhere, diag.Error, "/roleRef", "there is no %s %s: the binding grants nothing", ref.Kind, ref.Name)
	var names []string
	for _, o := range s.Find(rbacv1.GroupName, ref.Kind) {
		names = append(names, o.Name())
	}
	if near := diag.NearestWithin(2, ref.Name, names); near != "" {
		return f.WithHint("did you mean %s?", near)
	}
	if ref.Kind == "ClusterRole" || !s.ours(namespace) {
		f.Severity = diag.Warning
		f.Message = fmt.Sprintf("there is no %s %s here or built into Kubernetes: the binding grants nothing unless someone else creates it", ref.Kind, ref.Name)
	}
	return f
}

// ours reports whether the set itself puts pods into a namespace: accounts elsewhere are other people's.
func (s *set) ours(namespace string) bool {
	return slices.ContainsFunc(s.pods, func(p madePod) bool { return kube.SameNamespace(p.namespace, namespace) })
}
