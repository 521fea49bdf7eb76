package project

import (
	"fmt"
	"strings"
)

// Neighbours are the APIs of cert-manager and the Prometheus Operator, without the programs: what opc emits is stored
// and compared, nothing acts on it.
func Neighbours() string {
	var out strings.Builder
	for _, n := range []struct{ group, kind, plural string }{
		{"cert-manager.io", "Issuer", "issuers"},
		{"cert-manager.io", "Certificate", "certificates"},
		{"monitoring.coreos.com", "ServiceMonitor", "servicemonitors"},
	} {
		fmt.Fprintf(&out, `---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %[3]s.%[1]s}
spec:
  group: %[1]s
  names: {kind: %[2]s, listKind: %[2]sList, plural: %[3]s, singular: %[4]s}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
`, n.group, n.kind, n.plural, strings.ToLower(n.kind))
	}
	return out.String()
}
