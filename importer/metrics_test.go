package importer

import (
	"io/fs"
	"strings"
	"testing"
)

// TestUnmountedCertificate holds that the Certificate of metrics stays an object of the source where no pod mounts it:
// kubebuilder makes it always, and leaves its mount to the user.
func TestUnmountedCertificate(t *testing.T) {
	data, err := fs.ReadFile(outputOf(t, "../testdata/cases/features").dist, "install.yaml")
	if err != nil {
		t.Fatal(err)
	}
	install := string(data)
	for _, part := range []string{
		"        - --metrics-cert-path=/tmp/k8s-metrics-server/metrics-certs\n",
		"        volumeMounts:\n        - name: metrics-certs\n          mountPath: /tmp/k8s-metrics-server/metrics-certs\n          readOnly: true\n",
		"      volumes:\n      - name: metrics-certs\n        secret:\n          items:\n          - key: ca.crt\n            path: ca.crt\n" +
			"          - key: tls.crt\n            path: tls.crt\n          - key: tls.key\n            path: tls.key\n" +
			"          optional: false\n          secretName: metrics-server-cert\n",
	} {
		if !strings.Contains(install, part) {
			t.Fatalf("install.yaml lacks\n%s", part)
		}
		install = strings.Replace(install, part, "", 1)
	}
	r, faults := Stream("-", []byte(install), Facts{}, Options{Format: "cue", Verify: true})
	held(t, r, told(faults), nil, false)
	if text := string(r.Text); strings.Contains(text, "manager: false") || strings.Contains(text, "certificates:") {
		t.Error(text)
	}
	if r.Files["objects/ring-operator-metrics-certs_certificate.yaml"] == nil {
		t.Error("the Certificate is not among the objects")
	}
}
