package publish

import (
	"fmt"
	"io"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// baseName is the annotation of an image that says on what it was built.
const baseName = baseKey + "name"

// cargo is a blob, where it goes, and where it may stand already.
type cargo struct {
	to   name.Repository
	from *name.Repository
	d    v1.Descriptor
}

// blobs uploads what is not there yet, several at once. What two repositories need is sent to the first, and the second
// is asked to take it from there; so is what stands in the repository of the base, or in the one that the description
// names, where those are in the same registry.
func (p *push) blobs() error {
	first, second, err := p.cargo()
	if err != nil {
		return err
	}
	var sent atomic.Int64
	all := len(first) + len(second)
	for _, todo := range [][]cargo{first, second} {
		err := p.each(len(todo), func(i int) error {
			t := todo[i]
			read := func() (io.ReadCloser, error) { return p.s.path.Blob(t.d.Digest) }
			if err := p.c.move(&transfer{repo: t.to, from: t.from, d: t.d, open: read, sent: p.watch(t)}); err != nil {
				return fmt.Errorf("push %s to %s: %w", t.d.Digest, t.to, err)
			}
			p.d.tell("pushed %d of %d blobs", sent.Add(1), all)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// watch tells how far a blob is.
func (p *push) watch(t cargo) func(int64) {
	if p.d.Sent == nil {
		return nil
	}
	return func(at int64) { p.d.Sent(Transfer{t.to.String(), t.d.Digest.String(), at, t.d.Size}) }
}

// cargo lists each blob once for each repository: first those that no other repository gets in this run, then those
// that can be taken from one that did.
func (p *push) cargo() (first, second []cargo, err error) {
	known := map[string]bool{}
	sent := map[string]*name.Repository{} // by registry and digest
	for _, it := range p.s.items {
		to, err := name.NewRepository(it.repository)
		if err != nil {
			return nil, nil, err
		}
		blobs, _, err := p.s.below(it.Descriptor)
		if err != nil {
			return nil, nil, err
		}
		from := p.source(it, to)
		for _, d := range blobs {
			at := to.String() + "@" + d.Digest.String()
			if known[at] {
				continue
			}
			known[at] = true
			key := to.RegistryStr() + "@" + d.Digest.String()
			if other, ok := sent[key]; ok {
				second = append(second, cargo{to, other, d})
				continue
			}
			sent[key] = &to
			first = append(first, cargo{to, from, d})
		}
	}
	return first, second, nil
}

// source is a repository of the same registry that may hold an artifact's blobs: the one that the description names,
// where this is published to another, or that of the base. It is a guess, and costs nothing where it is wrong.
func (p *push) source(it item, to name.Repository) *name.Repository {
	other := func(text string) *name.Repository {
		ref, err := name.ParseReference(text)
		if err != nil || ref.Context().RegistryStr() != to.RegistryStr() || ref.Context().RepositoryStr() == to.RepositoryStr() {
			return nil
		}
		repo := ref.Context()
		return &repo
	}
	if origin := other(it.origin); origin != nil {
		if _, ok, err := p.c.digest(origin.Digest(it.Digest.String())); ok && err == nil {
			return origin
		}
	}
	return other(p.s.base(it.Descriptor))
}

// base is what an image says that it was built on; "" for nothing.
func (s *shipment) base(d v1.Descriptor) string {
	r, err := s.read(d)
	if err != nil {
		return ""
	}
	c, err := contents(r.bytes, r.mediaType)
	if err != nil {
		return ""
	}
	return c.annotations[baseName]
}
