package controller

import (
	"cmp"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/utils/ptr"

	dbv1 "example.com/database-operator/api/v1"
)

const (
	port = 5432
	// postgresUser is the numeric user and group of postgres in the official image.
	postgresUser = 999
)

func labels(db *dbv1.Database) map[string]string {
	return map[string]string{
		"app.kubernetes.io/name":       "database",
		"app.kubernetes.io/instance":   db.Name,
		"app.kubernetes.io/managed-by": "database-operator",
	}
}

func owner(db *dbv1.Database) *metav1ac.OwnerReferenceApplyConfiguration {
	return metav1ac.OwnerReference().
		WithAPIVersion(dbv1.GroupVersion.String()).WithKind("Database").
		WithName(db.Name).WithUID(db.UID).
		WithController(true).WithBlockOwnerDeletion(true)
}

// service gives the one pod a stable name in the cluster's DNS. It is headless, as a StatefulSet's must be.
func service(db *dbv1.Database) *corev1ac.ServiceApplyConfiguration {
	return corev1ac.Service(db.Name, db.Namespace).
		WithLabels(labels(db)).
		WithOwnerReferences(owner(db)).
		WithSpec(corev1ac.ServiceSpec().
			WithClusterIP(corev1.ClusterIPNone).
			WithSelector(labels(db)).
			WithPorts(corev1ac.ServicePort().WithName("postgres").WithPort(port).WithTargetPort(intstr.FromString("postgres"))))
}

func statefulSet(db *dbv1.Database, image string) *appsv1ac.StatefulSetApplyConfiguration {
	return appsv1ac.StatefulSet(db.Name, db.Namespace).
		WithLabels(labels(db)).
		WithOwnerReferences(owner(db)).
		WithSpec(appsv1ac.StatefulSetSpec().
			WithReplicas(replicas(db)).
			WithServiceName(db.Name).
			WithSelector(metav1ac.LabelSelector().WithMatchLabels(labels(db))).
			WithTemplate(corev1ac.PodTemplateSpec().WithLabels(labels(db)).WithSpec(podSpec(db, image))).
			WithVolumeClaimTemplates(volumeClaim(db)))
}

func replicas(db *dbv1.Database) int32 { return ptr.Deref(db.Spec.Replicas, 1) }

func podSpec(db *dbv1.Database, image string) *corev1ac.PodSpecApplyConfiguration {
	return corev1ac.PodSpec().
		WithAutomountServiceAccountToken(false).
		WithSecurityContext(corev1ac.PodSecurityContext().
			WithRunAsNonRoot(true).WithRunAsUser(postgresUser).WithRunAsGroup(postgresUser).WithFSGroup(postgresUser).
			WithSeccompProfile(corev1ac.SeccompProfile().WithType(corev1.SeccompProfileTypeRuntimeDefault))).
		WithContainers(container(db, image))
}

func container(db *dbv1.Database, image string) *corev1ac.ContainerApplyConfiguration {
	memory := corev1.ResourceList{corev1.ResourceMemory: db.Spec.Memory}
	return corev1ac.Container().
		WithName("postgres").
		WithImage(image).
		WithArgs(arguments(db)...).
		WithEnv(environment(db)...).
		WithPorts(corev1ac.ContainerPort().WithName("postgres").WithContainerPort(port)).
		WithResources(corev1ac.ResourceRequirements().WithRequests(memory).WithLimits(memory)).
		WithReadinessProbe(corev1ac.Probe().
			WithExec(corev1ac.ExecAction().WithCommand("pg_isready", "--username=postgres", "--host=127.0.0.1"))).
		WithSecurityContext(corev1ac.SecurityContext().
			WithAllowPrivilegeEscalation(false).
			WithCapabilities(corev1ac.Capabilities().WithDrop("ALL"))).
		WithVolumeMounts(corev1ac.VolumeMount().WithName("data").WithMountPath("/data"))
}

// arguments are sorted, so that the same spec never restarts the pod.
func arguments(db *dbv1.Database) []string {
	commit := "on"
	if db.Spec.Durability == dbv1.Relaxed {
		commit = "off"
	}
	args := []string{"-c", "synchronous_commit=" + commit}
	for _, name := range slices.Sorted(maps.Keys(db.Spec.Settings)) {
		args = append(args, "-c", name+"="+db.Spec.Settings[name])
	}
	return args
}

// environment repeats the defaults of the schema and the webhook: a cluster can run without the webhook.
func environment(db *dbv1.Database) []*corev1ac.EnvVarApplyConfiguration {
	secret := db.Spec.PasswordSecret
	return []*corev1ac.EnvVarApplyConfiguration{
		corev1ac.EnvVar().WithName("PGDATA").WithValue("/data/pgdata"),
		corev1ac.EnvVar().WithName("POSTGRES_DB").WithValue(cmp.Or(db.Spec.Database, "app")),
		corev1ac.EnvVar().WithName("POSTGRES_PASSWORD").WithValueFrom(corev1ac.EnvVarSource().
			WithSecretKeyRef(corev1ac.SecretKeySelector().
				WithName(cmp.Or(secret.Name, dbv1.DefaultPasswordSecret(db.Name))).
				WithKey(cmp.Or(secret.Key, "password")))),
	}
}

func volumeClaim(db *dbv1.Database) *corev1ac.PersistentVolumeClaimApplyConfiguration {
	spec := corev1ac.PersistentVolumeClaimSpec().
		WithAccessModes(corev1.ReadWriteOnce).
		WithResources(corev1ac.VolumeResourceRequirements().
			WithRequests(corev1.ResourceList{corev1.ResourceStorage: db.Spec.Storage.Size}))
	spec.StorageClassName = db.Spec.Storage.ClassName
	return (&corev1ac.PersistentVolumeClaimApplyConfiguration{}).WithName("data").WithSpec(spec)
}
