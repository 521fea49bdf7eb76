package helm

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/kube"
)

// Names of the features that serving certificates depend on.
const (
	featureWebhook     = "webhook"
	featureCertManager = "certManager"
)

// certificateSecrets finds the Secrets that hold serving certificates, and makes the values for webhooks whose
// certificate comes from elsewhere. Two releases in a namespace must not share a Secret, so only the release that is
// called as the operator has the names of a plain install.
func (c *chart) certificateSecrets() {
	for _, o := range c.m.Objects {
		if o.Role == model.RoleCertificate && o.Kind() == "Certificate" {
			if name := kube.Text(model.At(o.Tree, "spec", "secretName")); name != "" {
				c.secrets[name] = ""
			}
		}
	}
	w := c.m.Webhooks
	if len(w.Hooks) == 0 {
		return
	}
	g := c.values.group(certificateDoc(w.Certificates), featureWebhook, "certificate")
	if c.takesSecret() {
		c.secrets[w.Secret] = "webhookSecretName"
		g.add(value{def: c.ownSecret(), from: w.From, schema: ofType("string"), doc: c.secretDoc()}, "secretName")
	}
	g.add(value{def: "", schema: ofType("string"), doc: "CA certificate with which the API server verifies the webhooks, as PEM or base64-encoded PEM."}, "caBundle")
}

// takesSecret reports whether people can bring the Secret with the serving certificate: a pod mounts it. An operator that
// creates its certificate or reads it in another way has no use for the name of a Secret.
func (c *chart) takesSecret() bool {
	if c.m.Webhooks.Certificates == model.CertOLM {
		return false
	}
	for _, o := range c.m.Objects {
		if o.Role != model.RoleWorkload {
			continue
		}
		volumes := kube.List(model.At(o.Tree, "spec", "template", "spec", "volumes"))
		for _, e := range volumes {
			_, v := model.Condition(e)
			if volume := kube.Map(v); model.At(volume, "secret", "secretName") == c.m.Webhooks.Secret {
				return true
			}
		}
	}
	return false
}

func certificateDoc(source string) string {
	const doc = "Serving certificate of the webhooks"
	switch source {
	case model.CertManager:
		return doc + ", if cert-manager does not create it."
	case model.CertServiceCA:
		return doc + ", if OpenShift does not create it."
	}
	return doc + "."
}

// ownSecret is the default of webhook.certificate.secretName: only a Secret that nobody makes must be said.
func (c *chart) ownSecret() string {
	if c.m.Webhooks.Certificates == model.CertSecret {
		return c.m.Webhooks.Secret
	}
	return ""
}

func (c *chart) secretDoc() string {
	const doc = "Secret with tls.crt and tls.key."
	if c.m.Webhooks.Certificates == model.CertSecret {
		return doc + " It must exist."
	}
	return doc + " Default: " + c.m.Webhooks.Secret + ", prefixed with the release name unless that is " + c.m.NamePrefix + "."
}

// caBundle gives the API server the CA of a certificate that cert-manager does not make.
func (c *chart) caBundle(client map[string]any) {
	if client == nil || client["caBundle"] != nil {
		return
	}
	e := tree.Value(featureWebhook, "certificate", "caBundle")
	when := tree.If(e)
	if c.m.Webhooks.Certificates == model.CertManager {
		when = c.feature(featureCertManager).Not().And(when)
	}
	client["caBundle"] = guarded{when, tree.Scalar{Expr: c.include("caBundle").To("quote")}}
}

// secretNames lets what names a Secret with a certificate follow the release.
func (c *chart) secretNames(v any, path []string) {
	switch t := v.(type) {
	case map[string]any:
		for k, e := range t {
			name := kube.Text(e)
			helper, known := c.secrets[name]
			if known && (helper != "" || c.m.NamePrefix != "") && namesSecret(append(path, k)) {
				t[k] = tree.Scalar{Expr: c.secret(name, helper).To("quote")}
				continue
			}
			c.secretNames(e, append(slices.Clone(path), k))
		}
	case []any:
		for _, e := range t {
			c.secretNames(e, path)
		}
	}
}

func (c *chart) secret(name, helper string) tree.Expr {
	switch {
	case helper != "":
		return c.include(helper)
	case c.m.NamePrefix == "":
		return tree.Text(name)
	}
	arg := tree.Call("dict", tree.Text("name"), tree.Text(name), tree.Text("context"), tree.Context())
	return tree.Call("include", tree.Text(c.m.Name+".secretName"), arg)
}

// namesSecret reports whether a field holds the name of a Secret.
func namesSecret(path []string) bool {
	switch path[len(path)-1] {
	case "secretName", kube.ServiceCASecret:
		return true
	case "name":
		return len(path) > 1 && slices.Contains([]string{"secret", "keySecret", "secretRef", "secretKeyRef"}, path[len(path)-2])
	}
	return false
}
