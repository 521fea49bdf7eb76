package publish

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opc-project/opc/schema/diag"
)

// TestFaultsAreFindings meets what can be wrong with a registry: each is one finding, of one line, with a hint.
func TestFaultsAreFindings(t *testing.T) {
	answers := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v2/" && code != http.StatusNotFound {
				return
			}
			http.Error(w, body, code)
		}
	}
	tests := map[string]struct {
		handler http.HandlerFunc
		docker  string // config.json
		code    diag.Code
		says    string
		hint    string
	}{
		"no registry":         {answers(404, "<!DOCTYPE html>\n<html>: not here</html>"), "", diag.RegistryRefused, "unexpected status code 404 Not Found", "this is no registry"},
		"no repository":       {answers(404, `{"errors":[{"code":"NAME_UNKNOWN","message":"no such repository"}]}`), "", diag.RegistryRefused, "NAME_UNKNOWN", "made before the first push"},
		"no credentials":      {answers(401, `{"errors":[{"code":"UNAUTHORIZED"}]}`), "", diag.RegistryRefused, "401 Unauthorized", "docker login 127.0.0.1"},
		"no right":            {answers(403, `{"errors":[{"code":"DENIED"}]}`), "", diag.RegistryRefused, "403 Forbidden", "ask for the right to push"},
		"read only":           {answers(405, `{"errors":[{"code":"UNSUPPORTED"}]}`), "", diag.RegistryRefused, "405 Method Not Allowed", "takes no pushes"},
		"quota":               {answers(413, "too large"), "", diag.RegistryRefused, "413", "rules of its own"},
		"broken":              {answers(500, "oh\nno"), "", diag.RegistryFails, "500 Internal Server Error", "run it again later"},
		"busy":                {answers(429, "slowly"), "", diag.RegistryFails, "429", "run it again later"},
		"broken credentials":  {answers(200, ""), "{bad", diag.RegistryRefused, "config.json", "log in again"},
		"no helper":           {answers(200, ""), `{"credsStore": "nosuch"}`, diag.RegistryRefused, "docker-credential-nosuch", "log in again"},
		"long pause":          {nil, "", diag.RegistryFails, "asks to come back in 1h", "run it again later"},
		"nobody there":        {nil, "", diag.RegistryFails, "connection refused", "and at the network"},
		"a name of no server": {nil, "", diag.RegistryFails, "registry.invalid", "look at the name of the registry"},
	}
	dist := prebuilt(t, "1.2.3", "stable")
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			docker := t.TempDir()
			t.Setenv("DOCKER_CONFIG", docker)
			if err := os.WriteFile(filepath.Join(docker, "config.json"), []byte(test.docker), 0o600); test.docker != "" && err != nil {
				t.Fatal(err)
			}
			if test.docker == "" {
				t.Setenv("DOCKER_CONFIG", t.TempDir())
			}
			handler := test.handler
			if handler == nil {
				handler = func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Retry-After", "3600")
					w.WriteHeader(http.StatusTooManyRequests)
				}
			}
			s := httptest.NewServer(handler)
			defer s.Close()
			u, err := url.Parse(s.URL)
			if err != nil {
				t.Fatal(err)
			}
			to := u.Host
			switch name {
			case "nobody there":
				s.Close()
			case "a name of no server":
				to = "registry.invalid"
			}
			done, diags, err := Publish(context.Background(), Delivery{From: dist, To: to, Wait: time.Microsecond})
			if err != nil || len(diags) != 1 || len(done) > 0 {
				t.Fatal(done, diags, err)
			}
			d := diags[0]
			if d.Code != test.code || !strings.Contains(d.Message, test.says) || !strings.Contains(d.Hint, test.hint) || strings.Contains(d.Message, "\n") {
				t.Errorf("%s %q, %q", d.Code, d.Message, d.Hint)
			}
		})
	}
}
