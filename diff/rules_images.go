package diff

import (
	"slices"
	"strings"
)

// imageRules are about what is pulled, and how it is built.
var imageRules = []*Rule{
	{
		ID: "IMAGE001", Title: "image moved to another repository", Category: Images, Verdict: Minor, Repeats: true,
		Why: "Air-gapped clusters must mirror another repository. Pull secrets and policies for the old one no longer apply.",
		On: []string{
			"* image/repository", "* related/{image}/repository", "* relatedImages/{image}/repository", "* overlays/{image}/image/repository",
			"* workloads/*/containers|initContainers/{image}/image/repository", "* workloads/*/containers|initContainers/{image}/image",
		},
		Claims:  alsoTags,
		By:      []string{"old", "new"},
		Say:     "the repository of an image {turn}",
		Example: Example{Before: "image: ghcr.io/example/demo:1", After: "image: quay.io/example/demo:1"},
	},
	{
		ID: "IMAGE002", Title: "image no longer pinned", Category: Images, Verdict: Minor, Repeats: true,
		Why: "A tag can be moved: two clusters with the same version may run different programs.",
		On:  digests("removed"), Claims: alsoTags, By: []string{"image"},
		Say:     "an image that was named by its digest is named by a tag",
		Example: Example{Before: "image: ghcr.io/example/demo@sha256:" + digestA, After: "image: ghcr.io/example/demo:1"},
	},
	{
		ID: "IMAGE003", Title: "another build of an image", Category: Images, Verdict: Patch, Repeats: true,
		Why: "Air-gapped clusters must mirror the new image.",
		On:  slices.Concat(digests("added|changed"), tags, carriers), By: []string{}, Claims: carriedRelated,
		If:      func(c *Case) bool { return oneOf(c.Path[len(c.Path)-1], "tag", "digest") || sameRepository(c) },
		Say:     "images moved to other tags or digests ({count})",
		Example: Example{Before: "related: {db: example.com/db:16}", After: "related: {db: example.com/db:17}"},
	},
	{
		ID: "IMAGE004", Title: "platform removed", Category: Images, Verdict: Major,
		Why:     "The new version does not start on nodes of this platform.",
		On:      []string{"removed image/platforms/{platform}"},
		Say:     "the image is not built for {platform} any more",
		Example: Example{Before: "image: {repository: ghcr.io/example/demo, platforms: [linux/amd64, linux/arm64]}", After: "image: {repository: ghcr.io/example/demo, platforms: [linux/amd64]}"},
	},
	{
		ID: "IMAGE005", Title: "platform added", Category: Images, Verdict: Minor,
		Why:     "The operator runs on more nodes.",
		On:      []string{"added image/platforms/{platform}"},
		Say:     "the image is now built for {platform}",
		Example: Example{Before: "image: {repository: ghcr.io/example/demo, platforms: [linux/amd64]}", After: "image: {repository: ghcr.io/example/demo, platforms: [linux/amd64, linux/arm64]}"},
	},
	{
		ID: "IMAGE006", Title: "related image removed or renamed", Category: Images, Verdict: Major,
		Why: "The chart value that sets it was removed, so the values schema rejects it; environment variables and mirror lists that refer to it no longer match.",
		On:  []string{"removed|renamed related/{image}"}, Claims: ofRelated,
		Say:     "the related image {image} {fate}",
		Example: Example{Before: "related: {db: example.com/db:16}", After: ""},
	},
	{
		ID: "IMAGE007", Title: "related image added", Category: Images, Verdict: Minor,
		Why: "Air-gapped clusters must mirror an additional image.",
		On:  []string{"added related/{image}"}, Claims: ofRelated,
		Say:     "there is a new related image, {image}",
		Example: Example{Before: "", After: "related: {db: example.com/db:16}"},
	},
	{
		ID: "IMAGE008", Title: "related image carried by another environment variable", Category: Images, Verdict: Minor,
		Why: "Setting the image with the old variable has no effect.",
		On:  []string{"* related/{image}/env"}, Claims: ofRelated,
		Say:     "the related image {image} is carried by another environment variable: it {turn}",
		Example: Example{Before: "related: {db: {image: example.com/db:16, env: DB_A}}", After: "related: {db: {image: example.com/db:16, env: DB_B}}"},
	},
	{
		ID: "IMAGE009", Title: "list of the bundle's images changed", Category: Images, Verdict: Patch,
		Why:     "Tools that mirror the catalog copy other images.",
		On:      []string{"* relatedImages/{image}", "* relatedImages/{image}/env"},
		By:      []string{},
		Say:     "the bundle lists other images: {image}",
		Example: Example{Before: "olm: {relatedImages: [{name: a, image: 'example.com/a:1'}]}", After: "olm: {relatedImages: [{name: a, image: 'example.com/a:1'}, {name: b, image: 'example.com/b:1'}]}"},
	},
	{
		ID: "IMAGE010", Title: "image runs as another user", Category: Images, Verdict: Minor,
		Why:     "The program may not be able to read files of the old user. With user 0, namespaces that enforce the Pod Security Standard restricted reject the pod.",
		On:      []string{"* dockerfile/user"},
		Say:     "the image runs as user {new}, it was {old}",
		Example: Example{Before: "", After: "dockerfile: {user: '1001'}"},
	},
	{
		ID: "IMAGE011", Title: "image built differently", Category: Images, Verdict: Patch,
		Why:     "The content of the image, or how it is built, changed. Users are affected only if they use it as a base image.",
		On:      []string{"* dockerfile/{what}", "* dockerfile/{what}/**"},
		By:      []string{},
		Say:     "the image is built differently: {what}",
		Example: Example{Before: "", After: "dockerfile: {goVersion: '1.27'}"},
	},
	{
		ID: "IMAGE012", Title: "catalog built on another base", Category: Images, Verdict: Patch,
		Why:     "The catalog serves itself with another opm, or is extracted and served by OLM's. A CatalogSource must have extractContent for a catalog without a base, and only for that.",
		On:      []string{"* catalog/base"},
		Say:     "the catalog's image is built on {new}, it was {old}",
		Example: Example{Before: "", After: "catalog: {base: 'quay.io/operator-framework/opm:v1.73.0'}"},
	},
}

