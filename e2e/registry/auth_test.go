package registry

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// users is a password file with jo, whose password is secret (htpasswd -nbB jo secret).
const users = "jo:$2a$05$yOZg8STAqKQc77iFRSUlz.OMfYYTrWYGuZyIPCpa6QmcFrSzAfKea\n"

// login writes credentials as docker login does.
func (c *client) login(host, user, password string) {
	c.t.Helper()
	auth := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	text := fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, host, auth)
	if err := os.WriteFile(filepath.Join(c.dir, "config.json"), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// TestPasswordAndOwnAuthority publishes over TLS with a certificate of an own authority to a registry that wants a
// password, and has the clients read it.
func TestPasswordAndOwnAuthority(t *testing.T) {
	cert, key, err := k8s.Certificate("registry")
	if err != nil {
		t.Fatal(err)
	}
	_, ca, err := k8s.CA()
	if err != nil {
		t.Fatal(err)
	}
	htpasswd := filepath.Join(t.TempDir(), "htpasswd")
	if err := os.WriteFile(htpasswd, []byte(users), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{Cert: cert, Key: key, Htpasswd: htpasswd})
	c := newClient(t)
	dist := build(t, c, "1.2.3", s.Host+"/team")
	refused := func(code, hint string, args ...string) {
		t.Helper()
		stdout, stderr, exit := c.run("opc", append([]string{"publish"}, args...)...)
		if exit != 1 || stdout != "" || !strings.Contains(stderr, code) || !strings.Contains(stderr, hint) {
			t.Errorf("%v: exit code %d\n%s%s", args, exit, stdout, stderr)
		}
	}
	refused("OPC6020", "hint: name the authority that signs the registry's certificate with --ca-file", dist)
	refused("OPC6011", "hint: log in with docker login "+s.Host, "--ca-file", ca, dist)
	c.login(s.Host, "jo", "wrong")
	refused("OPC6011", "hint: log in with docker login "+s.Host, "--ca-file", ca, dist)
	c.login(s.Host, "jo", "secret")
	done := published(t, c.must("opc", "publish", "--ca-file", ca, dist))
	c.env = append(c.env, "SSL_CERT_FILE="+ca)
	for ref := range done {
		switch {
		case strings.Contains(ref, "/charts/"):
			repo, _, _ := strings.Cut(ref, "@")
			c.must("helm", "pull", "oci://"+repo, "--version", "1.2.3", "--ca-file", ca, "--registry-config", filepath.Join(c.dir, "config.json"))
		default:
			c.must("crane", "validate", "--remote", ref)
		}
		if strings.Contains(ref, "-bundle@") || strings.Contains(ref, "-catalog@") {
			c.must("opm", "render", ref)
		}
	}
	if _, err := os.Stat(filepath.Join(c.dir, "ring-operator-1.2.3.tgz")); err != nil || len(done) != 4 {
		t.Error(err, done)
	}
	c.must("opc", "publish", dist) // the system's authorities do, too
}

// TestReadOnly meets a registry that takes nothing.
func TestReadOnly(t *testing.T) {
	s := start(t, Options{ReadOnly: true})
	c := newClient(t)
	_, stderr, code := c.run("opc", "publish", build(t, c, "1.2.3", s.Host+"/team"))
	if code != 1 || !strings.Contains(stderr, "OPC6011") || !strings.Contains(stderr, "hint: the registry takes no pushes") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
