package publish

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/Masterminds/semver/v3"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/schema/diag"
)

// toHelm puts charts into the folder of a classic Helm repository and lists them in index.yaml
// (https://helm.sh/docs/topics/chart_repository/). What the index says of other charts and versions stays as it is.
func (s *shipment) toHelm(dir string, d Delivery) ([]Published, diag.List, error) {
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
		entry, packed, err := s.chartEntry(it.Descriptor)
		if err != nil {
			return nil, nil, err
		}
		name := text(entry, "name") + "-" + text(entry, "version") + ".tgz"
		entry["urls"] = []any{name}
		known, found := merge(index, entry)
		diags = append(diags, found...)
		if !known {
			packages[name] = packed
		}
		out = append(out, Published{
			Kind: KindChart, Repository: d.To, Digest: "sha256:" + text(entry, "digest"), Tags: []string{text(entry, "version")}, Version: it.version,
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
	data, err := yaml.Marshal(index)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, "index.yaml"), data)
}

// chartEntry is what a repository's index says of a chart: its Chart.yaml, a digest and a time.
func (s *shipment) chartEntry(d v1.Descriptor) (map[string]any, []byte, error) {
	r, err := s.read(d)
	if err != nil {
		return nil, nil, err
	}
	c, err := contents(r.bytes, r.mediaType)
	if err != nil || len(c.blobs) != 2 {
		return nil, nil, errors.Join(err, errors.New("the chart's manifest is not one of Helm's"))
	}
	config, err := s.read(c.blobs[0])
	if err != nil {
		return nil, nil, err
	}
	var entry map[string]any
	if err := json.Unmarshal(config.bytes, &entry); err != nil {
		return nil, nil, fmt.Errorf("the chart's config: %w", err)
	}
	f, err := s.path.Blob(c.blobs[1].Digest)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	packed, err := io.ReadAll(f)
	entry["digest"] = c.blobs[1].Digest.Hex
	entry["created"] = cmp.Or(c.annotations["org.opencontainers.image.created"], time.Unix(0, 0).UTC().Format(time.RFC3339))
	return entry, packed, err
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
	if err := yaml.Unmarshal(data, &index); err != nil {
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
	versions, _ := entries[chart].([]any)
	for _, v := range versions {
		other, _ := v.(map[string]any)
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
	m, _ := entry.(map[string]any)
	v, err := semver.NewVersion(text(m, "version"))
	if err != nil {
		return nil
	}
	return v
}
