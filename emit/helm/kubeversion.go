package helm

import "github.com/opc-project/opc/kube"

// KubeVersion rewrites a range of Kubernetes versions so that it also holds for those of vendors
// (https://helm.sh/docs/topics/charts/#the-kubeversion-field).
func KubeVersion(constraint string) string {
	versions, ok := kube.ParseVersions(constraint)
	if !ok { // the compiler refuses it
		return constraint
	}
	return versions.Constraint()
}
