package publish

import (
	"bytes"
	"cmp"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// document is one that refers to a manifest.
type document struct {
	desc v1.Descriptor // of the manifest that holds it
	data []byte
}

// documentsOf reads the documents of one media type about a manifest.
func (v *verifier) documentsOf(p *piece, subject v1.Hash, mediaType types.MediaType) ([]document, error) {
	list, err := v.place.referrers(p.repository, subject)
	if err != nil {
		return nil, err
	}
	if list, err = v.onlySigned(p, list, mediaType); err != nil {
		return nil, err
	}
	from, err := v.place.blobs(p.repository)
	if err != nil {
		return nil, err
	}
	var out []document
	for _, d := range list {
		data, ok, err := v.document(from, d, mediaType)
		switch {
		case v.stopped(err):
			return nil, err
		case err != nil:
			v.found(diag.ReleaseIncomplete, p, "has a document %s that can't be read: %v", d.Digest, err)
		case ok:
			out = append(out, document{d, data})
		}
	}
	return out, nil
}

// onlySigned returns the referrers that may hold a document of a media type. Anyone who can push can refer to a manifest,
// so where some are signed with the key, only those count: the others neither help nor harm. Where none is, each counts,
// and is reported as not signed.
func (v *verifier) onlySigned(p *piece, list []v1.Descriptor, mediaType types.MediaType) ([]v1.Descriptor, error) {
	list = slices.DeleteFunc(slices.Clone(list), func(d v1.Descriptor) bool {
		t := d.ArtifactType
		return t != string(mediaType) && t != string(emptyJSON) && t != "" // some list the config's type
	})
	if v.key == nil {
		return list, nil
	}
	var signed []v1.Descriptor
	for _, d := range list {
		why, err := v.signature(p, d.Digest)
		if err != nil {
			return nil, err
		}
		if why == "" {
			signed = append(signed, d)
		}
	}
	if len(signed) > 0 {
		return signed, nil
	}
	return list, nil
}

// document reads a document; ok is false where it has another media type.
func (v *verifier) document(from blobs, d v1.Descriptor, mediaType types.MediaType) (data []byte, ok bool, err error) {
	text, err := from.manifest(v.ctx, d)
	if err != nil {
		return nil, false, err
	}
	m, err := v1.ParseManifest(bytes.NewReader(text))
	if err != nil || len(m.Layers) != 1 || m.Layers[0].MediaType != mediaType {
		return nil, false, err
	}
	var b bytes.Buffer
	err = drain(v.ctx, from, m.Layers[0], func(r io.Reader) error {
		_, err := b.ReadFrom(io.LimitReader(r, maxConfig))
		return err
	})
	return b.Bytes(), true, err
}

// stopped reports whether an error is not the release's fault: whoever asks is not let in, or was interrupted.
func (v *verifier) stopped(err error) bool { return err != nil && (refused(err) || v.ctx.Err() != nil) }

// provenance reads how a part was made. Of several such documents, the first that speaks of the part counts.
func (v *verifier) provenance(p *piece) error {
	list, err := v.documentsOf(p, p.desc.Digest, inTotoMedia)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		v.found(diag.DocumentMissing, p, "has no provenance")
		return nil
	}
	var why error
	for _, d := range list {
		s, err := readStatement(d.data, p.desc.Digest)
		if err != nil {
			if why == nil {
				why = err
			}
			continue
		}
		p.statement, p.origin = s, s.Subject[0].Name
		p.version = kube.Text(s.Predicate.Definition.External["version"])
		p.documents = append(p.documents, d.desc)
		return nil
	}
	v.found(diag.DocumentWrong, p, "has a provenance that %v", why)
	return nil
}

// readStatement reads an in-toto statement that must be opc's, and about a manifest.
func readStatement(data []byte, subject v1.Hash) (*statement, error) {
	s := &statement{}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("can't be read: %w", err)
	}
	switch {
	case s.Type != statementType || s.PredicateType != predicateType || s.Predicate.Definition.BuildType != buildType:
		return nil, fmt.Errorf("is not one of opc's: it is a %s with %s", s.Type, s.PredicateType)
	case len(s.Subject) == 0:
		return nil, fmt.Errorf("speaks of nothing")
	case s.Subject[0].Digest["sha256"] != subject.Hex:
		return nil, fmt.Errorf("speaks of sha256:%s", s.Subject[0].Digest["sha256"])
	}
	return s, nil
}

