package sign

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"helm.sh/helm/v3/pkg/provenance"
)

// pgpKey makes a PGP key, and returns the keyring with its secret half, perhaps locked, and that with its public half.
func pgpKey(t *testing.T, algorithm packet.PublicKeyAlgorithm, name, passphrase string) (secret, public []byte) {
	t.Helper()
	config := &packet.Config{Algorithm: algorithm, RSABits: 2048, Time: func() time.Time { return time.Unix(1_700_000_000, 0) }}
	e, err := openpgp.NewEntity(name, "", name+"@example.com", config)
	if err != nil {
		t.Fatal(err)
	}
	var s, p bytes.Buffer
	if err := e.Serialize(&p); err != nil {
		t.Fatal(err)
	}
	if passphrase != "" {
		if err := e.EncryptPrivateKeys([]byte(passphrase), nil); err != nil {
			t.Fatal(err)
		}
		err = e.SerializePrivateWithoutSigning(&s, nil)
	} else {
		err = e.SerializePrivate(&s, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s.Bytes(), p.Bytes()
}

// TestChartProvenance lets Helm itself verify what was signed, and refuse what was changed.
func TestChartProvenance(t *testing.T) {
	for name, test := range map[string]struct {
		algorithm  packet.PublicKeyAlgorithm
		passphrase string
	}{"rsa": {packet.PubKeyAlgoRSA, ""}, "eddsa": {packet.PubKeyAlgoEdDSA, "s3cret"}} {
		t.Run(name, func(t *testing.T) {
			secret, public := pgpKey(t, test.algorithm, "Jo", test.passphrase)
			key, err := LoadChartKey(secret, "Jo", []byte(test.passphrase))
			if err != nil {
				t.Fatal(err)
			}
			packed := []byte("not unpacked by anybody")
			sum := sha256.Sum256(packed)
			meta := map[string]any{"name": "ring", "version": "1.2.3", "description": "- dashes\n--- and more\n"}
			sign := func() []byte {
				t.Helper()
				out, err := key.Sign(meta, "ring-1.2.3.tgz", hex.EncodeToString(sum[:]), time.Unix(0, 0))
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			proof := sign()
			if !bytes.Equal(proof, sign()) {
				t.Error("signing twice gives other bytes")
			}
			if !regexp.MustCompile(`\n=[A-Za-z0-9+/]{4}\n-----END PGP SIGNATURE-----\n$`).Match(proof) {
				t.Errorf("no checksum, which gpg wants:\n%s", proof)
			}
			dir := t.TempDir()
			write := func(name string, data []byte) string {
				path := filepath.Join(dir, name)
				if err := os.WriteFile(path, data, 0o600); err != nil {
					t.Fatal(err)
				}
				return path
			}
			verifier, err := provenance.NewFromKeyring(write("public.gpg", public), "")
			if err != nil {
				t.Fatal(err)
			}
			chart, prov := write("ring-1.2.3.tgz", packed), write("ring-1.2.3.tgz.prov", proof)
			if v, err := verifier.Verify(chart, prov); err != nil || v.SignedBy.PrimaryKey.KeyId != key.entity.PrimaryKey.KeyId {
				t.Errorf("%+v %v", v, err)
			}
			write("ring-1.2.3.tgz", append(packed, '!'))
			if _, err := verifier.Verify(chart, prov); err == nil {
				t.Error("Helm takes another chart")
			}
			write("ring-1.2.3.tgz", packed)
			write("ring-1.2.3.tgz.prov", bytes.Replace(proof, []byte("version: 1.2.3"), []byte("version: 1.2.4"), 1))
			if _, err := verifier.Verify(chart, prov); err == nil {
				t.Error("Helm takes another Chart.yaml")
			}
		})
	}
}

func TestChartKeysThatAreRefused(t *testing.T) {
	locked, public := pgpKey(t, packet.PubKeyAlgoEdDSA, "Jo", "s3cret")
	open, _ := pgpKey(t, packet.PubKeyAlgoEdDSA, "Joan", "")
	both := append(bytes.Clone(locked), open...)
	var armoured bytes.Buffer
	w, err := armor.Encode(&armoured, openpgp.PrivateKeyType, nil)
	if err == nil {
		_, err = w.Write(open)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		ring             []byte
		name, passphrase string
		good             bool
	}{
		"wrong passphrase": {locked, "Jo", "secret", false}, "no passphrase": {locked, "Jo", "", false}, "public": {public, "Jo", "", false},
		"nobody": {open, "Jim", "", false}, "two": {both, "Jo", "", false}, "text": {[]byte("key"), "Jo", "", false},
		"whole": {both, "Joan <Joan@example.com>", "", true}, "part": {both, "Joan", "", true}, "armoured": {armoured.Bytes(), "Joan", "", true},
	} {
		if _, err := LoadChartKey(test.ring, test.name, []byte(test.passphrase)); (err == nil) != test.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
