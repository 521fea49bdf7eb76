package importer

import (
	"fmt"
	"strings"
	"testing"
)

// buoyDefinition is a definition that the operator converts; %[1]s is its plural, %[2]s its kind, and %[3]s its annotations.
const buoyDefinition = `---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %[1]s.example.com, annotations: {%[3]s}}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: %[2]s, plural: %[1]s, singular: x%[1]s, listKind: %[2]sList}
  conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {service: {name: buoy-webhook-service, namespace: harbour, path: /convert}}}}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`

// buoyInstall has a webhook whose certificate cert-manager makes, and a role of the cluster with a namespace.
const buoyInstall = `apiVersion: apps/v1
kind: Deployment
metadata: {name: buoy-controller-manager, namespace: harbour}
spec:
  selector: {matchLabels: {app: buoy}}
  template:
    metadata: {labels: {app: buoy}}
    spec: {containers: [{name: manager, image: "registry.example.com/buoy:1.0.0"}]}
---
apiVersion: v1
kind: Service
metadata: {name: buoy-webhook-service, namespace: harbour}
spec: {selector: {app: buoy}, ports: [{port: 443, targetPort: 9443}]}
---
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: buoy-selfsigned-issuer, namespace: harbour}
spec: {selfSigned: {}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: buoy-serving-cert, namespace: harbour}
spec:
  dnsNames: [buoy-webhook-service.harbour.svc, buoy-webhook-service.harbour.svc.cluster.local]
  issuerRef: {kind: Issuer, name: buoy-selfsigned-issuer}
  secretName: webhook-server-cert
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: buoy-viewer, namespace: harbour}
rules: [{apiGroups: [example.com], resources: [buoys], verbs: [get]}]
`

// TestCorrectedSources holds that what no cluster takes as it stands is corrected, and reported at its line: a definition that
// asks for no CA beside one that does, and the namespace of an object of the cluster.
func TestCorrectedSources(t *testing.T) {
	asks := `cert-manager.io/inject-ca-from: harbour/buoy-serving-cert`
	text := buoyInstall + fmt.Sprintf(buoyDefinition, "buoys", "Buoy", asks) + fmt.Sprintf(buoyDefinition, "moles", "Mole", "")
	out, found := Stream("install.yaml", []byte(text), Facts{}, Options{Format: "cue", Verify: true})
	if out == nil {
		t.Fatal(found)
	}
	for _, u := range out.Unequal {
		t.Error(u)
	}
	for message, line := range map[string]string{
		"the CustomResourceDefinition moles.example.com asks for no CA": "kind: CustomResourceDefinition\nmetadata: {name: moles",
		"the namespace of the ClusterRole buoy-viewer is not carried":   "metadata: {name: buoy-viewer",
	} {
		said := false
		for _, d := range found {
			said = said || strings.Contains(d.Message, message) && d.Pos.Line == strings.Count(text[:strings.Index(text, line)+len(line)], "\n")+1
		}
		if !said {
			t.Errorf("it does not say at its line that %s:\n%v", message, found)
		}
	}
	if strings.Contains(fmt.Sprint(found), "buoys.example.com asks") {
		t.Error("a definition that asks for the CA is corrected")
	}
}
