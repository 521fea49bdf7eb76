package compiler

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// entrypoint is the path of the program in the operator's image.
func (s *state) entrypoint() string {
	if s.spec.Dockerfile != nil && s.spec.Dockerfile.Entrypoint != "" {
		return s.spec.Dockerfile.Entrypoint
	}
	return "/manager"
}

// dockerfile fills in how the image is built.
func (s *state) dockerfile() {
	sp := s.spec.Dockerfile
	if sp == nil {
		sp = &schema.Dockerfile{}
	}
	s.m.Dockerfile = model.Dockerfile{
		Node: model.Node{From: "/dockerfile"}, Package: cmp.Or(sp.Package, "./cmd"), Binary: sp.Binary, Entrypoint: s.entrypoint(),
		GoVersion: cmp.Or(sp.GoVersion, "1.26"), Builder: cmp.Or(sp.Builder, "docker.io/library/golang"), Base: sp.Base,
		User: cmp.Or(sp.User, "65532:65532"), Ldflags: deref(sp.Ldflags, "-s -w"), Tags: sp.Tags, Labels: sp.Labels, Files: sp.Files,
		Profile: sp.Profile, Licenses: sp.Licenses, CGO: sp.CGO,
	}
	d := &s.m.Dockerfile
	if d.Binary != "" {
		d.Package = ""
		if sp.Package != "" {
			s.errorf(diag.Conflict, "/dockerfile/binary", "an image holds a prebuilt binary or one built from a package, not both")
		}
	}
	if d.Base == "" {
		d.Base = "gcr.io/distroless/static:nonroot"
		if d.Profile == "redhat" {
			d.Base = "registry.access.redhat.com/ubi9/ubi-minimal:latest" // ubi-micro has no CA certificates
		}
	}
	if strings.HasPrefix(d.User, "0:") || d.User == "0" {
		s.add(diag.Warnf(diag.BadValue, "/dockerfile/user", "the image runs as root: pods with restricted security refuse it"))
	}
}

// targets fills in what only one target needs.
func (s *state) targets() {
	if h := s.spec.Helm; h != nil {
		s.m.Helm = model.Helm{Node: model.Node{From: "/helm"}, CRDs: h.CRDs, Annotations: h.Annotations, Chart: h.Chart, Values: h.Values}
	}
	if k := s.spec.Kustomize; k != nil {
		s.m.Kustomize = model.Kustomize{Node: model.Node{From: "/kustomize"}, Labels: k.Labels, Annotations: k.Annotations, Kustomization: k.Kustomization}
	}
	s.olm()
	s.catalog()
}

func (s *state) olm() {
	o := &s.m.OLM
	o.From = "/olm"
	o.BundleImage = s.m.Image.Repository + "-bundle:v" + strings.ReplaceAll(s.m.Version, "+", "_")
	sp := s.spec.OLM
	if sp == nil {
		return
	}
	o.Annotations, o.Labels, o.CSV, o.Properties = sp.Annotations, sp.Labels, sp.CSV, sp.Properties
	s.bundleAnnotations(sp.BundleAnnotations)
	for i, e := range sp.Properties {
		p := kube.Map(e)
		s.checkProperty(p, diag.Path("/olm/properties").Index(i))
		if p["type"] == "olm.maxOpenShiftVersion" && lostZero(p["value"]) {
			s.add(diag.Errorf(diag.BadValue, diag.Path("/olm/properties").Index(i).Child("value"), "the value of olm.maxOpenShiftVersion is the number %v: expected text, since the number 4.20 is 4.2", p["value"]).
				WithHint(`put it in quotes, such as "4.20"`))
		}
	}
	o.BundleImage = cmp.Or(s.tagged(sp.BundleImage), o.BundleImage)
	s.bundleManifests(sp.Manifests)
	if sp.RelatedImages != nil {
		o.RelatedImages = []model.RelatedImage{}
		for i, r := range *sp.RelatedImages {
			o.RelatedImages = append(o.RelatedImages, model.RelatedImage{Node: model.Node{From: diag.Path("/olm/relatedImages").Index(i)}, Name: r.Name, Ref: r.Image})
		}
	}
	if sc := sp.Scorecard; sc != nil {
		o.Scorecard = sc.On
		if sc.Spec != nil {
			o.Scorecard = sc.Spec
		}
	}
}