const digestA = "0000000000000000000000000000000000000000000000000000000000000000"

var tags = []string{
	"* image/tag", "* related/{image}/tag", "* relatedImages/{image}/tag", "* overlays/{image}/image/tag", "* workloads/*/containers|initContainers/{image}/image/tag",
}

// carriers are texts that can be references of images.
var carriers = []string{"changed helm/values/{image...}", "changed workloads/*/containers|initContainers/*/env|args/{image}"}

// sameRepository reports whether a text was and is a reference into one repository.
func sameRepository(c *Case) bool {
	was, is := imageFacts(text(c.Change.Old, ""), ""), imageFacts(text(c.Change.New, ""), "")
	a, b := was.kids["repository"], is.kids["repository"]
	pinned := func(n *node) bool { return n.kids["tag"] != nil || n.kids["digest"] != nil }
	return a != nil && b != nil && a.value == b.value && strings.Contains(text(a.value, ""), "/") && pinned(was) && pinned(is)
}

func digests(kind string) []string {
	return []string{
		kind + " image/digest", kind + " related/{image}/digest", kind + " relatedImages/{image}/digest", kind + " overlays/{image}/image/digest",
		kind + " workloads/*/containers|initContainers/{image}/image/digest",
	}
}

// alsoTags are the tags and digests that changed with a reference, and where a container or the environment repeats it.
func alsoTags(c *Case) []pattern {
	up := c.Path[:len(c.Path)-1]
	var out []pattern
	for _, part := range []string{"tag", "digest"} {
		p := pattern{}
		for _, e := range up.child(part) {
			p.elems = append(p.elems, element{words: []string{e}})
		}
		out = append(out, p)
	}
	if c.Path[0] == "image" {
		out = append(out, parse("* olm/bundleImage"), parse("* catalog/image"))
	}
	return append(out, carriedRelated(c)...)
}

// carriedRelated are the environment variables and arguments that carry an image.
func carriedRelated(c *Case) []pattern {
	var out []pattern
	if c.Path[0] == "related" {
		for _, r := range slices.Concat(c.Old.Related, c.New.Related) {
			if (r.Name == c.Path[1] || r.Name == c.From) && r.Env != "" {
				out = append(out, form("* workloads/*/containers|initContainers/*/env/?", r.Env))
			}
		}
	}
	for _, was := range c.Old.OLM.RelatedImages {
		for _, is := range c.New.OLM.RelatedImages {
			if was.Name == is.Name && was.Ref != is.Ref {
				p := parse("changed workloads/*/containers|initContainers/*/env|args/*")
				p.was, p.is = was.Ref, is.Ref
				out = append(out, p)
			}
		}
	}
	return out
}

// ofRelated is what follows a related image that came, went or was renamed.
func ofRelated(c *Case) []pattern {
	out := carriedRelated(c)
	for _, name := range []string{c.Named["image"], c.From} {
		if name != "" {
			out = append(out, form("* related/?/env", name), form("* relatedImages/?", name))
		}
	}
	return out
}
