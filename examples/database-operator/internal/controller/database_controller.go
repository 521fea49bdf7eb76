// Package controller brings Databases to their spec: each gets a StatefulSet and a Service.
package controller

import (
	"context"
	"errors"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	dbv1 "example.com/database-operator/api/v1"
)

// fieldOwner marks the fields that the operator applies.
const fieldOwner = client.FieldOwner("database-operator")

// DatabaseReconciler reconciles Databases.
type DatabaseReconciler struct {
	client.Client
	// Image of PostgreSQL.
	Image string
}

// +kubebuilder:rbac:groups=db.opc.example.com,resources=databases,verbs=get;list;watch
// +kubebuilder:rbac:groups=db.opc.example.com,resources=databases/status,verbs=patch
// +kubebuilder:rbac:groups=db.opc.example.com,resources=databases/finalizers,verbs=update
// +kubebuilder:rbac:groups=apps,resources=statefulsets,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups="",resources=services,verbs=get;list;watch;create;patch

// Reconcile applies the objects of one Database and writes its status. What it made is deleted with the Database, by
// the garbage collector.
func (r *DatabaseReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var db dbv1.Database
	if err := r.Get(ctx, req.NamespacedName, &db); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !db.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil
	}
	before := db.DeepCopy()
	set, applyErr := r.apply(ctx, &db)
	setStatus(&db, set, applyErr)
	if equality.Semantic.DeepEqual(before.Status, db.Status) {
		return ctrl.Result{}, applyErr
	}
	err := r.Status().Patch(ctx, &db, client.MergeFrom(before))
	return ctrl.Result{}, errors.Join(applyErr, client.IgnoreNotFound(err))
}

// apply makes or mends the Service and the StatefulSet, and returns the latter's state.
func (r *DatabaseReconciler) apply(ctx context.Context, db *dbv1.Database) (appsv1.StatefulSetStatus, error) {
	var none appsv1.StatefulSetStatus
	for _, obj := range []client.Object{&corev1.Service{}, &appsv1.StatefulSet{}} {
		if err := r.mayApply(ctx, db, obj); err != nil {
			return none, err
		}
	}
	if err := r.Apply(ctx, service(db), fieldOwner, client.ForceOwnership); err != nil {
		return none, fmt.Errorf("applying the Service: %w", err)
	}
	set := statefulSet(db, r.Image)
	if err := r.Apply(ctx, set, fieldOwner, client.ForceOwnership); err != nil {
		return none, fmt.Errorf("applying the StatefulSet: %w", err)
	}
	return rollout(set), nil
}

// mayApply refuses to take over an object of the Database's name that somebody else made.
func (r *DatabaseReconciler) mayApply(ctx context.Context, db *dbv1.Database, obj client.Object) error {
	err := r.Get(ctx, client.ObjectKeyFromObject(db), obj)
	if err == nil && !metav1.IsControlledBy(obj, db) {
		gvk, _ := r.GroupVersionKindFor(obj)
		return fmt.Errorf("there is a %s %s that this Database did not make", gvk.Kind, db.Name)
	}
	return client.IgnoreNotFound(err)
}

// SetupWithManager makes the manager run the reconciler.
func (r *DatabaseReconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		For(&dbv1.Database{}).
		Owns(&appsv1.StatefulSet{}).
		Owns(&corev1.Service{}).
		Complete(r)
}
