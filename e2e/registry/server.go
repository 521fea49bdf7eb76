// Package registry publishes to the real registry server, with faults between, and lets the clients that people have
// read the result: crane, helm and opm. All are built from their modules; see package cluster.
package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/opc-project/opc/e2e/cluster"
	"github.com/opc-project/opc/try/plane"
)

// Server is a running distribution/distribution.
type Server struct {
	Host string // address and port of loopback
	log  string
	cmd  *exec.Cmd
}

// Options say what kind of registry it is. The zero value takes everything from everybody, without TLS.
type Options struct {
	Cert, Key string // of the server; "" for none
	Htpasswd  string // file of users; "" for everybody
	ReadOnly  bool
}

// Start runs a registry in a folder of its own and waits until it answers.
func Start(ctx context.Context, tools *cluster.Tools, dir string, o Options) (*Server, error) {
	path, err := tools.Path(ctx, "registry")
	if err != nil {
		return nil, err
	}
	ports, err := plane.FreePorts(1)
	if err != nil {
		return nil, err
	}
	s := &Server{Host: fmt.Sprintf("127.0.0.1:%d", ports[0]), log: filepath.Join(dir, "registry.log")}
	conf := filepath.Join(dir, "config.yml")
	if err := os.WriteFile(conf, []byte(config(s.Host, filepath.Join(dir, "data"), o)), 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(s.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	s.cmd = exec.Command(path, "serve", conf)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // nothing outlives the test, however it ends
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	return s, s.ready()
}

// config is the server's own format (https://distribution.github.io/distribution/about/configuration/).
func config(host, data string, o Options) string {
	var out strings.Builder
	fmt.Fprintf(&out, "version: 0.1\nlog: {formatter: json}\nhttp:\n  addr: %s\n", host)
	if o.Cert != "" {
		fmt.Fprintf(&out, "  tls: {certificate: %q, key: %q}\n", o.Cert, o.Key)
	}
	if o.Htpasswd != "" {
		fmt.Fprintf(&out, "auth: {htpasswd: {realm: e2e, path: %q}}\n", o.Htpasswd)
	}
	fmt.Fprintf(&out, "storage:\n  filesystem: {rootdirectory: %q}\n", data)
	if o.ReadOnly {
		out.WriteString("  maintenance: {readonly: {enabled: true}}\n")
	}
	return out.String()
}

func (s *Server) ready() error {
	var err error
	for range 1200 {
		var c net.Conn
		if c, err = net.Dial("tcp", s.Host); err == nil {
			return c.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, _ := os.ReadFile(s.log)
	return fmt.Errorf("the registry does not come up: %w\n%s", err, text)
}

// Stop ends it.
func (s *Server) Stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// Request is one request that the server answered.
type Request struct {
	Method string  `json:"http.request.method"`
	URI    string  `json:"http.request.uri"`
	Status int     `json:"http.response.status"`
	Bytes  float64 `json:"http.response.written"`
}

// Requests are those answered so far, out of the server's log.
func (s *Server) Requests() ([]Request, error) {
	data, err := os.ReadFile(s.log)
	if err != nil {
		return nil, err
	}
	var out []Request
	for line := range strings.Lines(string(data)) {
		var r Request
		if json.Unmarshal([]byte(line), &r) == nil && r.Status != 0 && r.Method != "" {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("the registry's log tells of no request")
	}
	return out, nil
}
