package olm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// InstallBundle does to a bundle's manifests what an InstallPlan does, without a catalog: service accounts and roles
// as the ClusterServiceVersion lists them, then the objects, in the namespace of an OperatorGroup.
func (v *V0) InstallBundle(ctx context.Context, bundle, namespace string) (csv string, err error) {
	manifests, err := parseFolder(filepath.Join(bundle, "manifests"))
	if err != nil {
		return "", err
	}
	csvs, manifests := split(manifests, "ClusterServiceVersion")
	crds, manifests := split(manifests, "CustomResourceDefinition")
	if len(csvs) != 1 {
		return "", errors.New("a bundle has one ClusterServiceVersion")
	}
	for _, list := range [][]object{crds, accountsOf(csvs[0], namespace), manifests, csvs} {
		if err := apply(ctx, v.cluster, list, "-n", namespace); err != nil {
			return "", err
		}
	}
	return nameOf(csvs[0]), nil
}

// accountsOf are the service accounts of a ClusterServiceVersion with their roles and bindings.
func accountsOf(csv object, namespace string) []object {
	const rbac = "rbac.authorization.k8s.io"
	var out []object
	for _, part := range []struct{ field, kind string }{{"permissions", "Role"}, {"clusterPermissions", "ClusterRole"}} {
		for i, p := range items(at(csv, "spec", "install", "spec", part.field)) {
			name := fmt.Sprintf("%s-%s-%d", nameOf(csv), strings.ToLower(part.kind), i)
			md := object{"name": name}
			if part.kind == "Role" {
				md["namespace"] = namespace
			}
			account := object{"name": p["serviceAccountName"], "namespace": namespace}
			out = append(out,
				object{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account},
				object{"apiVersion": rbac + "/v1", "kind": part.kind, "metadata": md, "rules": p["rules"]},
				object{"apiVersion": rbac + "/v1", "kind": part.kind + "Binding", "metadata": md,
					"roleRef":  object{"apiGroup": rbac, "kind": part.kind, "name": name},
					"subjects": []object{{"kind": "ServiceAccount", "name": p["serviceAccountName"], "namespace": namespace}}})
		}
	}
	return out
}

// command runs a program; its error holds what it printed.
func command(ctx context.Context, env []string, path string, args ...string) error {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(path), strings.Join(args, " "), err, out)
	}
	return nil
}
