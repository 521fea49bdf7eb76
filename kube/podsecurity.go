package kube

import (
	"encoding/json"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// policies are Kubernetes' own checks of the Pod Security Standards.
var policies = sync.OnceValue(func() policy.Evaluator {
	e, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		panic(fmt.Sprintf("kube: the Pod Security checks do not fit each other: %v", err))
	}
	return e
})

// PodSecurity returns what a level of the Pod Security Standards forbids of a pod.
func PodSecurity(level api.Level, meta *metav1.ObjectMeta, spec *corev1.PodSpec) []policy.CheckResult {
	var out []policy.CheckResult
	for _, r := range policies().EvaluatePod(api.LevelVersion{Level: level, Version: api.LatestVersion()}, meta, spec) {
		if !r.Allowed {
			out = append(out, r)
		}
	}
	return out
}

// PodLevel is the strictest level of the Pod Security Standards that admits a pod template;
// ok is false for a template that is not one of Kubernetes'.
func PodLevel(template Tree) (level string, ok bool) {
	data, err := json.Marshal(template)
	if err != nil {
		return "", false
	}
	var pod corev1.PodTemplateSpec
	if json.Unmarshal(data, &pod) != nil {
		return "", false
	}
	for _, level := range []api.Level{api.LevelRestricted, api.LevelBaseline} {
		if len(PodSecurity(level, &pod.ObjectMeta, &pod.Spec)) == 0 {
			return string(level), true
		}
	}
	return string(api.LevelPrivileged), true
}
