package judge

import (
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
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

// standing are ClusterRoles of every cluster.
var standing = []string{"cluster-admin", "admin", "edit", "view"}

func (s *set) binding(sub *Subject, namespace string, ref rbacv1.RoleRef, subjects []rbacv1.Subject, ctx *Context, report Report) {
	if ref.Kind == "ClusterRole" {
		namespace = ""
	}
	known := s.Get(rbacv1.GroupName, ref.Kind, namespace, ref.Name) != nil
	if ref.Kind == "ClusterRole" {
		known = known || slices.Contains(standing, ref.Name) || strings.HasPrefix(ref.Name, "system:")
	}
	if !known {
		report.error(sub.Object, diag.LeadsNowhere, "/roleRef", "there is no %s %s: nothing is granted", ref.Kind, ref.Name)
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

// ours reports whether the set itself puts pods into a namespace: accounts elsewhere are other people's.
func (s *set) ours(namespace string) bool {
	return slices.ContainsFunc(s.pods, func(p madePod) bool { return kube.SameNamespace(p.namespace, namespace) })
}
