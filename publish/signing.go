package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/opc-project/opc/publish/sign"
)

// signatureTag is where cosign, and what verifies as it does, looks for the signatures of a digest.
func signatureTag(h v1.Hash) string { return h.Algorithm + "-" + h.Hex + ".sig" }

// toSign is a manifest of the shipment that gets a signature.
type toSign struct {
	repository, origin string
	subject            v1.Descriptor
	tagged             bool // people name it, so its signatures stand under a tag, too
}

// signees lists the manifests that are signed: each artifact, the images of its platforms, and the documents about them.
func (s *shipment) signees() ([]toSign, error) {
	var out []toSign
	for _, it := range s.items {
		if it.kind == KindSignature {
			continue
		}
		_, manifests, err := s.below(it.Descriptor)
		if err != nil {
			return nil, err
		}
		for _, d := range manifests {
			known := slices.ContainsFunc(out, func(o toSign) bool { return o.repository == it.repository && o.subject.Digest == d.Digest })
			if !known {
				out = append(out, toSign{it.repository, it.origin, d, it.kind != KindSBOM && it.kind != KindProvenance})
			}
		}
	}
	return out, nil
}

// signatures lays signatures over what was pushed: those of the key, and those that the layout brings along. This comes
// before the tags, so that nobody who asks for a tag finds it unsigned.
func (p *push) signatures() error {
	list, err := p.s.signees()
	if err != nil {
		return err
	}
	return p.each(len(list), func(i int) error {
		t := list[i]
		more, err := p.s.carried(t.origin, t.subject.Digest)
		if err == nil && p.d.Key != nil {
			var own sign.Signature
			own, err = p.d.Key.Sign(t.repository, t.subject.Digest.String())
			more = append(more, own)
		}
		if err == nil && len(more) > 0 {
			err = p.attach(t, more)
		}
		if err != nil {
			return fmt.Errorf("sign %s@%s: %w", t.repository, t.subject.Digest, err)
		}
		return nil
	})
}

