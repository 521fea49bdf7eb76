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

// Route plays the network and cert-manager's injector for the webhooks in a namespace: the API server comes to the pod by
// the ports that the configurations, the Services and the pod say, and trusts the certificate that they name.
func (c *Cluster) Route(ctx context.Context, namespace string, p *Pod, authorities map[string]string) error {
	list, err := c.Get(ctx, "mutatingwebhookconfigurations,validatingwebhookconfigurations,customresourcedefinitions")
	if err != nil {
		return err
	}
	services := map[string]object{}
	for _, o := range list {
		routed := false
		for _, client := range clients(o) {
			service := fields(client, "service")
			if text(service["namespace"]) != namespace {
				continue
			}
			from := text(fields(o, "metadata", "annotations")["cert-manager.io/inject-ca-from"])
			if authorities[from] == "" {
				return fmt.Errorf("%v %v asks for the CA of the Certificate %q, which is not there", o["kind"], fields(o, "metadata")["name"], from)
			}
			client["caBundle"] = authorities[from]
			name := text(service["name"])
			if services[name] == nil {
				found, err := c.Get(ctx, "service", name, "-n", namespace)
				if err != nil {
					return err
				}
				services[name] = found[0]
			}
			if service["port"], err = p.behind(services[name], service["port"]); err != nil {
				return err
			}
			routed = true
		}
		if routed {
			if err := c.replace(ctx, o); err != nil {
				return err
			}
		}
	}
	for name := range services {
		const here = `{"spec": {"type": "ExternalName", "externalName": "localhost", "clusterIP": null, "clusterIPs": null}}`
		if _, err := c.Kubectl(ctx, "", "patch", "service", name, "-n", namespace, "--type=merge", "-p", here); err != nil {
			return err
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

// behind is the port on loopback of what stands behind a Service's port.
func (p *Pod) behind(service object, port any) (int, error) {
	if port == nil {
		port = int64(443)
	}
	ports, _ := fields(service, "spec")["ports"].([]any)
	for _, e := range ports {
		if e := e.(object); e["port"] == port && p.Ports[text(e["targetPort"])] != 0 {
			return p.Ports[text(e["targetPort"])], nil
		}
	}
	return 0, fmt.Errorf("the port %v of the Service %v leads to none of the pod's", port, fields(service, "metadata")["name"])
}

func (c *Cluster) replace(ctx context.Context, o object) error {
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_, err = c.Kubectl(ctx, string(data), "replace", "-f", "-")
	return err
}
