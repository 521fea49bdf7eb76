package publish

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const inTotoMedia = "application/vnd.in-toto+json"

// statement is an in-toto statement with SLSA provenance (https://slsa.dev/spec/v1.0/provenance). It says how an artifact
// was made, and leads from one artifact of a release to the others. opc publish signs the manifest that holds it.
type statement struct {
	Type          string     `json:"_type"`
	Subject       []resource `json:"subject"`
	PredicateType string     `json:"predicateType"`
	Predicate     predicate  `json:"predicate"`
}

type resource struct {
	Name   string            `json:"name,omitempty"`
	URI    string            `json:"uri,omitempty"`
	Digest map[string]string `json:"digest,omitempty"`
}

type predicate struct {
	Definition struct {
		BuildType    string            `json:"buildType"`
		External     map[string]any    `json:"externalParameters"`
		Internal     map[string]string `json:"internalParameters,omitempty"`
		Dependencies []resource        `json:"resolvedDependencies"`
	} `json:"buildDefinition"`
	Run struct {
		Builder struct {
			ID string `json:"id"`
		} `json:"builder"`
		Byproducts []resource `json:"byproducts,omitempty"`
	} `json:"runDetails"`
}

// What provenance says of opc's builds.
const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://slsa.dev/provenance/v1"
	buildType     = "https://github.com/opc-project/opc/build/v1"
	builderID     = "https://github.com/opc-project/opc"
)

// made is an artifact whose provenance is still to be written: it names the artifacts that come after it, too.
type made struct {
	kind, repository, tag string
	subject               v1.Descriptor
	statement             statement
}

// provenances writes how each artifact was made, and which others the same build made. So whoever has one artifact of a
// release finds the rest.
func (b *builder) provenances() error {
	for i, m := range b.made {
		for j, other := range b.made {
			if i != j {
				m.statement.Predicate.Run.Byproducts = append(m.statement.Predicate.Run.Byproducts,
					resource{Name: other.kind, URI: other.repository + ":" + other.tag, Digest: map[string]string{"sha256": other.subject.Digest.Hex}})
			}
		}
		if err := b.refer(m.subject, KindProvenance, m.repository, inTotoMedia, m.statement); err != nil {
			return err
		}
	}
	return nil
}

// remember lists an artifact in the layout, and notes how it was made. The note names no machine, user or time, so that
// the same source gives the same digest everywhere.
func (b *builder) remember(subject v1.Descriptor, kind, repository string, tags []string, built []platformImage, from *base) {
	tag := b.top(subject, kind, repository, tags...)
	s := statement{
		Type: statementType, PredicateType: predicateType,
		Subject: []resource{{Name: repository, Digest: map[string]string{"sha256": subject.Digest.Hex}}},
	}
	def := &s.Predicate.Definition
	def.BuildType = buildType
	def.External = map[string]any{"name": b.op.Name, "version": b.op.Version}
	if b.op.Source != "" {
		def.External["source"] = b.op.Source
	}
	if b.stamp.Revision != unknownRevision {
		def.External["revision"] = b.stamp.Revision
	}
	def.Dependencies = b.dependencies(kind, built, from)
	for _, img := range built {
		s.Subject = append(s.Subject, resource{Name: repository + " " + img.platform.String(), Digest: map[string]string{"sha256": img.descriptor.Digest.Hex}})
		if info, err := buildinfo.Read(bytes.NewReader(img.program)); err == nil {
			def.Internal = map[string]string{"go": info.GoVersion}
		}
	}
	s.Predicate.Run.Builder.ID = builderID
	b.made = append(b.made, made{kind, repository, tag, subject, s})
}

// dependencies are what an artifact was made from.
func (b *builder) dependencies(kind string, built []platformImage, from *base) []resource {
	out := []resource{}
	if b.opts.Input != "" {
		out = append(out, resource{Name: "description", Digest: sha256Of(b.opts.Input)})
	}
	if from != nil && !from.builtIn() {
		out = append(out, resource{Name: "base", URI: from.name, Digest: map[string]string{"sha256": from.digest.Hex}})
	}
	for _, img := range built {
		sum := sha256.Sum256(img.program)
		out = append(out, resource{Name: "program " + img.platform.String(), Digest: map[string]string{"sha256": hex.EncodeToString(sum[:])}})
	}
	if kind != KindImage && b.op.Image.Digest != "" {
		out = append(out, resource{Name: KindImage, URI: b.op.Image.Repository, Digest: sha256Of(b.op.Image.Digest)})
	}
	return out
}

// sha256Of takes the name of the algorithm off a digest.
func sha256Of(digest string) map[string]string {
	h, err := v1.NewHash(digest)
	if err != nil {
		return nil
	}
	return map[string]string{h.Algorithm: h.Hex}
}
