// Package v1 holds the admission webhooks of version v1 of the API: what the schema of the CRD can't say.
package v1

import (
	"context"
	"maps"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	dbv1 "example.com/database-operator/api/v1"
)

// maxName leaves room in the label with which a StatefulSet marks its pods: the name, a dash and a hash.
const maxName = 52

// managed are the settings of PostgreSQL that the operator makes itself, and what to use instead.
var managed = map[string]string{
	"config_file":        "use spec.settings",
	"data_directory":     "the operator chooses it",
	"listen_addresses":   "the operator chooses it",
	"port":               "the operator chooses it",
	"synchronous_commit": "use spec.durability",
}

// SetupDatabaseWebhookWithManager makes the manager serve the webhooks.
func SetupDatabaseWebhookWithManager(mgr ctrl.Manager) error {
	return ctrl.NewWebhookManagedBy(mgr, &dbv1.Database{}).
		WithDefaulter(&Defaulter{}).
		WithValidator(&Validator{}).
		Complete()
}

// +kubebuilder:webhook:path=/mutate-db-opc-example-com-v1-database,mutating=true,failurePolicy=fail,sideEffects=None,groups=db.opc.example.com,resources=databases,verbs=create;update,versions=v1,name=mdatabase-v1.kb.io,admissionReviewVersions=v1

// Defaulter sets the defaults that depend on other fields.
type Defaulter struct{}

// Default names the Secret after the Database.
func (*Defaulter) Default(_ context.Context, db *dbv1.Database) error {
	if db.Spec.PasswordSecret.Name == "" && db.Name != "" {
		db.Spec.PasswordSecret.Name = dbv1.DefaultPasswordSecret(db.Name)
	}
	return nil
}

// +kubebuilder:webhook:path=/validate-db-opc-example-com-v1-database,mutating=false,failurePolicy=fail,sideEffects=None,groups=db.opc.example.com,resources=databases,verbs=create;update,versions=v1,name=vdatabase-v1.kb.io,admissionReviewVersions=v1

// Validator refuses Databases that could not run.
type Validator struct{}

// ValidateCreate judges a new Database.
func (*Validator) ValidateCreate(_ context.Context, db *dbv1.Database) (admission.Warnings, error) {
	return warnings(db), invalid(db, append(validateName(db), validateSpec(db)...))
}

// ValidateUpdate judges a change. A name never changes, so only the spec is looked at.
func (*Validator) ValidateUpdate(_ context.Context, _, db *dbv1.Database) (admission.Warnings, error) {
	return warnings(db), invalid(db, validateSpec(db))
}

// ValidateDelete lets every deletion pass; no webhook is registered for it.
func (*Validator) ValidateDelete(context.Context, *dbv1.Database) (admission.Warnings, error) {
	return nil, nil
}

func invalid(db *dbv1.Database, faults field.ErrorList) error {
	if len(faults) == 0 {
		return nil
	}
	return apierrors.NewInvalid(dbv1.GroupVersion.WithKind("Database").GroupKind(), db.Name, faults)
}

// validateName holds the name to what the Service and the StatefulSet of the same name need.
func validateName(db *dbv1.Database) field.ErrorList {
	path := field.NewPath("metadata", "name")
	if len(db.Name) > maxName {
		return field.ErrorList{field.TooLong(path, db.Name, maxName)}
	}
	var faults field.ErrorList
	for _, msg := range validation.IsDNS1035Label(db.Name) {
		faults = append(faults, field.Invalid(path, db.Name, msg))
	}
	return faults
}

func validateSpec(db *dbv1.Database) field.ErrorList {
	spec := field.NewPath("spec")
	faults := validateQuantity(spec.Child("memory"), db.Spec.Memory)
	faults = append(faults, validateQuantity(spec.Child("storage", "size"), db.Spec.Storage.Size)...)
	for _, name := range slices.Sorted(maps.Keys(db.Spec.Settings)) {
		if why, ok := managed[name]; ok {
			faults = append(faults, field.Forbidden(spec.Child("settings").Key(name), why))
		}
	}
	return faults
}

func validateQuantity(path *field.Path, q resource.Quantity) field.ErrorList {
	if q.Sign() > 0 {
		return nil
	}
	return field.ErrorList{field.Invalid(path, q.String(), "must be more than zero")}
}

func warnings(db *dbv1.Database) admission.Warnings {
	if db.Spec.Settings["fsync"] == "off" {
		return admission.Warnings{"spec.settings[fsync]: with fsync off, a crash of the node can destroy the data"}
	}
	return nil
}
