package publish

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/Masterminds/semver/v3"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// toHelm puts charts into the folder of a classic Helm repository and lists them in index.yaml
// (https://helm.sh/docs/topics/chart_repository/). What the index says of other charts and versions stays as it is.
func (s *shipment) toHelm(ctx context.Context, dir string, d Delivery) ([]Published, diag.List, error) {
	unlock, err := lock(ctx, dir)
	if err != nil {
		return nil, nil, err
	}
	defer unlock()
	index, err := readHelmIndex(filepath.Join(dir, "index.yaml"))
	if err != nil {
		return nil, diag.List{diag.Errorf(diag.LayoutUnusable, "", "index.yaml in %s is not that of a Helm repository: %v", filepath.ToSlash(dir), err)}, nil
	}
	var out []Published
	var diags diag.List
	packages := map[string][]byte{}
	for _, it := range s.items {
		if it.kind != KindChart {
			continue
		}
		r, err := s.read(it.Descriptor)
		if err != nil {
			return nil, nil, err
		}
		c, err := readChart(r, func(d v1.Descriptor) ([]byte, error) { r, err := s.read(d); return r.bytes, err })
		if err != nil {
			return nil, nil, err
		}
		known, found := merge(index, c.entry)
		diags = append(diags, found...)
		if !known {
			maps.Copy(packages, c.files)
		}
		out = append(out, Published{
			Kind: KindChart, Repository: d.To, Digest: "sha256:" + text(c.entry, "digest"), Tags: []string{text(c.entry, "version")}, Version: it.version,
		})
	}
	if diags.HasErrors() || len(packages) == 0 || d.DryRun {
		return out, diags, nil
	}
	return out, nil, writeHelm(dir, index, packages)
}

// writeHelm writes packages first, so that the index never lists what is not there.
func writeHelm(dir string, index map[string]any, packages map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		if err := writeFile(filepath.Join(dir, name), packages[name]); err != nil {
			return err
		}
	}
	data, err := kube.Encode(index)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, "index.yaml"), data)
}

// packedChart is a chart as a classic repository has it.
type packedChart struct {
	entry map[string]any    // of the index: Chart.yaml, digest, time and address
	files map[string][]byte // the package, and its provenance file where it has one
}

// readChart reads a chart out of its manifest in a registry or layout.
func readChart(manifest raw, read func(v1.Descriptor) ([]byte, error)) (packedChart, error) {
	out := packedChart{files: map[string][]byte{}}
	m, err := v1.ParseManifest(bytes.NewReader(manifest.bytes))
	if err != nil {
		return out, err
	}
	config, err := read(m.Config)
	if err == nil {
		err = json.Unmarshal(config, &out.entry)
	}
	if err != nil {
		return out, fmt.Errorf("the chart's config: %w", err)
	}
	name := text(out.entry, "name") + "-" + text(out.entry, "version") + ".tgz"
	for _, l := range m.Layers {
		data, err := read(l)
		if err != nil {
			return out, err
		}
		switch l.MediaType {
		case chartContent:
			out.files[name] = data
			out.entry["digest"] = l.Digest.Hex
		case chartProvenance:
			out.files[name+".prov"] = data
		}
	}
	if out.files[name] == nil {
		return out, errors.New("the chart's manifest is not one of Helm's")
	}
	out.entry["urls"] = []any{name}
	out.entry["created"] = cmp.Or(m.Annotations["org.opencontainers.image.created"], time.Unix(0, 0).UTC().Format(time.RFC3339))
	return out, nil
}

func readHelmIndex(path string) (map[string]any, error) {
	index := map[string]any{"apiVersion": "v1", "entries": map[string]any{}}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return index, nil
	}
	if err != nil {
		return nil, err
	}
	index = nil
	if err := kube.Decode("index.yaml", data, &index); err != nil {
		return nil, err
	}
	if _, ok := index["entries"].(map[string]any); !ok {
		return nil, errors.New("it has no entries")
	}
	return index, nil
}

// merge adds a version of a chart, the newest first. known says that it is listed already.
func merge(index, entry map[string]any) (known bool, diags diag.List) {
	entries := index["entries"].(map[string]any)
	chart, version := text(entry, "name"), text(entry, "version")
	versions := kube.List(entries[chart])
	for _, v := range versions {
		other := kube.Map(v)
		if text(other, "version") != version {
			continue
		}
		if text(other, "digest") == text(entry, "digest") {
			return true, nil
		}
		return false, diag.List{diag.Errorf(diag.TagTaken, "", "the repository has %s %s already, with another digest", chart, version).
			WithHint("publish the change as a new version")}
	}
	versions = append(slices.Clone(versions), entry)
	slices.SortStableFunc(versions, func(a, b any) int {
		x, y := chartVersion(a), chartVersion(b)
		if x == nil || y == nil {
			return 0
		}
		return y.Compare(x)
	})
	entries[chart] = versions
	return false, nil
}

func chartVersion(entry any) *semver.Version {
	m := kube.Map(entry)
	v, err := semver.NewVersion(text(m, "version"))
	if err != nil {
		return nil
	}
	return v
}
