package olm

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/opc-project/opc/e2e/cluster"
	"github.com/opc-project/opc/try/plane"
)

// V1 is a running OLM v1.
type V1 struct{ cluster *cluster.Cluster }

// V1Tools are the binaries it needs.
var V1Tools = []string{"catalogd", "operator-controller"}

const (
	v1Namespace = "olmv1-system"
	webhookPort = 9443           // in the manifest of the release
	v1Address   = "198.51.100.1" // of catalogd, in the cluster
)

// StartV1 installs OLM v1 from the manifest of its release, but for the Deployments: its programs run here, as if in
// pods with its own service accounts. Images are pulled from the registry.
func StartV1(ctx context.Context, c *cluster.Cluster, r *Registry, hosts ...string) (*V1, error) {
	ports, err := plane.FreePorts(6)
	if err != nil {
		return nil, err
	}
	catalogs, webhooks := ports[0], ports[1]
	c.Lead(fmt.Sprintf("%s:%d", v1Address, webhookPort), webhooks)
	if err := release(ctx, c); err != nil {
		return nil, err
	}
	cert, key, err := c.Certificate("olmv1", "catalogd-service."+v1Namespace+".svc")
	if err != nil {
		return nil, err
	}
	authorities, err := authorities(c)
	if err != nil {
		return nil, err
	}
	conf := filepath.Join(c.Dir, "registries.conf")
	if err := r.Conf(conf, hosts...); err != nil {
		return nil, err
	}
	loopback := func(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
	env := []string{"CONTAINERS_REGISTRIES_CONF=" + conf, "TMPDIR=" + c.Dir}
	common := []string{"--tls-cert=" + cert, "--tls-key=" + key, "--pull-cas-dir=" + authorities}
	var programs []string
	for _, name := range V1Tools {
		path, err := c.Tools.Path(ctx, name)
		if err != nil {
			return nil, err
		}
		programs = append(programs, path)
	}
	err = c.SpawnInPod(ctx, v1Namespace, "catalogd-controller-manager", env, programs[0], append([]string{
		fmt.Sprintf("--external-address=localhost:%d", catalogs), "--catalogs-server-addr=" + loopback(catalogs),
		"--metrics-bind-address=" + loopback(ports[2]), "--health-probe-bind-address=" + loopback(ports[3]),
		fmt.Sprintf("--webhook-server-port=%d", webhooks), "--cache-dir=" + filepath.Join(c.Dir, "catalogd"),
	}, common...)...)
	if err != nil {
		return nil, err
	}
	err = c.SpawnInPod(ctx, v1Namespace, "operator-controller-controller-manager", env, programs[1], append([]string{
		"--metrics-bind-address=" + loopback(ports[4]), "--health-probe-bind-address=" + loopback(ports[5]),
		"--catalogd-cas-dir=" + authorities, "--cache-path=" + filepath.Join(c.Dir, "operator-controller"),
		// as in the release's Deployment
		"--feature-gates=WebhookProviderCertManager=true,BoxcutterRuntime=false,BundleReleaseSupport=false,DeploymentConfig=false",
		"--feature-gates=SingleOwnNamespaceInstallSupport=false,WebhookProviderOpenshiftServiceCA=false",
	}, common...)...)
	if err != nil {
		return nil, err
	}
	v := &V1{cluster: c}
	for _, port := range []int{ports[3], ports[5]} {
		if err := c.Await(ctx, "OLM v1 is ready", func() error { return healthy(ctx, port) }); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// authorities is a folder that holds nothing but the certificate of the cluster's authority.
func authorities(c *cluster.Cluster) (string, error) {
	ca, _, err := c.CA()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(c.Dir, "authorities")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "ca.crt"), ca, 0o600)
}

func healthy(ctx context.Context, port int) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/readyz", port), nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("readyz says %s", res.Status)
	}
	return nil
}

