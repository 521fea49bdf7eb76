package cluster

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// Certificates plays cert-manager in a namespace: it makes the Secret of each Certificate, signed by the cluster's own
// authority, and returns that authority for each, by namespace and name, as it is injected.
func (c *Cluster) Certificates(ctx context.Context, namespace string) (map[string]string, error) {
	list, err := c.Get(ctx, "certificates.cert-manager.io", "-n", namespace)
	if err != nil {
		return nil, err
	}
	ca, _, err := c.CA()
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, o := range list {
		name, spec := text(fields(o, "metadata")["name"]), fields(o, "spec")
		var hosts []string
		names, _ := spec["dnsNames"].([]any)
		for _, n := range names {
			hosts = append(hosts, text(n))
		}
		cert, key, err := c.Certificate(namespace+"-"+name, hosts...)
		if err != nil {
			return nil, err
		}
		if _, err := c.Kubectl(ctx, "", "create", "secret", "generic", text(spec["secretName"]), "-n", namespace, "--type=kubernetes.io/tls",
			"--from-file=tls.crt="+cert, "--from-file=tls.key="+key, "--from-file=ca.crt="+c.pki.path("ca.crt")); err != nil {
			return nil, err
		}
		out[namespace+"/"+name] = base64.StdEncoding.EncodeToString(ca)
	}
	return out, nil
}

// Inject plays cert-manager's injector for the webhooks in a namespace: those whose configuration names a Certificate get
// its authority. A configuration that has an authority by then was made by someone who makes certificates, such as OLM.
func (c *Cluster) Inject(ctx context.Context, namespace string, authorities map[string]string) error {
	list, err := c.Get(ctx, "mutatingwebhookconfigurations,validatingwebhookconfigurations,customresourcedefinitions")
	if err != nil {
		return err
	}
	for _, o := range list {
		injected := false
		for _, client := range clients(o) {
			if text(fields(client, "service")["namespace"]) != namespace || client["caBundle"] != nil {
				continue
			}
			from := text(fields(o, "metadata", "annotations")["cert-manager.io/inject-ca-from"])
			if authorities[from] == "" {
				return fmt.Errorf("%v %v asks for the CA of the Certificate %q, which is not there", o["kind"], fields(o, "metadata")["name"], from)
			}
			client["caBundle"], injected = authorities[from], true
		}
		if injected {
			if err := c.replace(ctx, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// clients are the places in an object that say how a webhook is called.
func clients(o object) []object {
	var out []object
	hooks, _ := o["webhooks"].([]any)
	for _, h := range hooks {
		out = append(out, fields(h.(object), "clientConfig"))
	}
	if conversion := fields(o, "spec", "conversion", "webhook", "clientConfig"); conversion != nil {
		out = append(out, conversion)
	}
	return out
}

func (c *Cluster) replace(ctx context.Context, o object) error {
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_, err = c.Kubectl(ctx, string(data), "replace", "-f", "-")
	return err
}
