package publish

import (
	"fmt"
	"path"

	"github.com/opc-project/opc/schema/diag"
)

// The same key signs many products and versions. So a signature, and the provenance, must name what was asked for: an
// artifact of another product, copied to this repository with all its signatures, is right in itself.

// isFor checks that the provenance of the artifact that was asked for names the repository that was asked for.
func (v *verifier) isFor(p *piece) bool {
	if p.origin == "" {
		return true // it has no provenance, which is a fault of its own
	}
	switch {
	case v.from != "" && !sameRepository(p.origin, v.from):
		v.found(diag.DocumentWrong, p, "was built for %s, expected %s", p.origin, v.from)
	case v.from == "" && path.Base(p.origin) != path.Base(p.repository):
		d := v.found(diag.DocumentWrong, p, "was built for %s, expected the last part of %s", p.origin, p.repository)
		d.Hint = "if the registry is a mirror that renames repositories, set --source to the original name"
	default:
		return true
	}
	return false
}

// isSignedFor says why a signature that names a repository is not for a part; "" if it is. Mirrors keep the last part of
// the name, or are checked against the name that the part was built for.
func (v *verifier) isSignedFor(p *piece, repository string) string {
	expected := p.repository
	if v.from != "" {
		expected = p.origin
	}
	if repository != "" && path.Base(repository) == path.Base(expected) {
		return ""
	}
	return fmt.Sprintf("is signed for the repository %q, expected the last part of %s", repository, expected)
}
