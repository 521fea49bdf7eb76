package publish

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"github.com/opc-project/opc/publish/sign"
	"github.com/opc-project/opc/schema/diag"
)

// Delivery says what is published where.
type Delivery struct {
	From   string            // absolute folder of a layout, or of the output folder that holds it
	To     string            // REGISTRY[/PREFIX], oci:FOLDER or helm:FOLDER; "" for the repositories that the description names
	DryRun bool              // send nothing
	Jobs   int               // uploads at once; 0 for 4
	Key    *sign.Key         // signs what is sent; nil for nobody
	CAFile string            // PEM file of authorities that are trusted besides the system's; "" for none
	Tell   func(string)      // is told what is being done; may be nil
	Sent   func(Transfer)    // is told how far each blob is, by several goroutines; may be nil
	Via    http.RoundTripper // how registries are reached; nil for the usual way
	Wait   time.Duration     // before the second attempt; 0 for half a second
}

// Transfer is a blob on its way.
type Transfer struct {
	Repository, Digest string
	At, Size           int64 // bytes that have left, and all
}

// Published is one artifact in its place.
type Published struct {
	Kind, Repository, Digest string
	Tags                     []string // that stand at it now, or would
	Kept                     []string // floating tags that stay at a newer version
	Origin                   string   // repository that the artifacts themselves name
	Version                  string
}

// Publish moves a layout to its destination: blobs, then manifests by digest, then the tags of the version, then the
// floating tags. So whatever stops it, no tag stands at half-pushed content, and running it again finishes the job.
func Publish(ctx context.Context, d Delivery) ([]Published, diag.List, error) {
	s, diags := open(d.From)
	if diags.HasErrors() {
		return nil, diags, nil
	}
	if dir, ok := strings.CutPrefix(d.To, "oci:"); ok {
		return s.toLayout(ctx, dir, d)
	}
	if dir, ok := strings.CutPrefix(d.To, "helm:"); ok {
		return s.toHelm(ctx, dir, d)
	}
	via, diags, err := d.way()
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	p := &push{s: s, d: d, c: newClient(ctx, via, cmp.Or(d.Wait, firstWait), d.tell)}
	if diags, err = p.run(); err != nil {
		diags, err = finding(err)
	}
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	return p.done, diags, nil
}

// way is how registries are reached; nil is the usual way.
func (d Delivery) way() (http.RoundTripper, diag.List, error) {
	if d.Via != nil || d.CAFile == "" {
		return d.Via, nil, nil
	}
	pem, err := os.ReadFile(d.CAFile)
	if err != nil {
		return nil, nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, nil, err
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, diag.List{diag.Errorf(diag.RegistryFails, "", "%s holds no certificate in PEM", filepath.ToSlash(d.CAFile))}, nil
	}
	t := usualTransport()
	t.TLSClientConfig = &tls.Config{RootCAs: pool}
	return t, nil, nil
}

// push is the way of a layout to a registry.
type push struct {
	s    *shipment
	d    Delivery
	c    *client
	done []Published
}

// tell says what is being done.
func (d Delivery) tell(format string, args ...any) {
	if d.Tell != nil {
		d.Tell(fmt.Sprintf(format, args...))
	}
}

func (p *push) run() (diag.List, error) {
	for i := range p.s.items {
		p.s.items[i].repository = destination(p.s.items[i], p.d.To)
		_, err := name.NewRepository(p.s.items[i].repository)
		if strings.Contains(p.d.To, "://") { // the library takes https for a registry with an empty port
			err = errors.New("it is an address")
		}
		if err != nil {
			return diag.List{diag.Errorf(diag.BadImage, "", "%s is not a repository: %v", p.s.items[i].repository, err).
				WithHint("write REGISTRY[/PREFIX], in lower-case letters and without https://")}, nil
		}
	}
	if diags, err := p.taken(); err != nil || diags.HasErrors() {
		return diags, err
	}
	if !p.d.DryRun {
		for _, step := range []func() error{p.blobs, p.manifests, p.signatures, p.fixed} {
			if err := step(); err != nil {
				return nil, err
			}
		}
	}
	for _, it := range p.s.items {
		if len(it.tags) == 0 {
			continue
		}
		out := Published{Kind: it.kind, Repository: it.repository, Digest: it.Digest.String(), Tags: it.tags, Origin: it.origin, Version: it.version}
		for _, tag := range it.floating() {
			p.d.tell("tagging %s:%s", it.repository, tag)
			moved, err := p.float(it, tag)
			if err != nil {
				return nil, fmt.Errorf("tag %s:%s: %w", it.repository, tag, err)
			}
			if moved {
				out.Tags = append(slices.Clip(out.Tags), tag)
			} else {
				out.Kept = append(out.Kept, tag)
			}
		}
		p.done = append(p.done, out)
	}
	return nil, nil
}

// destination is the repository of an item below a registry or prefix: the last part of its name stays, and charts
// keep a folder of their own, where Helm finds them.
func destination(it item, to string) string {
	if to == "" {
		return it.origin
	}
	last := it.origin[strings.LastIndexByte(it.origin, '/')+1:]
	if strings.HasSuffix(strings.TrimSuffix(it.origin, "/"+last), "charts") {
		last = "charts/" + last
	}
	return strings.TrimSuffix(to, "/") + "/" + last
}

