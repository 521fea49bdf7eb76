package publish

import (
	"archive/tar"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/gzip"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/compiler/model"
)

//go:embed templates/INSTALL.md.tmpl
var installText string

var installTemplate = template.Must(template.New("INSTALL.md").Parse(installText))

// instructions is what INSTALL.md shows.
type instructions struct {
	Name, Version, ChartVersion, Namespace string
	Image, Chart, Bundle, Catalog          *Published
	Mirrors                                []Published
	PlainHTTP                              bool
	Package, Channel, CSV                  string
	AllNamespaces                          bool
	CatalogServes                          bool // it stands on a base with opm
}

// Install writes how the published artifacts are installed. From is the layout that was published.
func Install(from string, done []Published) ([]byte, error) {
	s, diags := open(from)
	if diags.HasErrors() {
		return nil, errors.New(diags[0].Message)
	}
	in := instructions{}
	for _, p := range done {
		in.Version = p.Version
		switch p.Kind {
		case KindImage:
			in.Image = &p
			if p.Repository != p.Origin {
				in.Mirrors = append(in.Mirrors, p)
			}
		case KindChart:
			in.Chart, in.ChartVersion, in.Name = &p, p.Tags[0], lastPart(p.Repository)
			if repo, err := name.NewRepository(p.Repository); err == nil {
				in.PlainHTTP = repo.Scheme() == "http"
			}
		case KindBundle:
			in.Bundle = &p
		case KindCatalog:
			in.Catalog = &p
			in.CatalogServes = s.onBase(p.Digest)
		}
	}
	if in.Bundle != nil {
		if err := s.describeBundle(&in); err != nil {
			return nil, err
		}
	}
	if in.Name == "" {
		in.Name = in.Package
	}
	in.Namespace = in.Name + "-system"
	var b bytes.Buffer
	err := installTemplate.Execute(&b, in)
	return b.Bytes(), err
}

// onBase reports whether an artifact of the layout names a base in its annotations.
func (s *shipment) onBase(digest string) bool {
	i := slices.IndexFunc(s.items, func(it item) bool { return it.Digest.String() == digest })
	return i >= 0 && s.base(s.items[i].Descriptor) != ""
}

func lastPart(repository string) string {
	return repository[strings.LastIndexByte(repository, '/')+1:]
}

// describeBundle reads what OLM's objects must name out of the bundle itself.
func (s *shipment) describeBundle(in *instructions) error {
	i := slices.IndexFunc(s.items, func(it item) bool { return it.Digest.String() == in.Bundle.Digest })
	if i < 0 {
		return fmt.Errorf("the layout has no bundle %s", in.Bundle.Digest)
	}
	r, err := s.read(s.items[i].Descriptor)
	if err != nil {
		return err
	}
	c, err := contents(r.bytes, r.mediaType)
	if err != nil {
		return err
	}
	config, err := s.read(c.blobs[0])
	if err != nil {
		return err
	}
	var cfg v1.ConfigFile
	if err := json.Unmarshal(config.bytes, &cfg); err != nil {
		return err
	}
	labels := cfg.Config.Labels
	in.Package, in.Channel = labels[model.BundlePackage], labels[model.BundleDefaultChannel]
	if channels := list(labels[model.BundleChannels]); !slices.Contains(channels, in.Channel) && len(channels) > 0 {
		in.Channel = channels[0]
	}
	csv, err := s.csv(c.blobs[1:])
	if err != nil {
		return err
	}
	in.CSV, in.AllNamespaces = csv.Metadata.Name, false
	for _, m := range csv.Spec.InstallModes {
		in.AllNamespaces = in.AllNamespaces || m.Type == "AllNamespaces" && m.Supported
	}
	return nil
}

// csv is the part of a ClusterServiceVersion that an install must know.
type csv struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		InstallModes []struct {
			Type      string `json:"type"`
			Supported bool   `json:"supported"`
		} `json:"installModes"`
	} `json:"spec"`
}

func (s *shipment) csv(layers []v1.Descriptor) (csv, error) {
	var out csv
	for _, l := range layers {
		f, err := s.path.Blob(l.Digest)
		if err != nil {
			return out, err
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return out, err
		}
		r := tar.NewReader(z)
		for {
			h, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				return out, err
			}
			if strings.HasSuffix(h.Name, ".clusterserviceversion.yaml") {
				data, err := io.ReadAll(r)
				if err != nil {
					return out, err
				}
				return out, yaml.Unmarshal(data, &out)
			}
		}
	}
	return out, errors.New("the bundle has no ClusterServiceVersion")
}