// checkProperty finds properties that no catalog can hold beside those that opc writes from the description.
func (s *state) checkProperty(p map[string]any, at diag.Path) {
	value := kube.Map(p["value"])
	switch p["type"] {
	case "olm.package":
		s.add(diag.Errorf(diag.Conflict, at, "the property olm.package is written from the package and the version: a bundle has one").
			WithHint("remove it; set the name of the package with olm.package"))
	case "olm.gvk", "olm.gvk.required":
		for _, key := range []string{"group", "version", "kind"} {
			if text := kube.Text(value[key]); text == "" {
				s.add(diag.Errorf(diag.BadValue, at.Child("value"), "the property %s has no %s: expected group, version and kind of an API", p["type"], key))
				return
			}
		}
	}
}

// tagged adds the version as tag to the bundle's image where it has neither tag nor digest, as to the operator's own:
// without one every version would be pulled as latest.
func (s *state) tagged(ref string) string {
	if ref == "" || ref[0] == '-' {
		return ref
	}
	parts := s.checkReference(ref, "/olm/bundleImage")
	if parts == nil || parts[2] != "" || parts[3] != "" {
		return ref
	}
	return ref + ":v" + strings.ReplaceAll(s.m.Version, "+", "_")
}

// bundleAnnotations reads the annotations of metadata/annotations.yaml; all have a text, as labels of an image need it.
func (s *state) bundleAnnotations(said map[string]any) {
	if len(said) == 0 {
		return
	}
	o := &s.m.OLM
	o.BundleAnnotations = map[string]*string{}
	for key, value := range said {
		if value == nil {
			o.BundleAnnotations[key] = nil
			continue
		}
		text, typ := scalarText(value)
		o.BundleAnnotations[key] = &text
		if typ != model.TypeString && key == "com.redhat.openshift.versions" {
			s.add(diag.Errorf(diag.BadValue, diag.Path("/olm/bundleAnnotations").Child(key), "%s is the number %s: expected text, since the number 4.20 is 4.2", key, text).
				WithHint(`put it in quotes, such as "v4.20"`))
		}
		if typ != model.TypeString {
			if o.BundleScalars == nil {
				o.BundleScalars = map[string]any{}
			}
			o.BundleScalars[key] = value
		}
	}
}

// bundleManifests reads the objects that stand in the bundle just as they are.
func (s *state) bundleManifests(sources []schema.Source) {
	for i, src := range sources {
		at := diag.Path("/olm/manifests").Index(i)
		found := []object{inPlace(src.Object, at)}
		if src.Object == nil {
			found = s.objectsOf(src.File, at)
		}
		for _, o := range found {
			s.m.OLM.Manifests = append(s.m.OLM.Manifests, model.Object{Node: model.Node{From: o.from}, Role: model.RoleManifest, File: o.file, Verbatim: true, Tree: o.tree, Origins: model.AsSaid(o.from)})
		}
	}
}

// catalog reads the catalog that this version is added to.
func (s *state) catalog() {
	c := &s.m.Catalog
	c.From = "/catalog"
	c.Image = s.m.Image.Repository + "-catalog:latest"
	sp := s.spec.Catalog
	if sp == nil {
		return
	}
	c.Image = cmp.Or(sp.Image, c.Image)
	if sp.Base != "" && s.checkReference(sp.Base, "/catalog/base") != nil {
		c.Base = sp.Base
	}
	if sp.Extends != "" {
		c.Existing = s.extended(sp.Extends)
	}
}

// lostZero reports whether a version of OpenShift is a number that may have lost a trailing zero.
func lostZero(version any) bool {
	if _, isText := version.(string); isText || version == nil {
		return false
	}
	_, minor, _ := strings.Cut(fmt.Sprint(version), ".")
	return len(minor) < 2
}
