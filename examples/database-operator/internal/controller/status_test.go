package controller

import (
	"testing"

	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
)

func TestRolloutOfOldGeneration(t *testing.T) {
	set := appsv1ac.StatefulSet("shop", "shops").WithGeneration(2).WithStatus(appsv1ac.StatefulSetStatus().
		WithObservedGeneration(1).WithReplicas(1).WithReadyReplicas(1).WithUpdatedReplicas(1))
	if got := rollout(set); got.UpdatedReplicas != 0 || got.ReadyReplicas != 1 {
		t.Errorf("a generation behind: %+v, want a ready pod that is not up to date", got)
	}
	set.Status.WithObservedGeneration(2)
	if got := rollout(set); got.UpdatedReplicas != 1 {
		t.Errorf("up to date: %+v", got)
	}
	set.Status = nil
	if got := rollout(set); got.Replicas != 0 {
		t.Errorf("without a status: %+v", got)
	}
}
