package sign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
)

const (
	repository = "registry.example.com/team/ring-operator"
	digest     = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

// cosignKey makes a key as cosign generate-key-pair does.
func cosignKey(t *testing.T, password string) (private, public []byte) {
	t.Helper()
	private, public, err := cryptoutils.GeneratePEMEncodedECDSAKeyPair(elliptic.P256(), cryptoutils.StaticPasswordFunc([]byte(password)))
	if err != nil {
		t.Fatal(err)
	}
	return private, public
}

func load(t *testing.T, private []byte, password string) *Key {
	t.Helper()
	k, err := LoadKey(private, password)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func encoded(t *testing.T, kind string, der []byte, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// TestSign signs with each kind of key file, and lets the public half check it.
func TestSign(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	primes, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(curve)
	ec := encoded(t, "EC PRIVATE KEY", sec1, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(curve)
	plain := encoded(t, "PRIVATE KEY", pkcs8, err)
	rsaKey := encoded(t, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(primes), nil)
	secret, _ := cosignKey(t, "s3cret")
	empty, _ := cosignKey(t, "")
	older := bytes.ReplaceAll(secret, []byte("ENCRYPTED SIGSTORE"), []byte("ENCRYPTED COSIGN"))
	for name, test := range map[string]struct {
		key      []byte
		password string
	}{
		"cosign": {secret, "s3cret"}, "cosign of old": {older, "s3cret"}, "no password": {empty, ""},
		"sec1": {ec, ""}, "pkcs8": {plain, "not needed"}, "rsa": {rsaKey, ""},
	} {
		t.Run(name, func(t *testing.T) {
			k := load(t, test.key, test.password)
			s, err := k.Sign(repository, digest)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := k.Sign(repository, digest); err != nil || again.Base64 != s.Base64 || !bytes.Equal(again.Payload, s.Payload) {
				t.Errorf("signing twice gives %v and %v, %v", s, again, err)
			}
			text, err := k.Public().PEM()
			if err != nil {
				t.Fatal(err)
			}
			public, err := LoadPublic(text)
			if err != nil {
				t.Fatal(err)
			}
			if named, err := public.Verify(s, digest); err != nil || named != repository {
				t.Error(named, err)
			}
		})
	}
}

// TestPayload is what cosign's specification says of the document.
func TestPayload(t *testing.T) {
	private, _ := cosignKey(t, "")
	s, err := load(t, private, "").Sign(repository, digest)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"critical":{"identity":{"docker-reference":"` + repository + `"},"image":{"docker-manifest-digest":"` + digest +
		`"},"type":"cosign container image signature"},"optional":null}`
	if string(s.Payload) != want {
		t.Errorf("%s", s.Payload)
	}
}

func TestVerifyRefuses(t *testing.T) {
	private, _ := cosignKey(t, "")
	k := load(t, private, "")
	good, err := k.Sign(repository, digest)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := cosignKey(t, "")
	foreign, err := load(t, other, "").Sign(repository, digest)
	if err != nil {
		t.Fatal(err)
	}
	resigned := func(change func(map[string]any)) Signature {
		var doc map[string]any
		if err := json.Unmarshal(good.Payload, &doc); err != nil {
			t.Fatal(err)
		}
		change(doc["critical"].(map[string]any))
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		h := crypto.SHA256.New()
		h.Write(text)
		signed, err := k.private.Sign(nil, h.Sum(nil), crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		return Signature{text, base64.StdEncoding.EncodeToString(signed)}
	}
	elsewhere := strings.Replace(digest, "0", "f", 1)
	for name, test := range map[string]struct {
		s     Signature
		other bool
	}{
		"other key":      {foreign, true},
		"other document": {Signature{bytes.Replace(good.Payload, []byte("ring"), []byte("king"), 1), good.Base64}, true},
		"no base 64":     {Signature{good.Payload, "%"}, true},
		"nothing":        {Signature{}, true},
		"other digest":   {resigned(func(c map[string]any) { c["image"] = map[string]any{"docker-manifest-digest": elsewhere} }), false},
		"other type":     {resigned(func(c map[string]any) { c["type"] = "atomic container signature" }), false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := k.Public().Verify(test.s, digest)
			if err == nil || errors.Is(err, ErrOtherKey) != test.other {
				t.Error(err)
			}
		})
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	secret, public := cosignKey(t, "s3cret")
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(edwards)
	for name, test := range map[string]struct {
		key      []byte
		password string
	}{
		"wrong password": {secret, "secret"}, "no password": {secret, ""}, "public": {public, ""}, "text": {[]byte("key"), ""},
		"ed25519": {encoded(t, "PRIVATE KEY", der, err), ""},
	} {
		if k, err := LoadKey(test.key, test.password); err == nil {
			t.Errorf("%s: %v", name, k)
		}
	}
	for _, text := range [][]byte{secret, []byte("key"), nil} {
		if p, err := LoadPublic(text); err == nil {
			t.Errorf("%s: %v", text, p)
		}
	}
}
