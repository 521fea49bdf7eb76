package compiler

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// reference is the grammar of image references (github.com/distribution/reference), without its capture groups' names.
var reference = regexp.MustCompile(`^((?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`)

// image fills in the operator's image and the images it uses.
func (s *state) image() {
	s.m.Image = s.ownImage()
	for _, name := range slices.Sorted(maps.Keys(s.spec.Related)) {
		r, at := s.spec.Related[name], diag.Path("/related").Child(name)
		env := "RELATED_IMAGE_" + upperSnake(name)
		s.checkPinned(r.Image, at)
		s.m.Related = append(s.m.Related, model.RelatedImage{Node: model.Node{From: at}, Name: name, Ref: r.Image, Env: deref(r.Env, env)})
	}
}

func (s *state) ownImage() model.Image {
	sp := s.spec.Image
	if sp == nil {
		sp = &schema.Image{}
	}
	out := model.Image{Node: model.Node{From: "/image"}, Repository: sp.Repository, Digest: sp.Digest, Platforms: slices.Clone(sp.Platforms)}
	switch {
	case sp.Reference != "":
		parts := s.checkReference(sp.Reference, "/image")
		if parts != nil {
			out.Repository, out.Tag, out.Digest = parts[1], parts[2], parts[3]
		}
		if out.Tag == "" && out.Digest == "" && !strings.Contains(sp.Reference, "@") {
			out.Tag = strings.ReplaceAll(s.m.Version, "+", "_")
		}
	default:
		out.Tag = deref(sp.Tag, strings.ReplaceAll(s.m.Version, "+", "_"))
		if out.Repository != "" {
			s.checkReference(out.Repository, "/image/repository")
		}
	}
	if out.Repository == "" && sp.Reference == "" && !s.manager.None && s.manager.Image == (schema.ImageOf{}) {
		s.add(diag.Errorf(diag.MissingField, "/image", "the operator's image is not said").
			WithHint("add image: \"registry.example.com/team/%s\"; the tag follows the version", s.m.Name))
	}
	if len(out.Platforms) == 0 {
		out.Platforms = []string{"linux/amd64", "linux/arm64"}
	}
	slices.Sort(out.Platforms)
	out.Budget = s.budget(sp.Budget)
	return out
}

// units are those of sizes, as registries and Kubernetes write them.
var units = map[string]float64{
	"B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "k": 1e3, "M": 1e6, "G": 1e9,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30,
}

var sizeRule = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]+)$`)

// budget reads a size such as 40MB.
func (s *state) budget(text string) int64 {
	if text == "" {
		return 0
	}
	if parts := sizeRule.FindStringSubmatch(text); parts != nil && units[parts[2]] > 0 {
		if n, err := strconv.ParseFloat(parts[1], 64); err == nil && n > 0 {
			return int64(n * units[parts[2]])
		}
	}
	s.add(diag.Errorf(diag.BadValue, "/image/budget", "%q is not a size", text).WithHint("write 40MB, or 40MiB"))
	return 0
}

// checkReference parses an image reference; the parts are repository, tag and digest.
func (s *state) checkReference(ref string, at diag.Path) []string {
	parts := reference.FindStringSubmatch(ref)
	if parts == nil {
		s.add(diag.Errorf(diag.BadImage, at, "%q is not an image reference", ref).
			WithHint("write registry/path:tag or registry/path@sha256:…, in lower-case letters"))
		return nil
	}
	if parts[2] == "latest" && parts[3] == "" {
		s.add(diag.Warnf(diag.FloatingImage, at, "the image %s has the tag latest, which moves", ref).WithHint("use a version tag or a digest"))
	}
	return parts
}

// checkPinned is checkReference for an image that gets no tag from the version.
func (s *state) checkPinned(ref string, at diag.Path) {
	if parts := s.checkReference(ref, at); parts != nil && parts[2] == "" && parts[3] == "" {
		s.add(diag.Warnf(diag.FloatingImage, at, "the image %s has neither tag nor digest: it defaults to latest, which moves", ref).WithHint("use a version tag or a digest"))
	}
}

// upperSnake makes the name of an environment variable: logLevel is LOG_LEVEL.
func upperSnake(name string) string {
	var b strings.Builder
	lower := false
	for _, r := range name {
		switch {
		case r >= 'A' && r <= 'Z':
			if lower {
				b.WriteByte('_')
			}
			b.WriteRune(r)
			lower = false
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteString(strings.ToUpper(string(r)))
			lower = true
		default:
			b.WriteByte('_')
			lower = false
		}
	}
	return b.String()
}
