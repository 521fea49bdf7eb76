package publish

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"runtime/debug"
	"slices"
)

const spdxMedia = "application/spdx+json"

// The parts of SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/) that a Go program needs.
type spdxDocument struct {
	Version       string             `json:"spdxVersion"`
	DataLicense   string             `json:"dataLicense"`
	ID            string             `json:"SPDXID"`
	Name          string             `json:"name"`
	Namespace     string             `json:"documentNamespace"`
	Creation      spdxCreation       `json:"creationInfo"`
	Packages      []spdxPackage      `json:"packages"`
	Relationships []spdxRelationship `json:"relationships"`
}

type spdxCreation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type spdxPackage struct {
	ID            string         `json:"SPDXID"`
	Name          string         `json:"name"`
	Version       string         `json:"versionInfo,omitempty"`
	Location      string         `json:"downloadLocation"`
	FilesAnalyzed bool           `json:"filesAnalyzed"`
	Concluded     string         `json:"licenseConcluded"`
	Declared      string         `json:"licenseDeclared"`
	Copyright     string         `json:"copyrightText"`
	Purpose       string         `json:"primaryPackagePurpose,omitempty"`
	Checksums     []spdxChecksum `json:"checksums,omitempty"`
	Refs          []spdxRef      `json:"externalRefs,omitempty"`
	Comment       string         `json:"comment,omitempty"`
}

type spdxChecksum struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"checksumValue"`
}

type spdxRef struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type spdxRelationship struct {
	Element string `json:"spdxElementId"`
	Type    string `json:"relationshipType"`
	Related string `json:"relatedSpdxElement"`
}

// sbom writes the parts list of a platform's image. The program itself says which modules it was linked from, which is
// more certain than go.mod: it is what runs.
func (b *builder) sbom(img platformImage) error {
	sum := sha256.Sum256(img.program)
	digest := hex.EncodeToString(sum[:])
	license := cmp.Or(b.op.License, noAssertion)
	root := spdxPackage{
		ID: "SPDXRef-Image", Name: b.op.Image.Repository, Version: img.descriptor.Digest.String(), Purpose: "CONTAINER",
		Location: noAssertion, Concluded: noAssertion, Declared: license, Copyright: noAssertion,
		Refs: []spdxRef{purl("pkg:oci/" + path.Base(b.op.Image.Repository) + "@" + "sha256%3A" + img.descriptor.Digest.Hex +
			"?arch=" + img.platform.arch + "&repository_url=" + b.op.Image.Repository)},
	}
	program := spdxPackage{
		ID: "SPDXRef-Program", Name: b.op.Dockerfile.Entrypoint, Version: b.op.Version, Purpose: "APPLICATION",
		Location: noAssertion, Concluded: noAssertion, Declared: license, Copyright: noAssertion,
		Checksums: []spdxChecksum{{"SHA256", digest}},
	}
	doc := spdxDocument{
		Version: "SPDX-2.3", DataLicense: "CC0-1.0", ID: "SPDXRef-DOCUMENT",
		Name:      b.op.Name + "-" + b.op.Version + "-" + img.platform.os + "-" + img.platform.arch,
		Namespace: "https://spdx.org/spdxdocs/" + b.op.Name + "-" + img.descriptor.Digest.Hex,
		Creation:  spdxCreation{b.stamp.Created, []string{"Tool: opc"}},
		Packages:  []spdxPackage{root, program},
		Relationships: []spdxRelationship{
			{"SPDXRef-DOCUMENT", "DESCRIBES", root.ID}, {root.ID, "CONTAINS", program.ID},
		},
	}
	if info, err := buildinfo.Read(bytes.NewReader(img.program)); err == nil { // a program of another language says nothing
		doc.modules(info, program.ID)
	}
	return b.refer(img.descriptor, KindSBOM, b.op.Image.Repository, spdxMedia, doc)
}

const noAssertion = "NOASSERTION"

// modules adds the standard library and each module that the program was linked from.
func (doc *spdxDocument) modules(info *debug.BuildInfo, program string) {
	list := []*debug.Module{{Path: "stdlib", Version: info.GoVersion}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b *debug.Module) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Version, b.Version))
	})
	for i, m := range list {
		p := spdxPackage{
			ID: fmt.Sprintf("SPDXRef-Module-%d-%s", i, unfit.ReplaceAllString(m.Path, "-")), Name: m.Path, Version: m.Version, Purpose: "LIBRARY",
			Location: noAssertion, Concluded: noAssertion, Declared: noAssertion, Copyright: noAssertion,
			Refs: []spdxRef{purl("pkg:golang/" + m.Path + "@" + m.Version)},
		}
		if m.Sum != "" {
			p.Location = "https://proxy.golang.org/" + m.Path + "/@v/" + m.Version + ".zip"
			p.Comment = "go.sum " + m.Sum
		}
		doc.Packages = append(doc.Packages, p)
		doc.Relationships = append(doc.Relationships, spdxRelationship{program, "DEPENDS_ON", p.ID})
	}
}

// unfit is what an SPDX identifier can't hold.
var unfit = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

func purl(locator string) spdxRef { return spdxRef{"PACKAGE-MANAGER", "purl", locator} }
