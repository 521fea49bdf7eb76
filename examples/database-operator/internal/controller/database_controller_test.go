package controller

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	dbv1 "example.com/database-operator/api/v1"
)

var key = client.ObjectKey{Namespace: "shops", Name: "shop"}

func database() *dbv1.Database {
	return &dbv1.Database{
		ObjectMeta: metav1.ObjectMeta{Name: key.Name, Namespace: key.Namespace, UID: "db-1"},
		Spec: dbv1.DatabaseSpec{
			Durability: dbv1.Relaxed,
			Memory:     resource.MustParse("1Gi"),
			Settings:   map[string]string{"work_mem": "8MB", "max_connections": "50"},
			Storage:    dbv1.Storage{Size: resource.MustParse("10Gi"), ClassName: ptr.To("fast")},
		},
	}
}

func newReconciler(t *testing.T, objects ...client.Object) *DatabaseReconciler {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, dbv1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	c := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).
		WithStatusSubresource(&dbv1.Database{}, &appsv1.StatefulSet{}).Build()
	return &DatabaseReconciler{Client: c, Image: "postgres:17"}
}

func reconcile(t *testing.T, r *DatabaseReconciler) {
	t.Helper()
	if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: key}); err != nil {
		t.Fatal(err)
	}
}

func get[T client.Object](t *testing.T, r *DatabaseReconciler, obj T) T {
	t.Helper()
	if err := r.Get(t.Context(), key, obj); err != nil {
		t.Fatal(err)
	}
	return obj
}

// wantConditions compares the conditions with "Type=Status/Reason" each.
func wantConditions(t *testing.T, r *DatabaseReconciler, want ...string) {
	t.Helper()
	var got []string
	for _, c := range get(t, r, &dbv1.Database{}).Status.Conditions {
		got = append(got, c.Type+"="+string(c.Status)+"/"+c.Reason)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("conditions %v, want %v", got, want)
	}
}

func TestReconcileMakesObjects(t *testing.T) {
	r := newReconciler(t, database())
	reconcile(t, r)
	set, svc := get(t, r, &appsv1.StatefulSet{}), get(t, r, &corev1.Service{})
	for _, obj := range []client.Object{set, svc} {
		if !metav1.IsControlledBy(obj, database()) {
			t.Errorf("%T: owners %v, want the Database", obj, obj.GetOwnerReferences())
		}
	}
	c := set.Spec.Template.Spec.Containers[0]
	if c.Image != "postgres:17" {
		t.Errorf("image %q", c.Image)
	}
	if got, want := strings.Join(c.Args, " "), "-c synchronous_commit=off -c max_connections=50 -c work_mem=8MB"; got != want {
		t.Errorf("arguments %q, want %q", got, want)
	}
	if got := c.Resources.Limits.Memory().String(); got != "1Gi" {
		t.Errorf("memory limit %s", got)
	}
	secret := c.Env[slices.IndexFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == "POSTGRES_PASSWORD" })].ValueFrom.SecretKeyRef
	if secret.Name != "shop-password" || secret.Key != "password" {
		t.Errorf("secret %s, key %s", secret.Name, secret.Key)
	}
	claim := set.Spec.VolumeClaimTemplates[0].Spec
	if got := claim.Resources.Requests.Storage().String(); got != "10Gi" || *claim.StorageClassName != "fast" {
		t.Errorf("claim of %s in class %s", got, *claim.StorageClassName)
	}
	if svc.Spec.ClusterIP != corev1.ClusterIPNone || svc.Spec.Selector["app.kubernetes.io/instance"] != "shop" {
		t.Errorf("service %+v", svc.Spec)
	}
}

func TestReconcileFollowsStatefulSet(t *testing.T) {
	r := newReconciler(t, database())
	reconcile(t, r)
	wantConditions(t, r, "Available=False/Starting", "Progressing=True/RollingOut")

	report := func(status appsv1.StatefulSetStatus) {
		t.Helper()
		set := get(t, r, &appsv1.StatefulSet{})
		set.Status = status
		if err := r.Status().Update(t.Context(), set); err != nil {
			t.Fatal(err)
		}
		reconcile(t, r)
	}
	report(appsv1.StatefulSetStatus{Replicas: 1, ReadyReplicas: 1})
	wantConditions(t, r, "Available=True/Ready", "Progressing=True/RollingOut")
	report(appsv1.StatefulSetStatus{Replicas: 1, ReadyReplicas: 1, UpdatedReplicas: 1})
	wantConditions(t, r, "Available=True/Ready", "Progressing=False/Settled")
	status := get(t, r, &dbv1.Database{}).Status
	if status.ReadyReplicas != 1 || status.Address != "shop.shops.svc:5432" {
		t.Errorf("status %+v", status)
	}
	version := get(t, r, &dbv1.Database{}).ResourceVersion
	reconcile(t, r)
	if got := get(t, r, &dbv1.Database{}).ResourceVersion; got != version {
		t.Error("a second run wrote the status again")
	}
}

func TestReconcileStops(t *testing.T) {
	db := database()
	db.Spec.Replicas = ptr.To[int32](0)
	r := newReconciler(t, db)
	reconcile(t, r)
	if got := *get(t, r, &appsv1.StatefulSet{}).Spec.Replicas; got != 0 {
		t.Errorf("replicas %d, want 0", got)
	}
	wantConditions(t, r, "Available=False/Stopped", "Progressing=False/Settled")
}

func TestReconcileLeavesForeignObjects(t *testing.T) {
	foreign := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: key.Name, Namespace: key.Namespace},
		Spec:       corev1.ServiceSpec{Selector: map[string]string{"app": "shop"}},
	}
	r := newReconciler(t, database(), foreign)
	_, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: key})
	if err == nil || !strings.Contains(err.Error(), "a Service shop that this Database did not make") {
		t.Errorf("error %v", err)
	}
	if got := get(t, r, &corev1.Service{}).Spec.Selector["app"]; got != "shop" {
		t.Error("the foreign Service was changed")
	}
	if err := r.Get(t.Context(), key, &appsv1.StatefulSet{}); !apierrors.IsNotFound(err) {
		t.Errorf("StatefulSet: %v, want none", err)
	}
	c := meta.FindStatusCondition(get(t, r, &dbv1.Database{}).Status.Conditions, dbv1.Progressing)
	if c == nil || c.Reason != "ApplyFailed" || c.Message != err.Error() {
		t.Errorf("condition %+v", c)
	}
}

func TestReconcileIgnoresDeleted(t *testing.T) {
	r := newReconciler(t)
	reconcile(t, r)

	db := database()
	db.DeletionTimestamp, db.Finalizers = ptr.To(metav1.Now()), []string{"example.com/held"}
	r = newReconciler(t, db)
	reconcile(t, r)
	if err := r.Get(t.Context(), key, &appsv1.StatefulSet{}); !apierrors.IsNotFound(err) {
		t.Errorf("StatefulSet of a Database that is being deleted: %v, want none", err)
	}
}
