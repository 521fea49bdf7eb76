package publish

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const inTotoMedia = "application/vnd.in-toto+json"

// statement is an in-toto statement with SLSA provenance (https://slsa.dev/spec/v1.0/provenance). It is not signed: it
// says how the artifact was made to whoever trusts the registry, and is what a signature would be laid over.
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
	} `json:"runDetails"`
}

// provenance writes how an artifact was made. It names no machine, user or time, so that the same source gives the same
// digest everywhere.
func (b *builder) provenance(subject v1.Descriptor, repository string, built []platformImage, from *base) error {
	s := statement{
		Type: "https://in-toto.io/Statement/v1", PredicateType: "https://slsa.dev/provenance/v1",
		Subject: []resource{{Name: repository, Digest: map[string]string{"sha256": subject.Digest.Hex}}},
	}
	def := &s.Predicate.Definition
	def.BuildType = "https://github.com/opc-project/opc/build/v1"
	def.External = map[string]any{"name": b.op.Name, "version": b.op.Version}
	if b.op.Source != "" {
		def.External["source"] = b.op.Source
	}
	if b.stamp.Revision != unknownRevision {
		def.External["revision"] = b.stamp.Revision
	}
	def.Dependencies = []resource{}
	if b.opts.Input != "" {
		def.Dependencies = append(def.Dependencies, resource{Name: "description", Digest: sha256Of(b.opts.Input)})
	}
	if from != nil && !from.builtIn() {
		def.Dependencies = append(def.Dependencies, resource{Name: "base", URI: from.name, Digest: map[string]string{"sha256": from.digest.Hex}})
	}
	for _, img := range built {
		s.Subject = append(s.Subject, resource{Name: repository + " " + img.platform.String(), Digest: map[string]string{"sha256": img.descriptor.Digest.Hex}})
		sum := sha256.Sum256(img.program)
		def.Dependencies = append(def.Dependencies, resource{Name: "program " + img.platform.String(), Digest: map[string]string{"sha256": hex.EncodeToString(sum[:])}})
		if info, err := buildinfo.Read(bytes.NewReader(img.program)); err == nil {
			def.Internal = map[string]string{"go": info.GoVersion}
		}
	}
	s.Predicate.Run.Builder.ID = "https://github.com/opc-project/opc"
	return b.refer(subject, KindProvenance, repository, inTotoMedia, s)
}

// sha256Of takes the name of the algorithm off a digest.
func sha256Of(digest string) map[string]string {
	h, err := v1.NewHash(digest)
	if err != nil {
		return nil
	}
	return map[string]string{h.Algorithm: h.Hex}
}
