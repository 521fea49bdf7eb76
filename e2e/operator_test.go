package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/e2e/cluster"
)

// webhookPort is where controller-runtime's webhook server listens. No flag of a kubebuilder project changes it.
const webhookPort = 9443

// TestOperator runs a project's own program as the emitted Deployment says: its arguments and environment, its service
// account and roles, the certificates that it mounts. It must elect a leader, become ready, serve its webhooks and its
// metrics, and reconcile an object, and nothing may be refused. What was granted and never used is told.
func TestOperator(t *testing.T) {
	each(t, func(t *testing.T, p *compiled) {
		ov := p.Model.DefaultOverlay()
		ov.Namespace = "running-" + p.Name
		p.install(t, p.Dist, ov)
		defer p.uninstall(t, ov.Namespace)
		authorities, err := k8s.Certificates(t.Context(), ov.Namespace)
		check(t, err)
		release, err := cluster.HoldPort(t.Context(), webhookPort)
		check(t, err)
		defer release()
		pod, err := k8s.RunPod(t.Context(), ov.Namespace, p.Release()+"-controller-manager", p.manager)
		check(t, err)
		check(t, k8s.Await(t.Context(), "the operator is ready", func() error { return answers(http.DefaultClient, pod.Probe, "") }))
		check(t, k8s.Route(t.Context(), ov.Namespace, pod, authorities))
		user := "system:serviceaccount:" + ov.Namespace + ":" + pod.Account
		p.reconciled(t, pod, user)
		p.measured(t, pod, ov.Namespace)
		check(t, pod.End())
		used := allowed(t, user)
		t.Logf("granted and never used: %s", strings.Join(unused(t, ov.Namespace, pod.Account, used), ", "))
	})
}

// reconciled lets the operator see the project's first example, and lets the webhooks judge and change it.
func (p *compiled) reconciled(t *testing.T, pod *cluster.Pod, user string) {
	t.Helper()
	do := must(t)
	sample, namespace := model.Clone(p.Model.Examples[0].Tree), "data-"+p.Name
	do(k8s.Kubectl(t.Context(), "", "create", "namespace", namespace))
	sample["metadata"].(model.Tree)["namespace"] = namespace
	name, api := model.MetaString(sample, "name"), model.MetaString(p.Model.CRDs[0].Tree, "name")
	// a server that has just begun may refuse the first call of a webhook
	check(t, k8s.Await(t.Context(), "the webhooks are called", func() error { return apply(t, sample) }))
	defer k8s.Kubectl(t.Context(), "", "delete", api, name, "-n", namespace, "--wait")
	check(t, k8s.Await(t.Context(), "the operator reconciled "+name, func() error {
		allowed(t, user)
		if _, err := k8s.Get(t.Context(), "statefulsets.apps", name, "-n", namespace); err != nil {
			return fmt.Errorf("%w\n%s", err, k8s.Log(pod.Name))
		}
		status, err := k8s.Kubectl(t.Context(), "", "get", api, name, "-n", namespace, "-o", "jsonpath={.status}")
		if err == nil && status == "" {
			err = fmt.Errorf("no status\n%s", k8s.Log(pod.Name))
		}
		return err
	}))
	switch p.Name {
	case "example":
		if secret := do(k8s.Kubectl(t.Context(), "", "get", api, name, "-n", namespace, "-o", "jsonpath={.spec.passwordSecret.name}")); secret == "" {
			t.Error("the webhook that sets defaults was not called")
		}
		refused(t, sample, "settings", model.Tree{"port": "1"}, "the operator chooses it")
	case "kubebuilder":
		list, err := k8s.Get(t.Context(), "databases.v1alpha1.db.example.com", name, "-n", namespace)
		check(t, err)
		if list[0]["apiVersion"] != "db.example.com/v1alpha1" {
			t.Errorf("converted to %v", list[0]["apiVersion"])
		}
		refused(t, sample, "engine", "mysql", "spec.engine is immutable")
	}
}

// refused changes a field to what the validating webhook does not take, for a reason that only it gives.
func refused(t *testing.T, sample model.Tree, field string, value any, why string) {
	t.Helper()
	sample = model.Clone(sample)
	sample["spec"].(model.Tree)[field] = value
	if err := apply(t, sample); err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("spec.%s: %v was not refused because %s: %v", field, value, why, err)
	}
}

func apply(t *testing.T, o model.Tree) error {
	t.Helper()
	data, err := json.Marshal(o)
	check(t, err)
	_, err = k8s.Kubectl(t.Context(), string(data), "apply", "--validate=strict", "-f", "-")
	return err
}

// measured reads the metrics, as someone who may.
func (p *compiled) measured(t *testing.T, pod *cluster.Pod, namespace string) {
	t.Helper()
	do := must(t)
	do(k8s.Kubectl(t.Context(), "", "create", "serviceaccount", "prometheus", "-n", namespace))
	do(k8s.Kubectl(t.Context(), "", "create", "clusterrolebinding", "prometheus", "--clusterrole="+p.Release()+"-metrics-reader",
		"--serviceaccount="+namespace+":prometheus"))
	defer k8s.Kubectl(t.Context(), "", "delete", "clusterrolebinding", "prometheus")
	token := strings.TrimSpace(do(k8s.Kubectl(t.Context(), "", "create", "token", "prometheus", "-n", namespace)))
	ca, _, err := k8s.CA()
	check(t, err)
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(ca)
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs: trusted, ServerName: p.Release() + "-controller-manager-metrics-service." + namespace + ".svc",
	}}}
	url := fmt.Sprintf("https://127.0.0.1:%d/metrics", pod.Ports["8443"])
	check(t, k8s.Await(t.Context(), "the metrics are served", func() error { return answers(client, url, token) }))
	if err := answers(client, url, ""); err == nil {
		t.Error("the metrics are served to everyone")
	}
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
