package operator

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opc-project/opc/try/plane"
)

// measured reads the metrics, as someone who may and as nobody.
func (in *Install) measured(t *testing.T, pod *plane.Pod) {
	t.Helper()
	ctx, c, name := t.Context(), in.Cluster, "prometheus-"+in.Namespace
	_, err := c.Kubectl(ctx, "", "create", "serviceaccount", "prometheus", "-n", in.Namespace)
	check(t, err)
	_, err = c.Kubectl(ctx, "", "create", "clusterrolebinding", name, "--clusterrole="+in.Version.Release()+"-metrics-reader",
		"--serviceaccount="+in.Namespace+":prometheus")
	check(t, err)
	defer c.Kubectl(ctx, "", "delete", "clusterrolebinding", name)
	token, err := c.Kubectl(ctx, "", "create", "token", "prometheus", "-n", in.Namespace)
	check(t, err)
	client := in.scraper(t)
	url := fmt.Sprintf("https://127.0.0.1:%d/metrics", pod.Ports["8443"])
	check(t, c.Await(ctx, "the metrics are served", func() error { return answers(client, url, strings.TrimSpace(token)) }))
	if err := answers(client, url, ""); err == nil {
		t.Error("the metrics are served to everyone")
	}
	// the API server goes to the Service for those who ask it, and passes on nothing of who they are
	_, err = c.Kubectl(ctx, "", "get", "--raw", "/api/v1/namespaces/"+in.Namespace+"/services/https:"+in.measuredBy()+":8443/proxy/metrics")
	if err == nil || !strings.Contains(err.Error(), "asked for the client to provide credentials") {
		t.Errorf("behind the Service %s: %v", in.measuredBy(), err)
	}
}

// measuredBy is the name of the Service for metrics.
func (in *Install) measuredBy() string {
	return in.Version.Release() + "-controller-manager-metrics-service"
}

// scraper knows the operator by the name of its Service for metrics, where it has a certificate of that name.
func (in *Install) scraper(t *testing.T) *http.Client {
	t.Helper()
	ca, _, err := in.Cluster.CA()
	check(t, err)
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(ca)
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: trusted, ServerName: in.measuredBy() + "." + in.Namespace + ".svc", InsecureSkipVerify: in.SelfSigned,
	}}}
}

// answers asks a URL, and wants 200.
func answers(client *http.Client, url, token string) error {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(res.Body, 200))
		return fmt.Errorf("%s says %s: %s", url, res.Status, body)
	}
	return nil
}
