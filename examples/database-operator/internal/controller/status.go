package controller

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	klabels "k8s.io/apimachinery/pkg/labels"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	"k8s.io/utils/ptr"

	dbv1 "example.com/database-operator/api/v1"
)

// rollout reads the state out of the server's answer to an apply. A state of an older generation says nothing about
// the pods of the present one, so its updated replicas don't count.
func rollout(set *appsv1ac.StatefulSetApplyConfiguration) appsv1.StatefulSetStatus {
	if set.Status == nil {
		return appsv1.StatefulSetStatus{}
	}
	status := appsv1.StatefulSetStatus{
		Replicas:        ptr.Deref(set.Status.Replicas, 0),
		ReadyReplicas:   ptr.Deref(set.Status.ReadyReplicas, 0),
		UpdatedReplicas: ptr.Deref(set.Status.UpdatedReplicas, 0),
	}
	if ptr.Deref(set.Status.ObservedGeneration, 0) < ptr.Deref(set.Generation, 0) {
		status.UpdatedReplicas = 0
	}
	return status
}

// setStatus writes what is known of the Database into its status.
func setStatus(db *dbv1.Database, set appsv1.StatefulSetStatus, applyErr error) {
	db.Status.Address = fmt.Sprintf("%s.%s.svc:%d", db.Name, db.Namespace, port)
	db.Status.Selector = klabels.SelectorFromSet(labels(db)).String()
	if applyErr == nil {
		db.Status.ReadyReplicas = set.ReadyReplicas
		setCondition(db, available(db, set))
	}
	setCondition(db, progressing(db, set, applyErr))
}

func setCondition(db *dbv1.Database, c metav1.Condition) {
	c.ObservedGeneration = db.Generation
	meta.SetStatusCondition(&db.Status.Conditions, c)
}

func available(db *dbv1.Database, set appsv1.StatefulSetStatus) metav1.Condition {
	c := metav1.Condition{Type: dbv1.Available, Status: metav1.ConditionFalse}
	switch {
	case set.ReadyReplicas > 0:
		c.Status, c.Reason, c.Message = metav1.ConditionTrue, "Ready", "the database takes connections"
	case replicas(db) == 0:
		c.Reason, c.Message = "Stopped", "spec.replicas is 0"
	default:
		c.Reason, c.Message = "Starting", "no pod is ready yet"
	}
	return c
}

func progressing(db *dbv1.Database, set appsv1.StatefulSetStatus, applyErr error) metav1.Condition {
	c := metav1.Condition{Type: dbv1.Progressing, Status: metav1.ConditionFalse}
	want := replicas(db)
	switch {
	case applyErr != nil:
		c.Reason, c.Message = "ApplyFailed", applyErr.Error()
	case set.Replicas == want && set.ReadyReplicas == want && set.UpdatedReplicas == want:
		c.Reason, c.Message = "Settled", "the database is as its spec says"
	default:
		c.Status, c.Reason, c.Message = metav1.ConditionTrue, "RollingOut", "the StatefulSet is being rolled out"
	}
	return c
}
