package publish

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/opc-project/opc/schema/diag"
)

// toLayout adds what was built to another layout, to be carried where there is no network. What it holds of other
// versions stays; opc publish takes it from there.
func (s *shipment) toLayout(ctx context.Context, dir string, d Delivery) ([]Published, diag.List, error) {
	unlock, err := lock(ctx, dir)
	if err != nil {
		return nil, nil, err
	}
	defer unlock()
	have, err := readIndex(dir)
	if err != nil {
		return nil, diag.List{diag.Errorf(diag.LayoutUnusable, "", "%s is not an OCI layout: %v", filepath.ToSlash(dir), err)}, nil
	}
	var diags diag.List
	var out []Published
	for _, it := range s.items {
		if !slices.ContainsFunc(have.Manifests, func(o v1.Descriptor) bool {
			return o.Digest == it.Digest && o.Annotations[repositoryKey] == it.repository
		}) {
			have.Manifests = append(have.Manifests, it.Descriptor)
		}
		for _, o := range have.Manifests {
			if o.Annotations[repositoryKey] == it.repository && o.Digest != it.Digest && overlap(list(o.Annotations[tagsKey]), it.tags) {
				diags = append(diags, diag.Errorf(diag.TagTaken, "", "%s:%s is in the layout already, as %s; this build is %s",
					it.repository, it.tags[0], o.Digest, it.Digest).WithHint("publish the change as a new version"))
			}
		}
		if len(it.tags) > 0 {
			out = append(out, Published{it.kind, it.repository, it.Digest.String(), it.tags, nil, it.origin, it.version})
		}
	}
	if diags.HasErrors() || d.DryRun {
		return out, diags, nil
	}
	target := &store{path: dir, tops: have.Manifests}
	if err := os.MkdirAll(filepath.Join(dir, "blobs", "sha256"), 0o777); err != nil {
		return nil, nil, err
	}
	for _, it := range s.items {
		d.tell("copying %s %s", it.kind, it.repository)
		if err := errors.Join(ctx.Err(), s.copyTo(target, it.Descriptor)); err != nil {
			return nil, nil, err
		}
	}
	if d.Key != nil {
		if err := s.signInto(target, d.Key); err != nil {
			return nil, nil, err
		}
	}
	return out, nil, target.finish() // the index comes last: until then the layout is the old one
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

func readIndex(dir string) (v1.IndexManifest, error) {
	out := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	data, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if errors.Is(err, fs.ErrNotExist) {
		entries, err := os.ReadDir(dir)
		if err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() != "blobs" && e.Name() != layoutFile }) {
			return out, errors.New("it holds something else")
		}
		return out, nil // or the beginning of one, from a run that was stopped
	}
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(data, &out)
}

// copyTo copies everything below a manifest. A blob appears under its name when it is whole.
func (s *shipment) copyTo(target *store, d v1.Descriptor) error {
	blobs, manifests, err := s.below(d)
	if err != nil {
		return err
	}
	for _, d := range slices.Concat(blobs, manifests) {
		to := target.blobPath(d.Digest)
		if info, err := os.Stat(to); err == nil && info.Size() == d.Size {
			continue
		}
		r, err := s.path.Blob(d.Digest)
		if err != nil {
			return err
		}
		w, err := os.Create(to + ".new")
		if err != nil {
			r.Close()
			return err
		}
		_, err = io.Copy(w, r)
		if err = errors.Join(err, r.Close(), w.Close()); err != nil {
			return errors.Join(err, os.Remove(to+".new"))
		}
		if err := os.Rename(to+".new", to); err != nil {
			return err
		}
	}
	return nil
}
