package v1

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	dbv1 "example.com/database-operator/api/v1"
)

func database(change func(*dbv1.Database)) *dbv1.Database {
	db := &dbv1.Database{
		ObjectMeta: metav1.ObjectMeta{Name: "shop", Namespace: "shops"},
		Spec: dbv1.DatabaseSpec{
			Memory:  resource.MustParse("256Mi"),
			Storage: dbv1.Storage{Size: resource.MustParse("1Gi")},
		},
	}
	change(db)
	return db
}

func TestDefault(t *testing.T) {
	for given, want := range map[string]string{"": "shop-password", "own": "own"} {
		db := database(func(db *dbv1.Database) { db.Spec.PasswordSecret.Name = given })
		if err := (&Defaulter{}).Default(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		if got := db.Spec.PasswordSecret.Name; got != want {
			t.Errorf("name %q became %q, want %q", given, got, want)
		}
	}
}

func TestValidate(t *testing.T) {
	setting := func(name, value string) func(*dbv1.Database) {
		return func(db *dbv1.Database) { db.Spec.Settings = map[string]string{name: value} }
	}
	tests := []struct {
		name       string
		change     func(*dbv1.Database)
		want, warn string // parts of the error and of the warning; "" for none
		onUpdate   bool   // whether an update is judged the same
	}{
		{"good", setting("max_connections", "50"), "", "", true},
		{"name with a dot", func(db *dbv1.Database) { db.Name = "my.shop" }, "metadata.name", "", false},
		{"long name", func(db *dbv1.Database) { db.Name = strings.Repeat("a", 53) }, "may not be more than 52", "", false},
		{"managed setting", setting("port", "1"), "spec.settings[port]: Forbidden", "", true},
		{"setting with a field", setting("synchronous_commit", "off"), "use spec.durability", "", true},
		{"risky setting", setting("fsync", "off"), "", "can destroy the data", true},
		{"no memory", func(db *dbv1.Database) { db.Spec.Memory = resource.MustParse("0") }, "spec.memory", "", true},
		{"less than no storage", func(db *dbv1.Database) { db.Spec.Storage.Size = resource.MustParse("-1Gi") },
			"spec.storage.size", "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, db := &Validator{}, database(tt.change)
			warn, err := v.ValidateCreate(t.Context(), db)
			check(t, "create", err, tt.want)
			if got := strings.Join(warn, "\n"); !strings.Contains(got, tt.warn) || (tt.warn == "") != (got == "") {
				t.Errorf("warnings %q, want %q", got, tt.warn)
			}
			want := tt.want
			if !tt.onUpdate {
				want = ""
			}
			_, err = v.ValidateUpdate(t.Context(), database(func(*dbv1.Database) {}), db)
			check(t, "update", err, want)
		})
	}
}

func check(t *testing.T, what string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: %v, want none", what, err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("%s: %v, want %q", what, err, want)
	}
}
