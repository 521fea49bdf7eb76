package judge

import (
	"fmt"
	"sync"

	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// policies are Kubernetes' own checks.
var policies = sync.OnceValue(func() policy.Evaluator {
	e, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		panic(fmt.Sprintf("judge: the Pod Security checks do not fit each other: %v", err))
	}
	return e
})

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
	version := api.LatestVersion()
	for _, r := range policies().EvaluatePod(api.LevelVersion{Level: level, Version: version}, pod.Meta, pod.Spec) {
		if r.Allowed {
			continue
		}
		text := r.ForbiddenReason
		if r.ForbiddenDetail != "" {
			text += ": " + r.ForbiddenDetail
		}
		report(kube.Of(s.Object, diag.PodSecurity, severity, pod.spec(), "the pod breaks the policy %s: %s", level, text).
			WithFix("set it under manager.pod or manager.container, or leave security: \"restricted\" as it is"))
	}
}
