package plane

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
)

// network is what the API server finds in place of the pods' network. It finds a Service's endpoint by itself, among
// those that the controller-manager lists, and comes here to be led to the process that plays the pod.
type network struct {
	server *http.Server
	mu     sync.Mutex
	routes map[string]string // from a pod's address and port to those on loopback
}

// egress tells the API server to ask a proxy for whatever it sends into the cluster.
const egress = `{"apiVersion": "apiserver.k8s.io/v1beta1", "kind": "EgressSelectorConfiguration", "egressSelections": [
  {"name": "cluster", "connection": {"proxyProtocol": "HTTPConnect", "transport": {"uds": {"udsName": %q}}}}]}`

// startNetwork starts it, and returns the file that tells the API server of it.
func (p *Plane) startNetwork() (config string, err error) {
	config, socket := filepath.Join(p.Dir, "egress.json"), filepath.Join(p.Dir, "network.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return "", fmt.Errorf("listening for the API server: %w", err)
	}
	p.network = &network{routes: map[string]string{}}
	p.network.server = &http.Server{Handler: p.network}
	go func() { _ = p.network.server.Serve(listener) }()
	return config, os.WriteFile(config, fmt.Appendf(nil, egress, socket), 0o600)
}

// Lead has what the API server sends to an address in the cluster arrive at a port of loopback, until the end of the
// cluster or until Unlead.
func (p *Plane) Lead(address string, port int) {
	p.network.mu.Lock()
	defer p.network.mu.Unlock()
	p.network.routes[address] = fmt.Sprintf("127.0.0.1:%d", port)
}

func (p *Plane) Unlead(addresses ...string) {
	p.network.mu.Lock()
	defer p.network.mu.Unlock()
	for _, a := range addresses {
		delete(p.network.routes, a)
	}
}

// ServeHTTP connects who asks for an address with what stands there. Nothing stands where nobody was led.
func (n *network) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	to, found := n.routes[r.URL.Host]
	n.mu.Unlock()
	if r.Method != http.MethodConnect || !found {
		http.Error(w, "nobody plays "+r.URL.Host, http.StatusBadGateway)
		return
	}
	if err := connect(w, to); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
	}
}

// connect passes bytes on until one side ends. An error is told only where nothing was passed yet.
func connect(w http.ResponseWriter, to string) error {
	there, err := net.Dial("tcp", to)
	if err != nil {
		return err
	}
	defer there.Close()
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		return errors.New("the connection can't be taken over")
	}
	here, _, err := hijacker.Hijack()
	if err != nil {
		return err
	}
	defer here.Close()
	_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		_, _ = io.Copy(there, here)
		there.Close()
	}()
	_, _ = io.Copy(here, there)
	return nil
}
