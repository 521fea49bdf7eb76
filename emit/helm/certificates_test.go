package helm

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
)

const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"

// hooked describes webhooks, a conversion among them, whose certificate comes from the given source.
func hooked(t *testing.T, certificates string) *model.Operator {
	return lowered(t, `
name: shop
version: 1.0.0
image: example.com/shop
crds: [crd.yaml]
webhooks: {certificates: `+certificates+`, conversion: [boxes.shop.example.com], hooks: [{type: validating, name: v.shop.example.com, path: /v}]}
`, "crd.yaml", definition)
}

// facts are what matters of certificates in a rendered chart.
func facts(t *testing.T, m *model.Operator, given map[string]any) map[string]any {
	t.Helper()
	rendered, err := render(t, loaded(t, emitted(t, m)), release{"shop", "shop-system", given})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	for _, o := range objectsOf(t, rendered) {
		switch o["kind"] {
		case "CustomResourceDefinition":
			out["conversion"] = model.At(o, "spec", "conversion", "webhook", "clientConfig", "caBundle")
			out["converts"] = model.At(o, "spec", "conversion", "strategy")
			out["crd injected"] = model.At(o, "metadata", "annotations", "cert-manager.io/inject-ca-from")
		case "ValidatingWebhookConfiguration":
			out["webhook"] = model.At(o["webhooks"].([]any)[0].(map[string]any), "clientConfig", "caBundle")
			out["injected"] = model.At(o, "metadata", "annotations", "cert-manager.io/inject-ca-from")
		case "Deployment":
			volumes, _ := model.At(o, "spec", "template", "spec", "volumes").([]any)
			for _, v := range volumes {
				out["mounted"] = model.At(v.(map[string]any), "secret", "secretName")
			}
		case "Certificate", "Issuer":
			out[o["kind"].(string)] = model.MetaString(o, "name")
		case "Service":
			if strings.HasSuffix(model.MetaString(o, "name"), "webhook-service") {
				out["serves"] = model.At(o, "metadata", "annotations", "service.beta.openshift.io/serving-cert-secret-name")
			}
		}
	}
	for k, v := range out {
		if v == nil {
			delete(out, k)
		}
	}
	out["warned"] = strings.Contains(rendered["shop/templates/NOTES.txt"], "WARNING: the CA of the webhooks' certificate is not set.")
	return out
}

