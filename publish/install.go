package publish

import (
	"archive/tar"
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/gzip"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

//go:embed templates
var templates embed.FS

var installTemplates = template.Must(template.ParseFS(templates, "templates/*.tmpl"))

// instructions is what INSTALL.md shows.
type instructions struct {
	Name, Version, ChartVersion, Namespace string
	Image, Chart, Bundle, Catalog          *Published
	Mirrors                                []Published // under other names than the artifacts use
	PlainHTTP                              bool
	Package, Channel, CSV                  string
	AllNamespaces                          bool
	Watched                                string // namespace, where it can't watch all
	CatalogServes                          bool   // it stands on a base with opm
	Plain                                  bool   // there is an install manifest
}

// OLM reports whether there is what OLM installs from.
func (in instructions) OLM() bool { return in.Bundle != nil && in.Catalog != nil }

// Any names one artifact, or is "".
func (in instructions) Any() string {
	for _, p := range []*Published{in.Image, in.Chart, in.Bundle} {
		if p != nil {
			return p.Repository + ":" + p.Tags[0]
		}
	}
	return ""
}

// Helm is the command that installs the chart from its registry.
func (in instructions) Helm() string {
	command := fmt.Sprintf("helm install %s oci://%s --version %s --namespace %s --create-namespace", in.Name, in.Chart.Repository, in.ChartVersion, in.Namespace)
	if in.PlainHTTP {
		command += " --plain-http"
	}
	return command
}

// Kubectl is the command that installs the manifest, which stands below dir.
func (in instructions) Kubectl(dir string) string {
	return "kubectl apply --server-side -f " + path.Join(dir, "packages/install.yaml")
}

// OLMv0 is the command that lets OLM v0 install the operator.
func (in instructions) OLMv0(dir string) string {
	return "kubectl apply -f " + path.Join(dir, "packages/olm-v0.yaml")
}

// OLMv1 is the command that lets OLM v1 install the operator.
func (in instructions) OLMv1(dir string) string {
	return "kubectl apply -f " + path.Join(dir, "packages/olm-v1.yaml")
}

// Instructions say how what was published is installed.
type Instructions struct {
	Text      []byte            // in Markdown, to stand in the output folder
	Manifests map[string][]byte // for OLM, by their names in the folder packages
	from      instructions
}

// Commands are the ways to install, each with what it is for. dir is the output folder as the user would name it.
func (i *Instructions) Commands(dir string) [][2]string {
	var out [][2]string
	if i.from.Chart != nil {
		out = append(out, [2]string{"Helm", i.from.Helm()})
	}
	if i.from.Plain {
		out = append(out, [2]string{"kubectl", i.from.Kubectl(dir)})
	}
	if i.from.OLM() {
		out = append(out, [2]string{"OLM v1", i.from.OLMv1(dir)}, [2]string{"OLM v0", i.from.OLMv0(dir)})
	}
	return out
}

// Install says how the published artifacts are installed. From is the layout that was published, or the output folder
// that holds it.
func Install(from string, done []Published) (*Instructions, error) {
	in, err := readInstructions(from, done)
	if err != nil {
		return nil, err
	}
	out := &Instructions{Manifests: map[string][]byte{}, from: in}
	names := []string{"INSTALL.md"}
	if in.OLM() {
		names = append(names, "olm-v0.yaml", "olm-v1.yaml")
	}
	for _, name := range names {
		var b bytes.Buffer
		if err := installTemplates.ExecuteTemplate(&b, name+".tmpl", in); err != nil {
			return nil, err
		}
		out.Manifests[name] = b.Bytes()
	}
	out.Text = out.Manifests["INSTALL.md"]
	delete(out.Manifests, "INSTALL.md")
	return out, nil
}

func readInstructions(from string, done []Published) (in instructions, err error) {
	s, diags := open(from)
	if diags.HasErrors() {
		return in, errors.New(diags[0].Message)
	}
	for _, p := range done {
		in.Version = p.Version
		if (p.Kind == KindImage || p.Kind == KindBundle) && p.Repository != p.Origin {
			in.Mirrors = append(in.Mirrors, p)
		}
		switch p.Kind {
		case KindImage:
			in.Image = &p
		case KindChart:
			in.Chart, in.ChartVersion, in.Name = &p, strings.ReplaceAll(p.Tags[0], "_", "+"), lastPart(p.Repository)
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
			return in, err
		}
	}
	in.Name = cmp.Or(in.Name, in.Package)
	in.Namespace = cmp.Or(in.Namespace, in.Name+"-system")
	in.Watched = cmp.Or(in.Watched, in.Namespace)
	_, err = os.Stat(filepath.Join(from, "packages", "install.yaml"))
	in.Plain = err == nil
	return in, nil
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
	in.CSV, in.Namespace = csv.Metadata.Name, csv.Metadata.Annotations["operatorframework.io/suggested-namespace"]
	in.Watched = "default"
	for _, m := range csv.Spec.InstallModes {
		switch {
		case m.Supported && m.Type == kube.AllNamespaces:
			in.AllNamespaces = true
		case m.Supported && m.Type == kube.OwnNamespace:
			in.Watched = "" // its own
		}
	}
	return nil
}

// csv is the part of a ClusterServiceVersion that an install must know.
type csv struct {
	Metadata struct {
		Name        string            `json:"name"`
		Annotations map[string]string `json:"annotations"`
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
				return out, kube.Decode(h.Name, data, &out)
			}
		}
	}
	return out, errors.New("the bundle has no ClusterServiceVersion")
}
