package publish

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/opc-project/opc/publish/sign"
	"github.com/opc-project/opc/schema/diag"
)

// renaming is a registry in which the repositories of one name are whole copies of those of another, with all tags,
// referrers and signatures.
type renaming struct{ from, to string }

// RoundTrip implements http.RoundTripper.
func (n renaming) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Path = strings.Replace(r.URL.Path, n.to, n.from, 1)
	r.URL.RawPath = ""
	return http.DefaultTransport.RoundTrip(r)
}

// TestVerifyFindsOtherProduct asks for one product, and is given another that the same key signed.
func TestVerifyFindsOtherProduct(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	key, _ := newKey(t)
	to := server(t, registry.WithReferrersSupport(true)) + "/team"
	mustPublish(t, Delivery{From: dist, To: to, Key: key})
	copied := renaming{"/ring-operator", "/king-operator"}
	for ref, test := range map[string]struct {
		in   Verification
		code diag.Code
		want string
	}{
		"/king-operator:1.2.3":         {Verification{Key: key.Public(), Via: copied}, diag.DocumentWrong, "/ring-operator, expected the last part of "},
		"/king-operator:v1.2.3":        {Verification{Key: key.Public(), Via: copied}, diag.NotSigned, "is signed for the repository"},
		"/king-operator-bundle:v1.2.3": {Verification{Via: copied}, diag.DocumentWrong, "/ring-operator-bundle, expected the last part of "},
		"/charts/king-operator:1.2.3":  {Verification{Via: copied}, diag.DocumentWrong, "/ring-operator, expected the last part of "},
		"/ring-operator:1.2.3": {Verification{Key: key.Public(), From: "registry.example.com/other/ring-operator"}, diag.DocumentWrong,
			"was built for registry.example.com/team/ring-operator, expected registry.example.com/other/ring-operator"},
		"/ring-operator:v1.2.3": {Verification{Key: key.Public(), From: "registry.example.com/team/ring-operator"}, "", ""},
	} {
		test.in.Ref = to + ref
		_, diags := verified(t, test.in)
		finds(t, diags, test.code, test.want)
	}
}

// TestVerifyIgnoresUnsigned lets somebody who has no key attach documents to a signed release: they neither help nor
// harm.
func TestVerifyIgnoresUnsigned(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	key, _ := newKey(t)
	to := server(t, registry.WithReferrersSupport(true)) + "/team"
	mustPublish(t, Delivery{From: dist, To: to, Key: key})
	repo, err := name.NewRepository(to + "/ring-operator")
	if err != nil {
		t.Fatal(err)
	}
	p := &push{c: newClient(context.Background(), nil, firstWait, nil)}
	top, _, err := p.c.get(repo.Tag("v1.2.3"))
	if err != nil {
		t.Fatal(err)
	}
	subject, _, err := v1.SHA256(strings.NewReader(string(top.bytes)))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"{", `{"_type": "https://in-toto.io/Statement/v1"}`, forged(subject)} {
		attachDocument(t, p, repo, v1.Descriptor{MediaType: top.mediaType, Digest: subject, Size: int64(len(top.bytes))}, inTotoMedia, inTotoMedia, text)
	}
	for _, text := range []string{"{", strings.Repeat("x", maxSignature+1)} {
		attachDocument(t, p, repo, v1.Descriptor{MediaType: top.mediaType, Digest: subject, Size: int64(len(top.bytes))}, sign.ArtifactType, sign.PayloadMedia, text)
	}
	done, diags := verified(t, Verification{Ref: to + "/ring-operator:v1.2.3", Key: key.Public()})
	if len(diags) > 0 || len(done) != 4 {
		t.Errorf("%v %v", done, diags)
	}
}

// forged is a provenance that names another source.
func forged(subject v1.Hash) string {
	s := statement{Type: statementType, PredicateType: predicateType}
	s.Subject = []resource{{Name: "registry.example.com/team/ring-operator", Digest: map[string]string{"sha256": subject.Hex}}}
	s.Predicate.Definition.BuildType = buildType
	s.Predicate.Definition.External = map[string]any{"name": "ring-operator", "version": "6.6.6", "source": "https://example.com/evil"}
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // it is plain data
	}
	return string(text)
}

// attachDocument pushes a document about a manifest, without a signature.
func attachDocument(t *testing.T, p *push, repo name.Repository, subject v1.Descriptor, artifactType, mediaType, text string) {
	t.Helper()
	describe := func(mediaType, text string) v1.Descriptor {
		h, size, err := v1.SHA256(strings.NewReader(text))
		if err == nil {
			err = p.c.upload(repo, []byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
		return v1.Descriptor{MediaType: types.MediaType(mediaType), Digest: h, Size: size}
	}
	m := v1.Manifest{SchemaVersion: 2, MediaType: "application/vnd.oci.image.manifest.v1+json", ArtifactType: artifactType, Subject: &subject}
	m.Config, m.Layers = describe("application/vnd.oci.empty.v1+json", "{}"), []v1.Descriptor{describe(mediaType, text)}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	h, _, err := v1.SHA256(strings.NewReader(string(data)))
	if err == nil {
		err = p.c.put(repo.Digest(h.String()), raw{data, m.MediaType})
	}
	if err != nil {
		t.Fatal(err)
	}
}