// taken finds tags of this version that stand at something else. They are asked for before anything is sent.
func (p *push) taken() (diag.List, error) {
	var diags diag.List
	for _, it := range p.s.items {
		for _, tag := range it.tags {
			ref, err := name.NewTag(it.repository + ":" + tag)
			if err != nil {
				return nil, err
			}
			digest, ok, err := p.c.digest(ref)
			if err == nil && ok && digest != it.Digest { // that was a header's word
				_, digest, err = p.c.get(ref)
			}
			if err != nil {
				return nil, fmt.Errorf("ask for %s: %w", ref, err)
			}
			if ok && digest != it.Digest {
				diags = append(diags, diag.Errorf(diag.TagTaken, "", "%s is published already, as %s; this build is %s", ref, digest, it.Digest).
					WithHint("publish the change as a new version"))
			}
		}
	}
	return diags, nil
}

// each runs a function for what it is given, several at once, and ends with the first error.
func (p *push) each(count int, f func(int) error) error {
	var g errgroup.Group
	g.SetLimit(cmp.Or(p.d.Jobs, 4))
	var failed atomic.Bool
	for i := range count {
		g.Go(func() error {
			if failed.Load() {
				return nil
			}
			err := f(i)
			if err != nil {
				failed.Store(true)
			}
			return err
		})
	}
	return g.Wait()
}

// manifests puts manifests by their digests: those that others refer to come first.
func (p *push) manifests() error {
	known := map[string]bool{}
	for _, it := range p.s.items {
		_, manifests, err := p.s.below(it.Descriptor)
		if err != nil {
			return err
		}
		for _, d := range manifests {
			at := it.repository + "@" + d.Digest.String()
			if known[at] {
				continue
			}
			known[at] = true
			ref, err := name.NewDigest(at)
			if err != nil {
				return err
			}
			if err := p.put(ref, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// fixed sets the tags that never move.
func (p *push) fixed() error {
	for _, it := range p.s.items {
		for _, tag := range it.tags {
			ref, err := name.NewTag(it.repository + ":" + tag)
			if err != nil {
				return err
			}
			if err := p.put(ref, it.Descriptor); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *push) put(ref name.Reference, d v1.Descriptor) error {
	r, err := p.s.read(d)
	if err == nil {
		err = p.c.put(ref, r)
	}
	if err != nil {
		return fmt.Errorf("push %s: %w", ref, err)
	}
	return nil
}

// float moves a floating tag to the newest release that it stands for, and reports whether that is this one. After
// every move the releases are listed again: another publisher may have set its version's tag meanwhile and moved the
// floating one before us. Whoever moves last sees both, so the tag ends at the newer.
func (p *push) float(it item, tag string) (own bool, err error) {
	ref, err := name.NewTag(it.repository + ":" + tag)
	if err != nil {
		return false, err
	}
	for range 10 {
		if it.prerelease() {
			if _, digest, _, err := p.tagged(it.repository, tag); err != nil || digest == (v1.Hash{}) {
				return false, err // nobody who asks for a tag that there is not yet means a prerelease
			}
		}
		want, digest, err := p.head(it, tag)
		if err != nil {
			return false, err
		}
		at, ok, err := p.c.digest(ref)
		if err != nil {
			return false, err
		}
		if ok && at == digest || p.d.DryRun {
			return digest == it.Digest, nil
		}
		if err := p.c.put(ref, want); err != nil {
			return false, err
		}
	}
	return false, errors.New("other publishers keep moving it")
}

// head is the release that a floating tag may stand for: the newest, but that of two catalogs the one that holds all
// bundles of the other comes first. People poll a tag of a catalog for all channels, and a fix of an older version is in
// the catalog that was made last.
func (p *push) head(it item, tag string) (raw, v1.Hash, error) {
	own, err := p.s.read(it.Descriptor)
	if err != nil {
		return raw{}, v1.Hash{}, err
	}
	ours, err := contents(own.bytes, own.mediaType)
	if err != nil {
		return raw{}, v1.Hash{}, err
	}
	if it.kind == KindCatalog {
		current, digest, said, err := p.tagged(it.repository, tag)
		if err != nil {
			return raw{}, v1.Hash{}, err
		}
		other := digest != (v1.Hash{}) && digest != it.Digest
		if other && !holdsAll(ours.annotations, said) && (holdsAll(said, ours.annotations) || it.prerelease()) {
			return current, digest, nil
		}
	}
	repo, err := name.NewRepository(it.repository)
	if err != nil {
		return raw{}, v1.Hash{}, err
	}
	published, err := p.c.tags(repo)
	if err != nil {
		return raw{}, v1.Hash{}, err
	}
	for _, newer := range it.newer(tag, published) {
		r, digest, err := p.c.get(repo.Tag(newer))
		if status(err) == http.StatusNotFound {
			continue // a registry may list a tag before it stands; who sets it moves the floating ones after that
		}
		if err != nil {
			return raw{}, v1.Hash{}, err
		}
		c, err := contents(r.bytes, r.mediaType)
		if err != nil {
			return raw{}, v1.Hash{}, err
		}
		if it.kind == KindCatalog && holdsAll(ours.annotations, c.annotations) {
			continue
		}
		if tag == "latest" || tag == "stable" || !slices.Contains(it.channels, tag) || inChannel(c.annotations, tag) {
			return r, digest, nil
		}
	}
	return own, it.Digest, nil
}

// tagged returns what stands at a tag, and the annotations of it; a digest of nothing is none.
func (p *push) tagged(repository, tag string) (raw, v1.Hash, map[string]string, error) {
	ref, err := name.NewTag(repository + ":" + tag)
	if err != nil {
		return raw{}, v1.Hash{}, nil, err
	}
	r, digest, err := p.c.get(ref)
	if status(err) == http.StatusNotFound {
		return raw{}, v1.Hash{}, nil, nil
	}
	if err != nil {
		return raw{}, v1.Hash{}, nil, err
	}
	c, err := contents(r.bytes, r.mediaType)
	return r, digest, c.annotations, err
}
