package judge

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// podTemplate is the pod that an object makes.
type podTemplate struct {
	Meta     *metav1.ObjectMeta
	Spec     *corev1.PodSpec
	Selector *metav1.LabelSelector          // nil where the kind makes its own
	Claims   []corev1.PersistentVolumeClaim // that each pod gets, as volumes of the same names
	at       string                         // pointer of the template in the object
}

// at is the pointer of the template's spec.
func (p *podTemplate) spec() string { return p.at + "/spec" }

// workloads are the kinds that make pods which others select.
var workloads = []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"}

// podOf returns the pod that an object makes, or nil.
func podOf(typed runtime.Object) *podTemplate {
	const template = "/spec/template"
	of := func(t *corev1.PodTemplateSpec, selector *metav1.LabelSelector, at string) *podTemplate {
		return &podTemplate{Meta: &t.ObjectMeta, Spec: &t.Spec, Selector: selector, at: at}
	}
	switch o := typed.(type) {
	case *appsv1.Deployment:
		return of(&o.Spec.Template, o.Spec.Selector, template)
	case *appsv1.StatefulSet:
		pod := of(&o.Spec.Template, o.Spec.Selector, template)
		pod.Claims = o.Spec.VolumeClaimTemplates
		return pod
	case *appsv1.DaemonSet:
		return of(&o.Spec.Template, o.Spec.Selector, template)
	case *appsv1.ReplicaSet:
		return of(&o.Spec.Template, o.Spec.Selector, template)
	case *batchv1.Job:
		return of(&o.Spec.Template, nil, template)
	case *batchv1.CronJob:
		return of(&o.Spec.JobTemplate.Spec.Template, nil, "/spec/jobTemplate/spec/template")
	case *corev1.Pod:
		return &podTemplate{Meta: &o.ObjectMeta, Spec: &o.Spec}
	}
	return nil
}

// needsSelector reports whether a kind must say which pods are its own.
func needsSelector(typed runtime.Object) bool {
	switch typed.(type) {
	case *appsv1.Deployment, *appsv1.StatefulSet, *appsv1.DaemonSet, *appsv1.ReplicaSet:
		return true
	}
	return false
}
