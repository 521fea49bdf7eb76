package publish

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/opc-project/opc/schema/diag"
)

// TestCredentials publishes to a registry with TLS that wants a name and a password, which stand where docker login
// puts them.
func TestCredentials(t *testing.T) {
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "jo" || password != "secret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED"}]}`, http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer s.Close()
	host := strings.TrimPrefix(s.URL, "https://")
	docker := t.TempDir()
	t.Setenv("DOCKER_CONFIG", docker)
	t.Setenv("HOME", docker)
	dist := prebuilt(t, "1.2.3", "stable")
	via := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}}
	_, diags, err := Publish(context.Background(), Delivery{From: dist, To: host, Via: via})
	if err != nil || len(diags) != 1 || diags[0].Code != diag.RegistryRefused {
		t.Fatal(err, diags)
	}
	config := `{"auths": {"` + host + `": {"auth": "` + base64.StdEncoding.EncodeToString([]byte("jo:secret")) + `"}}}`
	if err := os.WriteFile(filepath.Join(docker, "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if done := mustPublish(t, Delivery{From: dist, To: host, Via: via}); len(done) != 4 {
		t.Error(done)
	}
	// A certificate of nobody is no reason to go on without one.
	_, diags, err = Publish(context.Background(), Delivery{From: dist, To: host})
	if err != nil || len(diags) != 1 || diags[0].Code != diag.RegistryFails || !strings.Contains(diags[0].Message, "can't be trusted") {
		t.Error("published over a connection that can't be trusted", diags, err)
	}
	authority := filepath.Join(docker, "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(authority, block, 0o600); err != nil {
		t.Fatal(err)
	}
	mustPublish(t, Delivery{From: dist, To: host, CAFile: authority})
	_, diags, err = Publish(context.Background(), Delivery{From: dist, To: host, CAFile: filepath.Join(docker, "config.json")})
	if err != nil || len(diags) != 1 || !strings.Contains(diags[0].Message, "holds no certificate") {
		t.Error(diags, err)
	}
}
