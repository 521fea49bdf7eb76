package sign

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/opc-project/opc/kube"
)

// ChartKey signs charts as helm package --sign does: with PGP.
type ChartKey struct{ entity *openpgp.Entity }

// LoadChartKey reads the secret key of somebody out of a keyring, binary (gpg --export-secret-keys) or armoured. The
// name is part of a user ID and must fit one key alone, unless it is the whole of one. The passphrase is used where the
// key is encrypted.
func LoadChartKey(keyring []byte, name string, passphrase []byte) (*ChartKey, error) {
	read := openpgp.ReadKeyRing
	if bytes.HasPrefix(bytes.TrimSpace(keyring), []byte("-----BEGIN")) {
		read = openpgp.ReadArmoredKeyRing
	}
	ring, err := read(bytes.NewReader(keyring))
	if err != nil {
		return nil, err
	}
	entity, err := named(ring, name)
	if err != nil {
		return nil, err
	}
	if entity.PrivateKey == nil {
		return nil, fmt.Errorf("the keyring has the public half of %q alone: export it with gpg --export-secret-keys", name)
	}
	if err := entity.DecryptPrivateKeys(passphrase); err != nil {
		return nil, errors.New("the passphrase does not open it")
	}
	return &ChartKey{entity}, nil
}

// named finds the key of a user ID.
func named(ring openpgp.EntityList, name string) (*openpgp.Entity, error) {
	var like []*openpgp.Entity
	for _, e := range ring {
		ids := slices.Sorted(maps.Keys(e.Identities))
		if slices.Contains(ids, name) {
			return e, nil
		}
		if slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(id, name) }) {
			like = append(like, e)
		}
	}
	switch len(like) {
	case 0:
		return nil, fmt.Errorf("the keyring has no key of %q", name)
	case 1:
		return like[0], nil
	}
	return nil, fmt.Errorf("%d keys fit %q", len(like), name)
}

// Sign returns the provenance file of a packed chart (https://helm.sh/docs/topics/provenance/): what its Chart.yaml says
// and the digest of the package, signed. The signature bears a time, which is at, or the key's own where that is later:
// a signature older than its key is none. With an RSA or EdDSA key the same chart gives the same bytes.
func (k *ChartKey) Sign(metadata map[string]any, file, sha256 string, at time.Time) ([]byte, error) {
	about, err := kube.Encode(metadata)
	if err != nil {
		return nil, err
	}
	sums, err := kube.Encode(map[string]any{"files": map[string]any{file: "sha256:" + sha256}})
	if err != nil {
		return nil, err
	}
	at = k.notBefore(at)
	signer, ok := k.entity.SigningKey(at)
	if !ok || signer.PrivateKey == nil {
		return nil, errors.New("it holds no key that may sign")
	}
	var out bytes.Buffer
	w, err := clearsign.Encode(&out, signer.PrivateKey, &packet.Config{
		Time: func() time.Time { return at }, NonDeterministicSignaturesViaNotation: packet.BoolPointer(false),
	})
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(slices.Concat(about, []byte("\n...\n"), sums)); err != nil {
		return nil, err // closing would sign a part
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return checksummed(out.Bytes())
}

// checksummed writes the armour of a signature again, with the checksum that the library leaves out: without one, gpg 2.2
// reads on into the armour's last line, unless the signature happens to end on padding.
func checksummed(signed []byte) ([]byte, error) {
	at := bytes.LastIndex(signed, []byte("-----BEGIN PGP SIGNATURE-----"))
	block, err := armor.Decode(bytes.NewReader(signed[at:]))
	if err != nil {
		return nil, err
	}
	out := bytes.NewBuffer(bytes.Clone(signed[:at]))
	w, err := armor.Encode(out, block.Type, nil)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(w, block.Body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// notBefore is a time from which on the key and its parts hold.
func (k *ChartKey) notBefore(at time.Time) time.Time {
	known := []time.Time{at, k.entity.PrimaryKey.CreationTime}
	for _, name := range slices.Sorted(maps.Keys(k.entity.Identities)) {
		if id := k.entity.Identities[name]; id.SelfSignature != nil {
			known = append(known, id.SelfSignature.CreationTime)
		}
	}
	for _, s := range k.entity.Subkeys {
		known = append(known, s.PublicKey.CreationTime)
		if s.Sig != nil {
			known = append(known, s.Sig.CreationTime)
		}
	}
	return slices.MaxFunc(known, time.Time.Compare).UTC()
}
