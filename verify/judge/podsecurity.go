package judge

import (
	"k8s.io/pod-security-admission/api"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// podSecurity holds a pod against the Pod Security policies, restricted where that is asked for.
func podSecurity(s *Subject, ctx *Context, report Report) {
	pod := podOf(s.Typed)
	if pod == nil {
		return
	}
	level, severity := api.LevelBaseline, diag.Warning
	if ctx.Restricted {
		level, severity = api.LevelRestricted, diag.Error
	}
	for _, r := range kube.PodSecurity(level, pod.Meta, pod.Spec) {
		text := r.ForbiddenReason
		if r.ForbiddenDetail != "" {
			text += ": " + r.ForbiddenDetail
		}
		report(finding.Of(s.Object, diag.PodSecurity, severity, pod.spec(), "the pod violates the Pod Security Standard %s: %s", level, text).
			WithFix("set it under manager.pod or manager.container, or keep security: \"restricted\""))
	}
}
