package plane

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"
)

// TestNetwork holds that the API server gets where it was led, and nowhere else.
func TestNetwork(t *testing.T) {
	c := &Plane{Dir: t.TempDir()}
	if _, err := c.startNetwork(); err != nil {
		t.Fatal(err)
	}
	defer c.network.server.Close()
	pod := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the pod") }))
	defer pod.Close()
	c.Lead("10.0.0.1:9443", pod.Listener.Addr().(*net.TCPAddr).Port)
	if got, err := through(c, "10.0.0.1:9443"); got != "the pod" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := through(c, "10.0.0.1:443"); err == nil {
		t.Errorf("nobody was led there, and it said %q", got)
	}
	c.Unlead("10.0.0.1:9443")
	if got, err := through(c, "10.0.0.1:9443"); err == nil {
		t.Errorf("nobody is led there any more, and it said %q", got)
	}
}

// through gets a page from an address in the cluster, on the way that the API server takes.
func through(c *Plane, address string) (string, error) {
	client := http.Client{Transport: &http.Transport{
		Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: "network"}),
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(c.Dir, "network.sock"))
		},
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		DisableKeepAlives: true,
	}}
	res, err := client.Get("https://" + address)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}