func TestCertificates(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte(pem))
	for _, c := range []struct {
		name, source, values string
		want                 map[string]any
	}{
		{"cert-manager makes them", "cert-manager", "{}", map[string]any{
			"converts": "Webhook", "crd injected": "shop-system/shop-serving-cert", "injected": "shop-system/shop-serving-cert", "mounted": "webhook-server-cert",
			"Certificate": "shop-serving-cert", "Issuer": "shop-selfsigned-issuer", "warned": false,
		}},
		{"cert-manager makes them, whatever else is said", "cert-manager", "webhook: {certificate: {caBundle: Q0E=, secretName: mine}}", map[string]any{
			"converts": "Webhook", "crd injected": "shop-system/shop-serving-cert", "injected": "shop-system/shop-serving-cert", "mounted": "mine",
			"Certificate": "shop-serving-cert", "Issuer": "shop-selfsigned-issuer", "warned": false,
		}},
		{"without cert-manager", "cert-manager", "certManager: {enabled: false}\nwebhook: {certificate: {secretName: mine, caBundle: \"" + strings.ReplaceAll(pem, "\n", "\\n") + "\\n\"}}", map[string]any{
			"converts": "Webhook", "conversion": encoded, "webhook": encoded, "mounted": "mine", "warned": false,
		}},
		{"without cert-manager and CA", "cert-manager", "certManager: {enabled: false}", map[string]any{
			"converts": "Webhook", "mounted": "webhook-server-cert", "warned": true,
		}},
		{"CA in base64", "cert-manager", "certManager: {enabled: false}\nwebhook: {certificate: {caBundle: Q0E=}}", map[string]any{
			"converts": "Webhook", "conversion": "Q0E=", "webhook": "Q0E=", "mounted": "webhook-server-cert", "warned": false,
		}},
		{"no webhooks", "cert-manager", "webhook: {enabled: false}", map[string]any{"Issuer": "shop-selfsigned-issuer", "warned": false}},
		{"neither webhooks nor cert-manager", "cert-manager", "webhook: {enabled: false}\ncertManager: {enabled: false}", map[string]any{"warned": false}},
		{"an existing Secret", "secret", "webhook: {certificate: {caBundle: Q0E=}}", map[string]any{
			"converts": "Webhook", "conversion": "Q0E=", "webhook": "Q0E=", "mounted": "webhook-server-cert", "warned": false,
		}},
		{"an existing Secret without CA", "secret", "{}", map[string]any{"converts": "Webhook", "mounted": "webhook-server-cert", "warned": true}},
		{"OpenShift's CA", "openshift-service-ca", "{}", map[string]any{
			"converts": "Webhook", "mounted": "webhook-server-cert", "serves": "webhook-server-cert", "warned": false,
		}},
		{"only OLM makes them", "olm", "{}", map[string]any{"converts": "Webhook", "warned": true}},
	} {
		if diff := cmp.Diff(c.want, facts(t, hooked(t, c.source), values(t, c.values))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestMountedCertificate holds that the Secret of the webhooks is the one that the description itself mounts, and that an
// operator that keeps its certificate elsewhere asks for none.
func TestMountedCertificate(t *testing.T) {
	described := func(volume string) *model.Operator {
		return lowered(t, `
name: shop
version: 1.0.0
image: example.com/shop
crds: [crd.yaml]
manager: {pod: {volumes: [`+volume+`]}, container: {volumeMounts: [{name: tls, mountPath: /tls}]}}
webhooks: {certificates: secret, mountPath: /tls, conversion: [boxes.shop.example.com], hooks: [{type: validating, name: v.shop.example.com, path: /v}]}
`, "crd.yaml", definition)
	}
	m := described("{name: tls, secret: {secretName: shop-tls}}")
	for given, want := range map[string]string{"{}": "shop-tls", "webhook: {certificate: {secretName: mine}}": "mine"} {
		if got := facts(t, m, values(t, given))["mounted"]; got != want {
			t.Errorf("%s: the pod mounts %v, want %s", given, got, want)
		}
	}
	ch := loaded(t, emitted(t, described("{name: tls, emptyDir: {}}")))
	if _, err := render(t, ch, release{"shop", "shop-system", values(t, "webhook: {certificate: {secretName: mine}}")}); err == nil || !strings.Contains(err.Error(), "secretName") {
		t.Errorf("a Secret that nothing mounts can be set: %v", err)
	}
	if got := facts(t, described("{name: tls, emptyDir: {}}"), values(t, "webhook: {certificate: {caBundle: Q0E=}}"))["webhook"]; got != "Q0E=" {
		t.Errorf("the CA of the webhook is %v, want Q0E=", got)
	}
}

// TestOwnConfiguration holds that a webhook configuration of the description that calls the operator's own webhooks gets
// their CA and goes with their feature, and that one that calls somebody else's stays as it is.
func TestOwnConfiguration(t *testing.T) {
	configuration := func(name, service string) string {
		return "  - {apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: " + name + "}, webhooks: [{name: " + name +
			".shop.example.com, admissionReviewVersions: [v1], sideEffects: None, clientConfig: {service: {name: " + service + ", namespace: shop-system}}}]}\n"
	}
	m := lowered(t, `
name: shop
version: 1.0.0
image: example.com/shop
crds: [crd.yaml]
webhooks: {certificates: secret, conversion: [boxes.shop.example.com]}
objects:
`+configuration("own", "shop-webhook-service")+configuration("other", "guard"), "crd.yaml", definition)
	for given, want := range map[string]map[string]any{
		"webhook: {certificate: {caBundle: Q0E=}}": {"own": "Q0E=", "other": nil},
		"webhook: {enabled: false}":                {"other": nil},
	} {
		rendered, err := render(t, loaded(t, emitted(t, m)), release{"shop", "shop-system", values(t, given)})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]any{}
		for _, o := range objectsOf(t, rendered) {
			if o["kind"] == "ValidatingWebhookConfiguration" {
				got[model.MetaString(o, "name")] = model.At(o["webhooks"].([]any)[0].(map[string]any), "clientConfig", "caBundle")
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", given, diff)
		}
	}
}

// TestOwnInjection holds that a webhook configuration of the description asks cert-manager for the CA only where the
// Certificate of opc is made, and somebody else's Certificate is left alone.
func TestOwnInjection(t *testing.T) {
	for name, want := range map[string]map[bool]any{
		"shop-serving-cert": {true: "shop-system/shop-serving-cert", false: nil},
		"company-cert":      {true: "shop-system/company-cert", false: "shop-system/company-cert"},
	} {
		m := lowered(t, `
name: shop
version: 1.0.0
image: example.com/shop
crds: [crd.yaml]
webhooks: {conversion: [boxes.shop.example.com]}
objects:
- {apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: own, annotations: {cert-manager.io/inject-ca-from: shop-system/`+name+`}}, webhooks: [{name: own.shop.example.com, admissionReviewVersions: [v1], sideEffects: None, clientConfig: {service: {name: shop-webhook-service, namespace: shop-system}}}]}
`, "crd.yaml", definition)
		for on, from := range want {
			given := values(t, fmt.Sprintf("certManager: {enabled: %t}", on))
			if got := facts(t, m, given)["injected"]; got != from {
				t.Errorf("%s with certManager.enabled=%t: the CA is taken from %v, want %v", name, on, got, from)
			}
		}
	}
}

// TestSecretsFollowTheRelease holds that only the release that is called as the operator has a plain install's Secrets.
func TestSecretsFollowTheRelease(t *testing.T) {
	m := hooked(t, "cert-manager")
	ch := loaded(t, emitted(t, m))
	for name, want := range map[string]string{"shop": "webhook-server-cert", "other": "other-shop-webhook-server-cert"} {
		rendered, err := render(t, ch, release{name, "shop-system", nil})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objectsOf(t, rendered) {
			if s := model.At(o, "spec", "secretName"); o["kind"] == "Certificate" && s != want {
				t.Errorf("release %s: the Certificate fills %v", name, s)
			}
		}
	}
}
