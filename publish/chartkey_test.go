package publish

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v3/pkg/provenance"
	"helm.sh/helm/v3/pkg/registry"

	"github.com/opc-project/opc/publish/sign"
)

// TestSignedChart builds with a PGP key, and lets Helm verify the package, what a registry gives, and what a classic
// repository's folder holds.
func TestSignedChart(t *testing.T) {
	entity, err := openpgp.NewEntity("Jo", "", "jo@example.com", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return time.Unix(1_700_000_000, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	var secret, public bytes.Buffer
	if err := entity.SerializePrivate(&secret, nil); err != nil {
		t.Fatal(err)
	}
	if err := entity.Serialize(&public); err != nil {
		t.Fatal(err)
	}
	key, err := sign.LoadChartKey(secret.Bytes(), "Jo", nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := project(t, map[string]string{"operator.yaml": replaced(description + "\x00dockerfile: {binary: manager}"), "manager": "x"})
	dist := filepath.Join(dir, "dist")
	opts := Options{Dir: dir, Out: dist, ChartKey: key}
	if _, diags, err := Build(context.Background(), compiled(t, dir), opts); err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	before := digests(t, dist)
	made, diags, err := Build(context.Background(), compiled(t, dir), opts)
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	if diff := cmp.Diff(before, digests(t, dist)); diff != "" {
		t.Errorf("building again gives another chart: %s", diff)
	}
	if diff := cmp.Diff([]string{"install.yaml", "ring-operator-1.2.3.tgz", "ring-operator-1.2.3.tgz.prov"}, made.Packages); diff != "" {
		t.Error(diff)
	}
	keyring := filepath.Join(t.TempDir(), "public.gpg")
	if err := os.WriteFile(keyring, public.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	verifier, err := provenance.NewFromKeyring(keyring, "")
	if err != nil {
		t.Fatal(err)
	}
	verify := func(folder string) {
		t.Helper()
		chart := filepath.Join(folder, "ring-operator-1.2.3.tgz")
		if _, err := verifier.Verify(chart, chart+".prov"); err != nil {
			t.Errorf("%s: %v", folder, err)
		}
	}
	verify(filepath.Join(dist, "packages"))
	helm := t.TempDir()
	mustPublish(t, Delivery{From: dist, To: "helm:" + helm})
	verify(helm)

	to := server(t)
	mustPublish(t, Delivery{From: dist, To: to})
	client, err := registry.NewClient(registry.ClientOptPlainHTTP())
	if err != nil {
		t.Fatal(err)
	}
	pulled, err := client.Pull(to+"/charts/ring-operator:1.2.3", registry.PullOptWithProv(true))
	if err != nil {
		t.Fatal(err)
	}
	got := t.TempDir()
	for name, data := range map[string][]byte{"ring-operator-1.2.3.tgz": pulled.Chart.Data, "ring-operator-1.2.3.tgz.prov": pulled.Prov.Data} {
		if err := os.WriteFile(filepath.Join(got, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	verify(got)
	if _, diags := verified(t, Verification{Ref: to + "/charts/ring-operator:1.2.3"}); len(diags) > 0 {
		t.Error(diags)
	}
}