// partsList checks that a document says of an image what stands in it. Of several, one that is right is enough.
func (v *verifier) partsList(p *piece, image v1.Descriptor, entrypoint string, program []byte) error {
	at := platformName(image)
	list, err := v.documentsOf(p, image.Digest, spdxMedia)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		v.found(diag.DocumentMissing, p, "has no parts list for %s", at)
		return nil
	}
	var why error
	for _, d := range list {
		err := checkParts(d.data, image.Digest, entrypoint, p.version, program)
		if err == nil {
			p.documents = append(p.documents, d.desc)
			return nil
		}
		if why == nil {
			why = err
		}
	}
	v.found(diag.DocumentWrong, p, "has a parts list for %s that %v", at, why)
	return nil
}

// checkParts holds a parts list against the image and the program that it is of: the program's build information says
// which modules it was linked from.
func checkParts(data []byte, image v1.Hash, entrypoint, version string, program []byte) error {
	var doc spdxDocument
	if err := json.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("can't be read: %w", err)
	}
	if len(doc.Packages) < 2 {
		return fmt.Errorf("names %d parts", len(doc.Packages))
	}
	root, part := doc.Packages[0], doc.Packages[1]
	digest := sha256Hex(program)
	switch {
	case root.Version != image.String():
		return fmt.Errorf("speaks of %s", root.Version)
	case part.Name != entrypoint || version != "" && part.Version != version:
		return fmt.Errorf("names the program %s %s", part.Name, part.Version)
	case len(part.Checksums) != 1 || part.Checksums[0].Value != digest:
		return fmt.Errorf("is of another program than %s, which is sha256:%s", entrypoint, digest)
	}
	var want spdxDocument
	if info, err := buildinfo.Read(bytes.NewReader(program)); err == nil {
		want.modules(info, part.ID)
	}
	for _, p := range want.Packages {
		if !slices.ContainsFunc(doc.Packages, func(o spdxPackage) bool { return o.Name == p.Name && o.Version == p.Version }) {
			return fmt.Errorf("lacks %s %s, which the program was linked from", p.Name, p.Version)
		}
	}
	return nil
}

// signed checks the signatures over a part, the images of its platforms and its documents.
func (v *verifier) signed(p *piece, _ []*piece) error {
	if v.key == nil {
		return nil
	}
	subjects := map[string]v1.Descriptor{"": p.desc}
	order := []string{""}
	add := func(what string, d v1.Descriptor) { subjects[what], order = d, append(order, what) }
	images, err := v.platforms(p)
	if err != nil && v.stopped(err) {
		return err
	}
	for _, d := range images {
		if d.Digest != p.desc.Digest {
			add("an image for "+platformName(d), d)
		}
	}
	for _, d := range p.documents {
		add("a document "+d.Digest.String(), d)
	}
	for _, what := range order {
		why, err := v.signature(p, subjects[what].Digest)
		if err != nil {
			return err
		}
		switch {
		case why == "":
			p.signed++
		case what == "":
			v.found(diag.NotSigned, p, "%s", why)
		default:
			v.found(diag.NotSigned, p, "has %s that %s", what, why)
		}
	}
	return nil
}

// signature looks for one signature of the key over a digest, and says why there is none.
func (v *verifier) signature(p *piece, h v1.Hash) (why string, err error) {
	list, err := v.place.signatures(p.repository, h)
	if v.stopped(err) {
		return "", err
	}
	if err != nil {
		return fmt.Sprintf("has signatures that can't be read: %v", err), nil
	}
	for _, s := range list {
		repository, err := v.key.Verify(s, h.String())
		if err != nil {
			why = cmp.Or(why, fmt.Sprintf("is not signed with this key: %v", err))
			continue
		}
		if why = v.isSignedFor(p, repository); why == "" {
			return "", nil
		}
	}
	if why == "" {
		why = "is not signed"
	}
	return why, nil
}
