package publish

import (
	"bytes"
	"context"
	"crypto"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"

	"github.com/opc-project/opc/publish/sign"
)

// newKey makes a key as cosign generate-key-pair does.
func newKey(t *testing.T) (key *sign.Key, public []byte) {
	t.Helper()
	private, public, err := cryptoutils.GeneratePEMEncodedECDSAKeyPair(elliptic.P256(), cryptoutils.StaticPasswordFunc([]byte("s3cret")))
	if err != nil {
		t.Fatal(err)
	}
	if key, err = sign.LoadKey(private, "s3cret"); err != nil {
		t.Fatal(err)
	}
	return key, public
}

// signedBy counts the signatures in an image that sigstore's library, without our code, takes for a key's over a digest.
func signedBy(t *testing.T, ref name.Reference, public []byte, digest string) int {
	t.Helper()
	img, err := remote.Image(ref)
	if err != nil {
		t.Fatal(err)
	}
	m, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	key, err := cryptoutils.UnmarshalPEMToPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := signature.LoadVerifier(key, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, l := range m.Layers {
		layer, err := img.LayerByDigest(l.Digest)
		if err != nil {
			t.Fatal(err)
		}
		r, err := layer.Compressed()
		if err != nil {
			t.Fatal(err)
		}
		payload, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := base64.StdEncoding.DecodeString(l.Annotations["dev.cosignproject.cosign/signature"])
		if err != nil {
			t.Fatal(err)
		}
		var document struct {
			Critical struct {
				Image struct {
					Digest string `json:"docker-manifest-digest"`
				} `json:"image"`
			} `json:"critical"`
		}
		if err := json.Unmarshal(payload, &document); err != nil {
			t.Fatal(err)
		}
		if document.Critical.Image.Digest == digest && verifier.VerifySignature(bytes.NewReader(raw), bytes.NewReader(payload)) == nil {
			count++
		}
	}
	return count
}

// signees lists, by repository, the digests that must be signed.
func signees(t *testing.T, dist string) []toSign {
	t.Helper()
	s, diags := open(dist)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	list, err := s.signees()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 12 { // an index, two platforms, chart, bundle, catalog, two parts lists, four provenances
		t.Fatalf("%d manifests", len(list))
	}
	return list
}

// TestSignatures signs what is published, twice and with two keys, in registries that know referrers and in ones that
// don't.
func TestSignatures(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	first, firstPublic := newKey(t)
	second, secondPublic := newKey(t)
	for _, referrers := range []bool{true, false} {
		to := server(t, registry.WithReferrersSupport(referrers)) + "/team"
		mustPublish(t, Delivery{From: dist, To: to, Key: first})
		list := signees(t, dist)
		check := func(public []byte) {
			t.Helper()
			for _, s := range list {
				repo, err := name.NewRepository(destination(item{origin: s.origin}, to))
				if err != nil {
					t.Fatal(err)
				}
				digest := s.subject.Digest.String()
				if s.tagged && signedBy(t, repo.Tag(signatureTag(s.subject.Digest)), public, digest) != 1 {
					t.Errorf("%s@%s is not signed under a tag", repo, digest)
				}
				index, err := remote.Referrers(repo.Digest(digest), remote.WithFilter("artifactType", "application/vnd.dev.cosign.artifact.sig.v1+json"))
				if err != nil {
					t.Fatal(err)
				}
				m, err := index.IndexManifest()
				if err != nil {
					t.Fatal(err)
				}
				if !slices.ContainsFunc(m.Manifests, func(d v1.Descriptor) bool { return signedBy(t, repo.Digest(d.Digest.String()), public, digest) == 1 }) {
					t.Errorf("%s@%s has no referrer that signs it", repo, digest)
				}
			}
		}
		check(firstPublic)
		before := standing(t, to+"/ring-operator")
		mustPublish(t, Delivery{From: dist, To: to, Key: first})
		if diff := cmp.Diff(before, standing(t, to+"/ring-operator")); diff != "" {
			t.Errorf("signing again changed something: %s", diff)
		}
		mustPublish(t, Delivery{From: dist, To: to, Key: second})
		check(firstPublic)
		check(secondPublic)
	}
}

// TestSignaturesInLayouts signs into a layout, and carries the signatures on to a registry.
func TestSignaturesInLayouts(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	key, public := newKey(t)
	carry := filepath.Join(t.TempDir(), "carry")
	mustPublish(t, Delivery{From: dist, To: "oci:" + carry, Key: key})
	before := digests(t, carry)
	mustPublish(t, Delivery{From: dist, To: "oci:" + carry, Key: key})
	if diff := cmp.Diff(before, digests(t, carry)); diff != "" {
		t.Errorf("signing again changed something: %s", diff)
	}
	to := server(t, registry.WithReferrersSupport(true)) + "/team"
	done := mustPublish(t, Delivery{From: carry, To: to})
	mustPublish(t, Delivery{From: carry, To: to})
	h, err := v1.NewHash(digestOf(done, KindBundle))
	if err != nil {
		t.Fatal(err)
	}
	repo, err := name.NewRepository(to + "/ring-operator-bundle")
	if err != nil {
		t.Fatal(err)
	}
	if signedBy(t, repo.Tag(signatureTag(h)), public, h.String()) != 1 {
		t.Error("the bundle's signature was not carried on")
	}
}

// sawTag notes when something is put under a tag.
type sawTag struct {
	http.RoundTripper
	puts []string
}

func (s *sawTag) RoundTrip(r *http.Request) (*http.Response, error) {
	if at := strings.LastIndex(r.URL.Path, "/manifests/"); r.Method == http.MethodPut && at >= 0 && strings.Contains(r.URL.Path, "/ring-operator/") {
		s.puts = append(s.puts, r.URL.Path[at+len("/manifests/"):])
	}
	return s.RoundTripper.RoundTrip(r)
}

// TestSignedBeforeTagged holds the order: what stands under a tag of the version is signed already.
func TestSignedBeforeTagged(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	key, _ := newKey(t)
	saw := &sawTag{RoundTripper: http.DefaultTransport}
	mustPublish(t, Delivery{From: dist, To: server(t) + "/team", Key: key, Jobs: 1, Via: saw})
	tag := slices.Index(saw.puts, "v1.2.3")
	last := 0
	for i, p := range saw.puts {
		if strings.HasSuffix(p, ".sig") {
			last = i
		}
	}
	if tag < 0 || last == 0 || last > tag {
		t.Error(saw.puts)
	}
}

// TestCosignVerifies lets cosign itself check what was signed, by tag and by referrer.
func TestCosignVerifies(t *testing.T) {
	cosign, err := exec.LookPath("cosign")
	if err != nil {
		t.Skip("there is no cosign on the PATH (go install github.com/sigstore/cosign/v2/cmd/cosign@v2.6.5)")
	}
	dir := t.TempDir()
	run := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), cosign, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "COSIGN_PASSWORD=s3cret", "HOME="+dir)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, pair := range []string{"mine", "other"} {
		if out, err := run("generate-key-pair", "--output-key-prefix", pair); err != nil {
			t.Fatal(err, out)
		}
	}
	pem, err := os.ReadFile(filepath.Join(dir, "mine.key"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := sign.LoadKey(pem, "s3cret")
	if err != nil {
		t.Fatal(err)
	}
	dist := prebuilt(t, "1.2.3", "stable")
	to := server(t, registry.WithReferrersSupport(true)) + "/team"
	done := mustPublish(t, Delivery{From: dist, To: to, Key: key})
	for _, p := range done {
		ref := p.Repository + ":" + p.Tags[0]
		for _, way := range [][]string{nil, {"--experimental-oci11"}} {
			args := append([]string{"verify", "--key", "mine.pub", "--insecure-ignore-tlog", "--allow-insecure-registry"}, way...)
			out, err := run(append(args, ref)...)
			if err != nil || !strings.Contains(out, p.Digest) {
				t.Errorf("%s %v: %v\n%s", ref, way, err, out)
			}
		}
		if out, err := run("verify", "--key", "other.pub", "--insecure-ignore-tlog", "--allow-insecure-registry", ref); err == nil {
			t.Errorf("another key verifies %s:\n%s", ref, out)
		}
	}
	// cosign adds its signature beside ours, and ours stays
	image := to + "/ring-operator@" + digestOf(done, KindImage)
	if out, err := run("sign", "--key", "other.key", "--tlog-upload=false", "--yes", "--allow-insecure-registry", image); err != nil {
		t.Fatal(err, out)
	}
	if _, diags, err := Publish(context.Background(), Delivery{From: dist, To: to, Key: key}); err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	for _, public := range []string{"mine.pub", "other.pub"} {
		if out, err := run("verify", "--key", public, "--insecure-ignore-tlog", "--allow-insecure-registry", image); err != nil {
			t.Errorf("%s: %v\n%s", public, err, out)
		}
	}
}
