// Package sign makes and checks signatures over the digests of what is in registries, as cosign does with a key: the
// signed bytes are a "simple signing" document that names a digest
// (https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md). It knows keys and documents, and nothing of
// registries: package publish carries the signatures. Read LoadKey first.
package sign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/payload"
)

// What cosign calls the parts of a signature.
const (
	PayloadMedia = "application/vnd.dev.cosign.simplesigning.v1+json" // of the signed document, a layer
	ArtifactType = "application/vnd.dev.cosign.artifact.sig.v1+json"  // of the manifest over it, as a referrer
	Annotation   = "dev.cosignproject.cosign/signature"               // of the layer: the signature in base 64
)

// Signature is a signed document.
type Signature struct {
	Payload []byte
	Base64  string // the signature over Payload
}

// Key signs.
type Key struct {
	private crypto.Signer
	public  *Public
}

// LoadKey reads a private key: one of cosign's or sigstore's own, which are encrypted, or a PEM file in PKCS #8, SEC 1
// or PKCS #1, encrypted or plain. The password is used where the key is encrypted; it may be empty.
func LoadKey(pem []byte, password string) (*Key, error) {
	private, err := cryptoutils.UnmarshalPEMToPrivateKey(pem, cryptoutils.StaticPasswordFunc([]byte(password)))
	if err != nil {
		return nil, err
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key of the kind %T can't sign", private)
	}
	public, err := newPublic(signer.Public())
	return &Key{signer, public}, err
}

// Public is the other half of the key.
func (k *Key) Public() *Public { return k.public }

// Sign signs a digest in a repository. The same key, repository and digest give the same bytes: without a source of
// randomness, ECDSA is signed as RFC 6979 says, which sigstore's signers do not offer.
func (k *Key) Sign(repository, digest string) (Signature, error) {
	document := payload.SimpleContainerImage{Critical: payload.Critical{
		Identity: payload.Identity{DockerReference: repository},
		Image:    payload.Image{DockerManifestDigest: digest},
		Type:     payload.CosignSignatureType,
	}}
	text, err := json.Marshal(document)
	if err != nil {
		return Signature{}, err
	}
	sum := sha256.Sum256(text)
	signed, err := k.private.Sign(nil, sum[:], crypto.SHA256)
	return Signature{text, base64.StdEncoding.EncodeToString(signed)}, err
}

// Public checks signatures.
type Public struct {
	verifier signature.Verifier
	key      crypto.PublicKey
}

// LoadPublic reads a public key in PEM, such as cosign.pub.
func LoadPublic(pem []byte) (*Public, error) {
	key, err := cryptoutils.UnmarshalPEMToPublicKey(pem)
	if err != nil {
		return nil, err
	}
	return newPublic(key)
}

// newPublic takes the kinds of keys for which all versions of cosign agree on how they sign.
func newPublic(key crypto.PublicKey) (*Public, error) {
	switch key.(type) {
	case *ecdsa.PublicKey, *rsa.PublicKey:
	default:
		return nil, fmt.Errorf("a key of the kind %T is not taken: expected ECDSA or RSA", key)
	}
	verifier, err := signature.LoadVerifier(key, crypto.SHA256)
	return &Public{verifier, key}, err
}

// PEM is the public key as a file, as cosign takes it.
func (p *Public) PEM() ([]byte, error) { return cryptoutils.MarshalPublicKeyToPEM(p.key) }

// ErrOtherKey says that a signature was not made with this key, or not over this document.
var ErrOtherKey = errors.New("it was made with another key, or over something else")

// Verify checks that a signature was made with this key, over a document that names the digest. It returns the
// repository that the document names beside it, without a tag or digest.
func (p *Public) Verify(s Signature, digest string) (repository string, err error) {
	raw, err := base64.StdEncoding.DecodeString(s.Base64)
	if err != nil || p.verifier.VerifySignature(bytes.NewReader(raw), bytes.NewReader(s.Payload)) != nil {
		return "", ErrOtherKey
	}
	var document payload.SimpleContainerImage
	if err := json.Unmarshal(s.Payload, &document); err != nil {
		return "", fmt.Errorf("the signed document can't be read: %w", err)
	}
	switch named := document.Critical.Image.DockerManifestDigest; {
	case document.Critical.Type != payload.CosignSignatureType:
		return "", fmt.Errorf("the signed document has the type %q", document.Critical.Type)
	case named != digest:
		return "", fmt.Errorf("it signs %s", named)
	}
	repository, _, _ = strings.Cut(document.Critical.Identity.DockerReference, "@")
	if i := strings.LastIndexByte(repository, ':'); i > strings.LastIndexByte(repository, '/') {
		repository = repository[:i]
	}
	return repository, nil
}
