package publish

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/opc-project/opc/publish/sign"
	"github.com/opc-project/opc/schema/diag"
)

// Verification says what is to be verified.
type Verification struct {
	Ref  string            // of any artifact of a release, in a registry; or oci:FOLDER[:NAME]
	Key  *sign.Public      // whose signatures are wanted; nil leaves signatures unchecked
	From string            // repository that the artifact must have been built for; "" for one with the last part of Ref's name
	Tell func(string)      // is told what is being done; may be nil
	Via  http.RoundTripper // how registries are reached; nil for the usual way
	Wait time.Duration     // before the second attempt; 0 for half a second

	CAFile string // certificates that are trusted besides the system's; "" for none
}

// Verified is one artifact that was looked at.
type Verified struct {
	Kind, Repository, Digest string
	Tag                      string // of its version; "" where nobody says it
	Origin                   string // the repository that it was built for; "" where nobody says it
	Documents                int    // about it that are right: provenance, and a parts list for each platform
	Signatures               int    // that are right: over it, the images of its platforms and its documents
}

// piece is one artifact of a release.
type piece struct {
	kind       string
	repository string // where it stands
	origin     string // as the artifacts name it
	tag        string
	desc       v1.Descriptor
	statement  *statement // how it was made; nil where that is unknown
	version    string     // of the operator, as the statement says it
	documents  []v1.Descriptor
	signed     int
	broken     bool // it can't be told what it is
}

func (p *piece) name() string { return p.repository + "@" + p.desc.Digest.String() }

// verifier holds what the steps of a verification share.
type verifier struct {
	ctx   context.Context
	key   *sign.Public
	tell  func(string)
	via   http.RoundTripper
	wait  time.Duration
	place place
	asked string // tag that was asked for
	from  string // repository that the first artifact must have been built for
	diags diag.List
	done  []Verified
}

// VerifyRelease holds a published release against itself: that all of it is there and whole, that what is said about
// it is true of it, that its parts name each other by digest, and that it is signed. It begins with any artifact; its
// provenance names the others. Faults of the release are findings. An error is what kept it from being read.
func VerifyRelease(ctx context.Context, in Verification) ([]Verified, diag.List, error) {
	via, diags, err := Delivery{Via: in.Via, CAFile: in.CAFile}.way()
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	v := &verifier{ctx: ctx, key: in.Key, from: in.From, tell: in.Tell, via: via, wait: cmp.Or(in.Wait, firstWait)}
	if v.tell == nil {
		v.tell = func(string) {}
	}
	if err := v.all(in.Ref); err != nil {
		diags, err := unread(in.Ref, err)
		return nil, diags, err
	}
	return v.done, v.diags, nil
}

// all verifies every release that a reference leads to.
func (v *verifier) all(ref string) error {
	starts, err := v.start(ref)
	if err != nil {
		return err
	}
	for _, p := range starts {
		if slices.ContainsFunc(v.done, func(d Verified) bool { return d.Digest == p.desc.Digest.String() && d.Repository == p.repository }) {
			continue
		}
		if err := v.release(p); err != nil {
			return err
		}
	}
	return nil
}

// unread says what kept a release from being read. The hints of publishing are about pushes.
func unread(ref string, err error) (diag.List, error) {
	if status(err) == http.StatusNotFound {
		return diag.List{diag.Errorf(diag.ReleaseIncomplete, "", "there is no %s", ref)}, nil
	}
	diags, rest := finding(err)
	for i, d := range diags {
		switch {
		case status(err) == http.StatusForbidden:
			diags[i] = d.WithHint("ask for the right to pull, or log in as somebody who has it")
		case d.Code == diag.RegistryFails && !strings.Contains(d.Hint, "--ca-file"):
			diags[i] = d.WithHint("look at the name of the registry and at the network, and run it again")
		}
	}
	return diags, rest
}

// found notes a fault of a part.
func (v *verifier) found(code diag.Code, p *piece, format string, args ...any) *diag.Diagnostic {
	d := diag.Errorf(code, "", format, args...)
	d.Message = p.name() + " " + d.Message
	i := slices.IndexFunc(v.diags, func(o diag.Diagnostic) bool { return o.Message == d.Message })
	if i < 0 {
		i = len(v.diags)
		v.diags = append(v.diags, d)
	}
	return &v.diags[i]
}

// release verifies the release that an artifact belongs to.
func (v *verifier) release(first *piece) error {
	v.tell("reading " + first.name())
	err := v.describe(first)
	if err != nil {
		return err
	}
	parts := []*piece{first}
	if v.isFor(first) { // else its documents lead to another release, which nobody asked for
		parts, err = v.siblings(first)
	}
	if err != nil {
		return err
	}
	v.rolledBack(first)
	for _, p := range parts {
		v.tell("verifying " + p.name())
		for _, step := range []func(*piece, []*piece) error{v.contents, v.tags, v.signed} {
			if err := step(p, parts); err != nil {
				return err
			}
		}
		v.done = append(v.done, Verified{p.kind, p.repository, p.desc.Digest.String(), p.tag, p.origin, len(p.documents), p.signed})
	}
	return nil
}

