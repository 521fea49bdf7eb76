package plane

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"

	"github.com/opc-project/opc/kube"
)

// certManager is the API of cert-manager's Certificates.
const certManager = "cert-manager.io/v1"

// Certificates plays cert-manager in a namespace: it makes the Secret of each Certificate, signed by the cluster's own
// authority, and returns that authority for each, by namespace and name, as it is injected.
func (p *Plane) Certificates(ctx context.Context, namespace string) (map[string]string, error) {
	out := map[string]string{}
	if !p.Client.Knows(certManager, "Certificate") {
		return out, nil
	}
	list, err := p.Client.List(ctx, certManager, "Certificate", namespace)
	if err != nil {
		return nil, err
	}
	ca, _, err := p.CA()
	if err != nil {
		return nil, err
	}
	for _, o := range list {
		name, spec := kube.MetaString(o, "name"), fields(o, "spec")
		var hosts []string
		names := kube.List(spec["dnsNames"])
		for _, n := range names {
			hosts = append(hosts, text(n))
		}
		if err := p.Keypair(ctx, namespace, text(spec["secretName"]), hosts...); err != nil {
			return nil, err
		}
		out[namespace+"/"+name] = base64.StdEncoding.EncodeToString(ca)
	}
	return out, nil
}

// Keypair makes a Secret with a certificate for a server, as whoever makes certificates in a cluster does.
func (p *Plane) Keypair(ctx context.Context, namespace, name string, hosts ...string) error {
	cert, key, err := p.Certificate(namespace+"-"+name, hosts...)
	if err != nil {
		return err
	}
	data := map[string]any{}
	for field, file := range map[string]string{"tls.crt": cert, "tls.key": key, "ca.crt": p.pki.path("ca.crt")} {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		data[field] = base64.StdEncoding.EncodeToString(content)
	}
	_, err = p.Client.Apply(ctx, kube.Tree{"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
		"metadata": map[string]any{"name": name, "namespace": namespace}, "data": data}, "cert-manager", false)
	return err
}

// Inject plays cert-manager's injector for the webhooks in a namespace: those whose configuration names a Certificate get
// its authority. A configuration that has an authority by then was made by someone who makes certificates, such as OLM.
func (p *Plane) Inject(ctx context.Context, namespace string, authorities map[string]string) error {
	for _, of := range [][2]string{
		{"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"}, {"admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"},
		{"apiextensions.k8s.io/v1", "CustomResourceDefinition"},
	} {
		list, err := p.Client.List(ctx, of[0], of[1], "")
		if err != nil {
			return err
		}
		for _, o := range list {
			o["apiVersion"], o["kind"] = of[0], of[1]
			if err := p.inject(ctx, o, namespace, authorities); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *Plane) inject(ctx context.Context, o kube.Tree, namespace string, authorities map[string]string) error {
	injected := false
	for _, client := range Clients(o) {
		if text(fields(client, "service")["namespace"]) != namespace || client["caBundle"] != nil {
			continue
		}
		from := text(fields(o, "metadata", "annotations")["cert-manager.io/inject-ca-from"])
		if authorities[from] == "" {
			return fmt.Errorf("%v %v asks for the CA of the Certificate %q, which is not there", o["kind"], fields(o, "metadata")["name"], from)
		}
		client["caBundle"], injected = authorities[from], true
	}
	if !injected {
		return nil
	}
	_, err := p.Client.Update(ctx, o, false)
	return err
}

// Clients are the places in an object that say how a webhook is called.
func Clients(o kube.Tree) []kube.Tree {
	var out []kube.Tree
	hooks := kube.List(o["webhooks"])
	for _, h := range hooks {
		if client := fields(h, "clientConfig"); client != nil {
			out = append(out, client)
		}
	}
	if conversion := fields(o, "spec", "conversion", "webhook", "clientConfig"); conversion != nil {
		out = append(out, conversion)
	}
	return out
}
