package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Cluster is a running control plane.
type Cluster struct {
	Dir        string // of everything it writes; removed by Stop
	Kubeconfig string // of a cluster administrator
	Port       int    // of kube-apiserver, on 127.0.0.1
	Audit      string // file of the audit log
	Tools      *Tools
	pki        *pki
	network    *network
	mu         sync.Mutex
	processes  []*process
}

// auditPolicy logs who asked for what, which is all that judging permissions needs.
const auditPolicy = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n- level: Metadata\n"

// Start starts everything on free ports and waits until a pod could run. The context bounds the start; Stop ends it.
func Start(ctx context.Context, tools *Tools) (*Cluster, error) {
	dir, err := os.MkdirTemp("", "opc-e2e-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{Dir: dir, Tools: tools, Audit: filepath.Join(dir, "audit.log")}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) (err error) {
	if c.pki, err = newPKI(filepath.Join(c.Dir, "pki")); err != nil {
		return err
	}
	ports, err := FreePorts(6)
	if err != nil {
		return err
	}
	c.Port = ports[2]
	for _, who := range []struct{ name, user, group string }{
		{"apiserver", "kube-apiserver", ""}, {"admin", "admin", "system:masters"}, {"controllers", "system:kube-controller-manager", ""},
		{"scheduler", "system:kube-scheduler", ""}, {"front-proxy", "front-proxy", ""},
	} {
		if err := c.pki.sign(who.name, who.user, who.group); err != nil {
			return err
		}
		if _, err := c.pki.kubeconfig(who.name, c.Port); err != nil {
			return err
		}
	}
	c.Kubeconfig = c.pki.path("admin.kubeconfig")
	if err := os.WriteFile(filepath.Join(c.Dir, "audit.yaml"), []byte(auditPolicy), 0o600); err != nil {
		return err
	}
	if err := c.controlPlane(ctx, ports); err != nil {
		return err
	}
	return c.node(ctx, ports[5])
}

// controlPlane starts etcd, kube-apiserver, kube-controller-manager and kube-scheduler.
func (c *Cluster) controlPlane(ctx context.Context, ports []int) error {
	etcd := fmt.Sprintf("http://127.0.0.1:%d", ports[0])
	peer := fmt.Sprintf("http://127.0.0.1:%d", ports[1])
	err := c.Spawn(ctx, "etcd", "--data-dir", filepath.Join(c.Dir, "etcd"), "--unsafe-no-fsync", "--log-level", "warn",
		"--listen-client-urls", etcd, "--advertise-client-urls", etcd, "--listen-peer-urls", peer,
		"--initial-advertise-peer-urls", peer, "--initial-cluster", "default="+peer)
	if err != nil {
		return err
	}
	network, err := c.startNetwork()
	if err != nil {
		return err
	}
	f := c.pki.path
	err = c.Spawn(ctx, "kube-apiserver", "--etcd-servers="+etcd, "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", c.Port),
		"--tls-cert-file="+f("apiserver.crt"), "--tls-private-key-file="+f("apiserver.key"), "--client-ca-file="+f("ca.crt"), "--cert-dir="+f(""),
		"--service-cluster-ip-range=10.96.0.0/16", "--authorization-mode=Node,RBAC", "--allow-privileged=true", "--advertise-address=127.0.0.1",
		"--endpoint-reconciler-type=none", // 127.0.0.1 can't be an endpoint
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local", "--service-account-key-file="+f("sa.pub"),
		"--service-account-signing-key-file="+f("sa.key"), "--requestheader-client-ca-file="+f("ca.crt"), "--requestheader-allowed-names=front-proxy",
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group", "--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file="+f("front-proxy.crt"), "--proxy-client-key-file="+f("front-proxy.key"), "--profiling=false",
		"--enable-admission-plugins=OwnerReferencesPermissionEnforcement",            // as on OpenShift
		"--egress-selector-config-file="+network, "--enable-aggregator-routing=true", // to pods, since nobody plays kube-proxy
		"--audit-log-path="+c.Audit, "--audit-policy-file="+filepath.Join(c.Dir, "audit.yaml"))
	if err != nil {
		return err
	}
	if err := c.Await(ctx, "kube-apiserver is ready", func() error { return c.ready(ctx) }); err != nil {
		return err
	}
	err = c.Spawn(ctx, "kube-controller-manager", "--kubeconfig="+f("controllers.kubeconfig"), "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", ports[3]),
		"--cert-dir="+f(""), "--root-ca-file="+f("ca.crt"), "--service-account-private-key-file="+f("sa.key"), "--use-service-account-credentials=true",
		"--leader-elect=false", "--cluster-signing-cert-file="+f("ca.crt"), "--cluster-signing-key-file="+f("ca.key"), "--profiling=false",
		"--node-monitor-grace-period=24h", "--kube-api-qps=500", "--kube-api-burst=1000", "--concurrent-namespace-syncs=20")
	if err != nil {
		return err
	}
	err = c.Spawn(ctx, "kube-scheduler", "--kubeconfig="+f("scheduler.kubeconfig"), "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", ports[4]),
		"--cert-dir="+f(""), "--leader-elect=false", "--profiling=false")
	if err != nil {
		return err
	}
	return c.Await(ctx, "the controller-manager made a service account", func() error {
		_, err := c.Kubectl(ctx, "", "get", "serviceaccount", "default", "-n", "default")
		return err
	})
}

// ready asks the API server whether it is.
func (c *Cluster) ready(ctx context.Context) error {
	ca, err := os.ReadFile(c.pki.path("ca.crt"))
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	cert, err := tls.LoadX509KeyPair(c.pki.path("admin.crt"), c.pki.path("admin.key"))
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{cert}}, DisableKeepAlives: true,
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("https://127.0.0.1:%d/readyz", c.Port), nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if string(body) != "ok" {
		return fmt.Errorf("readyz says %s", body)
	}
	return nil
}