// release applies the manifest of OLM v1's release. cert-manager is not there, so the webhook gets the certificate's
// authority here. No pod stands behind its Service, so the Service is told where it leads.
func release(ctx context.Context, c *cluster.Cluster) error {
	src, err := c.Tools.Module(ctx, cluster.OLMv1Module, cluster.OLMv1)
	if err != nil {
		return err
	}
	list, err := parseFile(filepath.Join(src, "manifests/standard.yaml"))
	if err != nil {
		return err
	}
	_, list = split(list, "Deployment", "Certificate", "Issuer", "ClusterIssuer")
	hooks, list := split(list, "MutatingWebhookConfiguration")
	ca, _, err := c.CA()
	if err != nil {
		return err
	}
	for _, config := range hooks {
		for _, hook := range items(config["webhooks"]) {
			client, _ := hook["clientConfig"].(object)
			client["caBundle"] = base64.StdEncoding.EncodeToString(ca)
		}
	}
	namespaces, list := split(list, "Namespace")
	list = append(list, object{"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
		"metadata":  object{"name": "catalogd", "namespace": v1Namespace, "labels": object{"kubernetes.io/service-name": "catalogd-service"}},
		"endpoints": []object{{"addresses": []string{v1Address}}},
		"ports":     []object{{"name": "webhook", "port": webhookPort}}})
	for _, part := range [][]object{namespaces, list, hooks} {
		if err := apply(ctx, c, part); err != nil {
			return err
		}
	}
	return nil
}

// Catalog makes a ClusterCatalog, or points it to another image, and waits until its content is served.
func (v *V1) Catalog(ctx context.Context, name, image string) error {
	err := apply(ctx, v.cluster, []object{{
		"apiVersion": "olm.operatorframework.io/v1", "kind": "ClusterCatalog", "metadata": object{"name": name},
		"spec": object{"source": object{"type": "Image", "image": object{"ref": image}}},
	}})
	if err != nil {
		return err
	}
	return v.cluster.Await(ctx, image+" is served", func() error {
		list, err := v.cluster.Get(ctx, "clustercatalog", name)
		if err != nil {
			return err
		}
		current := 0
		for _, c := range items(at(list[0], "status", "conditions")) {
			told := c["type"] == "Serving" && c["status"] == "True" || c["type"] == "Progressing" && c["reason"] == "Succeeded"
			if told && c["observedGeneration"] == at(list[0], "metadata", "generation") {
				current++
			}
		}
		if current == 2 {
			return nil
		}
		return fmt.Errorf("%v", at(list[0], "status", "conditions"))
	})
}

// Extension asks for a version of a package.
func (v *V1) Extension(ctx context.Context, namespace, pkg, version string) error {
	return apply(ctx, v.cluster, []object{{
		"apiVersion": "olm.operatorframework.io/v1", "kind": "ClusterExtension", "metadata": object{"name": pkg},
		"spec": object{"namespace": namespace, "source": object{"sourceType": "Catalog", "catalog": object{"packageName": pkg, "version": version}}},
	}})
}

// AwaitInstalled waits until a version is installed.
func (v *V1) AwaitInstalled(ctx context.Context, pkg, version string) error {
	return v.cluster.Await(ctx, pkg+" "+version+" is installed", func() error {
		list, err := v.cluster.Get(ctx, "clusterextension", pkg)
		if err != nil {
			return err
		}
		said := v.says(list[0], "Installed")
		if at(list[0], "status", "install", "bundle", "version") != version || !strings.HasPrefix(said, "True") {
			return fmt.Errorf("%s; %s", said, v.says(list[0], "Progressing"))
		}
		return nil
	})
}

// AwaitRefused waits until OLM says something of a kind about why it does not go on.
func (v *V1) AwaitRefused(ctx context.Context, pkg, why string) error {
	return v.cluster.Await(ctx, pkg+" is refused", func() error {
		list, err := v.cluster.Get(ctx, "clusterextension", pkg)
		if err != nil {
			return err
		}
		if said := v.says(list[0], "Progressing"); !strings.Contains(said, why) {
			return fmt.Errorf("it says %s", said)
		}
		return nil
	})
}

// says is a condition's status and message.
func (v *V1) says(o object, condition string) string {
	for _, c := range items(at(o, "status", "conditions")) {
		if c["type"] == condition {
			return fmt.Sprintf("%v: %v", c["status"], c["message"])
		}
	}
	return condition + " is not told"
}