// carried returns the signatures that the layout holds of a digest.
func (s *shipment) carried(origin string, subject v1.Hash) ([]sign.Signature, error) {
	var out []sign.Signature
	for _, it := range s.items {
		if it.kind != KindSignature || it.origin != origin {
			continue
		}
		r, err := s.read(it.Descriptor)
		if err != nil {
			return nil, err
		}
		m, err := readManifest(r)
		if err != nil || m.Subject == nil || m.Subject.Digest != subject {
			continue
		}
		found, err := signaturesIn(m, func(h v1.Hash) ([]byte, error) {
			payload, err := s.read(v1.Descriptor{Digest: h})
			return payload.bytes, err
		})
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// attach adds signatures to those that stand in the registry already. What is there is read again after each write:
// another signer may have written meanwhile.
func (p *push) attach(t toSign, more []sign.Signature) error {
	repo, err := name.NewRepository(t.repository)
	if err != nil {
		return err
	}
	for range 10 {
		have, err := p.c.tagged(repo, t.subject.Digest)
		if err == nil && !t.tagged {
			have, err = p.c.signatures(repo, t.subject.Digest)
		}
		if err != nil {
			return err
		}
		missing := slices.DeleteFunc(slices.Clone(more), func(s sign.Signature) bool {
			return slices.ContainsFunc(have, func(o sign.Signature) bool { return o.Base64 == s.Base64 && string(o.Payload) == string(s.Payload) })
		})
		if len(missing) == 0 {
			return nil
		}
		if !t.tagged {
			have = nil // each referrer holds its own
		}
		if err := p.write(repo, t, append(have, missing...)); err != nil {
			return err
		}
	}
	return errors.New("other signers keep changing it")
}

// write pushes a manifest over signatures: by its digest it is a referrer, and by the tag it is found by those who know
// no referrers.
func (p *push) write(repo name.Repository, t toSign, list []sign.Signature) error {
	m := signatureManifest(t.subject)
	for i, s := range list {
		layer, data, err := signatureLayer(s)
		if err != nil {
			return err
		}
		m.Layers = append(m.Layers, layer)
		if err := p.c.upload(repo, data); err != nil {
			return fmt.Errorf("signature %d: %w", i+1, err)
		}
	}
	if err := p.c.upload(repo, []byte("{}")); err != nil {
		return err
	}
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	h, _, err := v1.SHA256(strings.NewReader(string(data)))
	if err != nil {
		return err
	}
	r := raw{data, m.MediaType}
	if err := p.c.put(repo.Digest(h.String()), r); err != nil || !t.tagged {
		return err
	}
	return p.c.put(repo.Tag(signatureTag(t.subject.Digest)), r)
}

// signatureManifest is an image without layers yet, as cosign writes it where signatures are referrers.
func signatureManifest(subject v1.Descriptor) v1.Manifest {
	h, size, err := v1.SHA256(strings.NewReader("{}"))
	if err != nil {
		panic(err) // a string can be read
	}
	return v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: sign.ArtifactType,
		Config:  v1.Descriptor{MediaType: sign.ArtifactType, Digest: h, Size: size},
		Subject: &v1.Descriptor{MediaType: subject.MediaType, Digest: subject.Digest, Size: subject.Size},
	}
}

func signatureLayer(s sign.Signature) (v1.Descriptor, []byte, error) {
	h, size, err := v1.SHA256(strings.NewReader(string(s.Payload)))
	return v1.Descriptor{
		MediaType: sign.PayloadMedia, Digest: h, Size: size, Annotations: map[string]string{sign.Annotation: s.Base64},
	}, s.Payload, err
}

func readManifest(r raw) (*v1.Manifest, error) {
	return v1.ParseManifest(strings.NewReader(string(r.bytes)))
}

// unreadable reports whether an error is one of what was asked for. Anyone who can push can add signatures, so one that is
// missing, too large or not readable must not keep the others from being found.
func unreadable(err error) bool {
	return err != nil && !passing(err) && !refused(err) && !errors.Is(err, context.Canceled)
}

// signaturesIn reads the signatures that a manifest lists, but for those that are not readable.
func signaturesIn(m *v1.Manifest, read func(v1.Hash) ([]byte, error)) ([]sign.Signature, error) {
	var out []sign.Signature
	for _, l := range m.Layers[:min(len(m.Layers), maxLayers)] {
		if l.MediaType != sign.PayloadMedia || l.Size > maxSignature {
			continue
		}
		payload, err := read(l.Digest)
		if unreadable(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, sign.Signature{Payload: payload, Base64: l.Annotations[sign.Annotation]})
	}
	return out, nil
}

// tagged returns the signatures under cosign's tag of a digest.
func (c *client) tagged(repo name.Repository, subject v1.Hash) ([]sign.Signature, error) {
	r, _, err := c.get(repo.Tag(signatureTag(subject)))
	if status(err) == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m, err := readManifest(r)
	if err != nil {
		return nil, err
	}
	return signaturesIn(m, func(h v1.Hash) ([]byte, error) { return c.blob(repo, h) })
}

// signatures returns all signatures of a digest: those that are referrers, and those under cosign's tag.
func (c *client) signatures(repo name.Repository, subject v1.Hash) ([]sign.Signature, error) {
	out, err := c.tagged(repo, subject)
	if err != nil {
		return nil, err
	}
	list, err := c.referrers(repo, subject)
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		if d.ArtifactType != sign.ArtifactType {
			continue
		}
		r, _, err := c.get(repo.Digest(d.Digest.String()))
		if unreadable(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		m, err := readManifest(r)
		if err != nil {
			continue // as of one that is unreadable
		}
		found, err := signaturesIn(m, func(h v1.Hash) ([]byte, error) { return c.blob(repo, h) })
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// referrers lists what refers to a manifest.
func (c *client) referrers(repo name.Repository, subject v1.Hash) (list []v1.Descriptor, err error) {
	err = c.do(repo.RegistryStr(), func(*remote.Pusher, *remote.Puller) error {
		index, err := remote.Referrers(repo.Digest(subject.String()), c.opts...)
		if err != nil {
			return err
		}
		m, err := index.IndexManifest()
		if err == nil {
			list = m.Manifests
		}
		return err
	})
	return list, err
}

// maxSignature bounds what is signed, which names one manifest; cosign takes as much.
const maxSignature = 1 << 20

// blob reads a blob of a signature; its digest is checked on the way.
func (c *client) blob(repo name.Repository, h v1.Hash) (data []byte, err error) {
	err = c.do(repo.RegistryStr(), func(_ *remote.Pusher, pull *remote.Puller) error {
		l, err := pull.Layer(c.ctx, repo.Digest(h.String()))
		if err != nil {
			return err
		}
		r, err := l.Compressed()
		if err != nil {
			return err
		}
		defer r.Close()
		data, err = io.ReadAll(io.LimitReader(r, maxSignature+1))
		if err == nil && len(data) > maxSignature {
			err = tooLargeError{"the blob " + h.String(), maxSignature}
		}
		return err
	})
	return data, err
}

// signInto adds to a layout a signature of each manifest of the shipment, by the name that the artifacts give it.
func (s *shipment) signInto(target *store, key *sign.Key) error {
	list, err := s.signees()
	if err != nil {
		return err
	}
	for _, t := range list {
		own, err := key.Sign(t.origin, t.subject.Digest.String())
		if err != nil {
			return err
		}
		layer, data, err := signatureLayer(own)
		if err != nil {
			return err
		}
		m := signatureManifest(t.subject)
		m.Layers = []v1.Descriptor{layer}
		if _, err := target.blob(layer.MediaType, data); err != nil {
			return err
		}
		if _, err := target.blob(m.Config.MediaType, []byte("{}")); err != nil {
			return err
		}
		d, err := target.json(m.MediaType, m)
		if err != nil {
			return err
		}
		d.ArtifactType = sign.ArtifactType
		d.Annotations = map[string]string{kindKey: KindSignature, repositoryKey: t.origin}
		if !slices.ContainsFunc(target.tops, func(o v1.Descriptor) bool { return o.Digest == d.Digest && o.Annotations[repositoryKey] == t.origin }) {
			target.tops = append(target.tops, d)
		}
	}
	return nil
}