// describe finds out what an artifact is, and reads its provenance.
func (v *verifier) describe(p *piece) error {
	from, err := v.place.blobs(p.repository)
	if err != nil {
		return err
	}
	kind := KindImage
	f, err := look(v.ctx, from, p.desc, 0)
	if p.desc.MediaType.IsIndex() {
		if err == nil && f != nil && f.kind != "" { // else its platforms tell what is wrong
			kind = f.kind
		}
	} else {
		switch {
		case err != nil:
			p.broken, kind = true, cmp.Or(p.kind, "artifact")
			if err := v.unreadable(p, err); err != nil {
				return err
			}
		case f != nil && f.kind != "":
			kind = f.kind
		}
	}
	p.kind = kind
	return v.provenance(p)
}

// siblings are the artifacts of a release, with the first, in the order in which one names the other.
func (v *verifier) siblings(first *piece) ([]*piece, error) {
	parts := []*piece{first}
	if first.statement == nil {
		return parts, nil
	}
	for _, r := range first.statement.Predicate.Run.Byproducts {
		origin, tag := splitTag(r.URI)
		h, err := v1.NewHash("sha256:" + r.Digest["sha256"])
		if err != nil || origin == "" {
			v.found(diag.DocumentWrong, first, "has a provenance that names no place or digest of its %s", r.Name)
			continue
		}
		p := &piece{kind: r.Name, origin: origin, tag: tag, repository: beside(first, origin)}
		d, ok, err := v.place.manifest(p.repository, h)
		if err != nil {
			return nil, err
		}
		p.desc = d
		if !ok {
			p.desc.Digest = h
			v.found(diag.ReleaseIncomplete, p, "is not there, and belongs to %s", first.name())
			continue
		}
		if err := v.describe(p); err != nil {
			return nil, err
		}
		if p.kind != r.Name {
			v.found(diag.DocumentWrong, first, "has a provenance that takes the %s %s for its %s", p.kind, p.name(), r.Name)
		}
		parts = append(parts, p)
	}
	slices.SortStableFunc(parts, func(a, b *piece) int { return kindRank(a.kind) - kindRank(b.kind) })
	v.agree(first, parts)
	return parts, nil
}

// beside is where an artifact stands if its release was published to another registry or prefix, as another artifact of
// it was.
func beside(known *piece, origin string) string {
	if sameRepository(known.repository, known.origin) {
		return origin
	}
	last := strings.TrimPrefix(destination(item{origin: known.origin}, "-"), "-")
	if to, ok := strings.CutSuffix(known.repository, last); ok {
		return destination(item{origin: origin}, to)
	}
	return origin
}

// sameRepository compares names as registries do: docker.io has another one.
func sameRepository(a, b string) bool {
	x, err := name.NewRepository(a)
	if err != nil {
		return a == b
	}
	y, err := name.NewRepository(b)
	return err == nil && x.Name() == y.Name()
}

// agree holds the parts' provenances against each other: each must name all the others.
func (v *verifier) agree(first *piece, parts []*piece) {
	for _, p := range parts {
		if p.statement == nil {
			continue
		}
		for _, r := range p.statement.Predicate.Run.Byproducts {
			i := slices.IndexFunc(parts, func(o *piece) bool { return o != p && o.kind == r.Name })
			if i < 0 {
				continue // told as missing
			}
			if parts[i].desc.Digest.Hex != r.Digest["sha256"] {
				v.found(diag.DocumentWrong, p, "has a provenance that names the %s sha256:%s, and that of %s names %s", r.Name, r.Digest["sha256"],
					first.kind, parts[i].desc.Digest)
			}
			if parts[i] == first {
				_, first.tag = splitTag(r.URI)
			}
		}
		if p.version != first.version && first.version != "" {
			v.found(diag.DocumentWrong, p, "was made as version %s, and the %s as version %s", p.version, first.kind, first.version)
		}
	}
}

// rolledBack checks that the tag that was asked for, where it is that of a version, is that of this release: an older
// release under it would be right in itself.
func (v *verifier) rolledBack(p *piece) {
	_, err := semver.StrictNewVersion(strings.ReplaceAll(strings.TrimPrefix(v.asked, "v"), "_", "+"))
	is := cmp.Or(p.tag, tagOf(p.version))
	if err == nil && is != "" && strings.TrimPrefix(is, "v") != strings.TrimPrefix(v.asked, "v") {
		v.found(diag.PinWrong, p, "stands under the tag %s, and is %s", v.asked, is)
	}
}

// tags checks that the tag of the version stands at the part.
func (v *verifier) tags(p *piece, _ []*piece) error {
	if p.tag == "" {
		return nil
	}
	h, ok, err := v.place.tag(p.repository, p.tag)
	switch {
	case err != nil:
		return err
	case !ok:
		v.found(diag.ReleaseIncomplete, p, "has lost its tag %s", p.tag)
	case h != p.desc.Digest:
		v.found(diag.PinWrong, p, "is not what its tag %s stands at: %s", p.tag, h)
	}
	return nil
}
