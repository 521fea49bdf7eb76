// Package plane runs a Kubernetes control plane as processes on loopback: etcd and kube-apiserver, and beside them whatever
// plays the other parts of a cluster. It is what opc try and opc's own tests on a cluster stand on. Everything has a folder
// and free ports of its own, and ends with Stop, or with this process. Start at Start.
package plane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// Patience is how long anything is waited for. It is an end to waiting, not a pace: on a machine that builds something else
// at the same time, all of this takes several times as long.
const Patience = 240 * time.Second

// Plane is a running control plane.
type Plane struct {
	Dir        string // of everything it writes; removed by Stop
	Kubeconfig string // of a cluster administrator
	Port       int    // of kube-apiserver, on 127.0.0.1
	Audit      string // file of the audit log
	Client     *Client

	pki       *pki
	network   *network
	mu        sync.Mutex
	processes []*process
}

// Programs are the paths of the two programs that a control plane needs.
type Programs struct{ Etcd, APIServer string }

// auditPolicy logs who asked for what, which is all that judging permissions needs.
const auditPolicy = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n- level: Metadata\n"

// Start starts etcd and kube-apiserver on free ports, with further flags for the latter, and waits until it is ready. The
// context bounds the start; Stop ends it.
func Start(ctx context.Context, programs Programs, flags ...string) (*Plane, error) {
	dir, err := os.MkdirTemp("", "opc-plane-")
	if err != nil {
		return nil, err
	}
	p := &Plane{Dir: dir, Audit: filepath.Join(dir, "audit.log")}
	if err := p.start(ctx, programs, flags); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

func (p *Plane) start(ctx context.Context, programs Programs, flags []string) (err error) {
	if p.pki, err = newPKI(filepath.Join(p.Dir, "pki")); err != nil {
		return err
	}
	ports, err := FreePorts(3)
	if err != nil {
		return err
	}
	p.Port = ports[2]
	for _, who := range []struct{ name, user string }{{"apiserver", "kube-apiserver"}, {"front-proxy", "front-proxy"}} {
		if err := p.pki.sign(who.name, who.user, ""); err != nil {
			return err
		}
	}
	if p.Kubeconfig, err = p.User("admin", "admin", "system:masters"); err != nil {
		return err
	}
	if p.Client, err = newClient(p.Kubeconfig); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(p.Dir, "audit.yaml"), []byte(auditPolicy), 0o600); err != nil {
		return err
	}
	return p.serve(ctx, programs, ports, flags)
}

// serve starts both programs.
func (p *Plane) serve(ctx context.Context, programs Programs, ports []int, flags []string) error {
	etcd, peer := fmt.Sprintf("http://127.0.0.1:%d", ports[0]), fmt.Sprintf("http://127.0.0.1:%d", ports[1])
	err := p.Launch("etcd", exec.Command(programs.Etcd, "--data-dir", filepath.Join(p.Dir, "etcd"), "--unsafe-no-fsync", "--log-level", "warn",
		"--listen-client-urls", etcd, "--advertise-client-urls", etcd, "--listen-peer-urls", peer,
		"--initial-advertise-peer-urls", peer, "--initial-cluster", "default="+peer))
	if err != nil {
		return err
	}
	network, err := p.startNetwork()
	if err != nil {
		return err
	}
	f := p.pki.path
	err = p.Launch("kube-apiserver", exec.Command(programs.APIServer, append([]string{
		"--etcd-servers=" + etcd, "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", p.Port),
		"--tls-cert-file=" + f("apiserver.crt"), "--tls-private-key-file=" + f("apiserver.key"), "--client-ca-file=" + f("ca.crt"), "--cert-dir=" + f(""),
		"--service-cluster-ip-range=10.96.0.0/16", "--authorization-mode=Node,RBAC", "--allow-privileged=true", "--advertise-address=127.0.0.1",
		"--endpoint-reconciler-type=none", // 127.0.0.1 can't be an endpoint
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local", "--service-account-key-file=" + f("sa.pub"),
		"--service-account-signing-key-file=" + f("sa.key"), "--requestheader-client-ca-file=" + f("ca.crt"), "--requestheader-allowed-names=front-proxy",
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group", "--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + f("front-proxy.crt"), "--proxy-client-key-file=" + f("front-proxy.key"), "--profiling=false",
		"--egress-selector-config-file=" + network, // to what plays the pods
		"--audit-log-path=" + p.Audit, "--audit-policy-file=" + filepath.Join(p.Dir, "audit.yaml"),
	}, flags...)...))
	if err != nil {
		return err
	}
	return p.Await(ctx, "kube-apiserver is ready", func() error { return p.ready(ctx) })
}

// User signs a client certificate, and returns a kubeconfig with it.
func (p *Plane) User(name, user, group string) (kubeconfig string, err error) {
	if err := p.pki.sign(name, user, group); err != nil {
		return "", err
	}
	return p.pki.kubeconfig(name, p.Port)
}

// File is where a file of the control plane's certificates and keys stands, such as ca.key or sa.key.
func (p *Plane) File(name string) string { return p.pki.path(name) }

// CA is the certificate that all servers of the cluster are signed by, and a file of it.
func (p *Plane) CA() (pem []byte, file string, err error) {
	file = p.pki.path("ca.crt")
	pem, err = os.ReadFile(file)
	return pem, file, err
}

// Certificate signs a certificate for a server on loopback with further names.
func (p *Plane) Certificate(name string, dnsNames ...string) (cert, key string, err error) {
	return p.pki.path(name + ".crt"), p.pki.path(name + ".key"), p.pki.sign(name, name, "", dnsNames...)
}

// ready asks the API server whether it is.
func (p *Plane) ready(ctx context.Context) error {
	ca, _, err := p.CA()
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	cert, err := tls.LoadX509KeyPair(p.pki.path("admin.crt"), p.pki.path("admin.key"))
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{cert}}, DisableKeepAlives: true,
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("https://127.0.0.1:%d/readyz", p.Port), nil)
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
