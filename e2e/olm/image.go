package olm

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// imageOf builds the image of an emitted Dockerfile that only copies and labels. Any other instruction is an error.
func imageOf(dockerfile string) (v1.Image, error) {
	text, err := os.ReadFile(dockerfile)
	if err != nil {
		return nil, err
	}
	labels := map[string]string{}
	var layer bytes.Buffer
	files := tar.NewWriter(&layer)
	for _, line := range instructions(string(text)) {
		word := strings.Fields(line)
		switch {
		case line == "FROM scratch":
		case word[0] == "LABEL":
			for _, pair := range word[1:] {
				k, v, _ := strings.Cut(pair, "=")
				labels[k] = strings.Trim(v, `"`)
			}
		case word[0] == "COPY" && len(word) == 3:
			if err := add(files, filepath.Join(filepath.Dir(dockerfile), word[1]), word[2]); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("%s: %q is neither a copy nor a label", dockerfile, line)
		}
	}
	if err := files.Close(); err != nil {
		return nil, err
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer.Bytes())), nil })
	if err != nil {
		return nil, err
	}
	image, err := mutate.AppendLayers(empty.Image, l)
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Config.Labels = "linux", "amd64", labels
	return mutate.ConfigFile(image, config)
}

// instructions are the lines of a Dockerfile, continued ones joined, without comments.
func instructions(text string) []string {
	var out []string
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\\\n", " "), "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

// add copies a folder's content below a path of the image.
func add(files *tar.Writer, from, to string) error {
	return fs.WalkDir(os.DirFS(from), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		if err := files.WriteHeader(&tar.Header{Name: strings.TrimPrefix(path.Join(to, name), "/"), Mode: 0o644, Size: int64(len(data))}); err != nil {
			return err
		}
		_, err = files.Write(data)
		return err
	})
}
