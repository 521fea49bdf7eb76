package importer

import (
	"cmp"
	"encoding/base64"
	"net/mail"
	"regexp"
	"strings"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
)

// longText is how long prose can be before it gets a file of its own.
const longText = 160

// identity says who and what the operator is.
func (d *draft) identity() {
	d.pkg = d.bundleAnnotation(model.BundlePackage)
	csvName := text(get(d.csv, "metadata", "name"))
	if d.pkg == "" {
		d.pkg, _, _ = strings.Cut(csvName, ".")
	}
	d.name = operatorName(d.pkg)
	d.spec["name"] = d.name
	d.spec["version"] = text(d.csvSpec("version"))
	if name := text(d.csvSpec("displayName")); name != compiler.InWords(d.name) {
		some(d.spec, "displayName", name)
	}
	some(d.spec, "summary", d.annotation("description"))
	d.prose()
	d.icon()
	d.people()
	some(d.spec, "maturity", d.csvSpec("maturity"))
	some(d.spec, "keywords", d.csvSpec("keywords"))
	some(d.spec, "capabilities", d.annotation("capabilities"))
	d.categories()
	d.kubernetes()
	if d.pkg != d.name {
		put(d.spec, d.pkg, "olm", "package")
	}
	if csvName != d.pkg+".v"+text(d.spec["version"]) {
		put(d.spec, csvName, "olm", "csvName")
	}
}

// operatorName makes the name of an operator of what it is called elsewhere: no longer than that of a Helm release.
func operatorName(called string) string {
	if dnsLabel.MatchString(called) && len(called) <= 53 {
		return called
	}
	name := label(called)
	return cmp.Or(strings.Trim(name[:min(53, len(name))], "-"), "operator")
}

// prose puts a long description into a file.
func (d *draft) prose() {
	description := text(d.csvSpec("description"))
	if len(description) <= longText && !strings.Contains(strings.TrimSpace(description), "\n") {
		some(d.spec, "description", description)
		return
	}
	d.spec["description"] = tree{"file": d.addFile("docs/", "description", ".md", []byte(description))}
}

// icon puts the picture into a file. What can't be read as a picture is said as it stands.
func (d *draft) icon() {
	icons := trees(d.csvSpec("icon"))
	if len(icons) == 0 {
		return
	}
	data, media := text(icons[0]["base64data"]), text(icons[0]["mediatype"])
	if data == "" {
		return
	}
	length := strings.Index(data, "\n")
	raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(data, "\n", ""))
	if err != nil || (&model.Icon{Base64: base64.StdEncoding.EncodeToString(raw), LineLength: int64(length)}).Wrapped() != data || media == "" {
		d.spec["icon"] = tree{"data": data, "mediaType": media}
		return
	}
	kind := compiler.MediaType(raw)
	ext := map[string]string{"image/svg+xml": ".svg", "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif"}[kind]
	icon := tree{"file": d.addFile("docs/", "icon", ext, raw)}
	if media != kind {
		icon["mediaType"] = media
	}
	if length > 0 {
		icon["lineLength"] = int64(length)
	}
	d.spec["icon"] = icon
	if len(icon) == 1 {
		d.spec["icon"] = icon["file"]
	}
}

func (d *draft) people() {
	some(d.spec, "provider", d.csvSpec("provider"))
	some(d.spec, "maintainers", reachable(d.csvSpec("maintainers")))
	links := named(d.csvSpec("links"), "url")
	repository := d.annotation("repository")
	for _, l := range links {
		if object(l)["url"] == repository {
			some(d.spec, "source", repository)
		}
	}
	if url, rest := cutLink(links, "Homepage"); url != "" {
		d.spec["homepage"], links = url, rest
	}
	if url, rest := cutLink(links, "Source"); url != "" && url == repository && url != d.spec["homepage"] {
		links = rest // opc links to the source by itself
	}
	some(d.spec, "links", links)
}

// cutLink takes the first link off a list if it has a name, and its address stands nowhere else.
func cutLink(links []any, name string) (url string, rest []any) {
	if len(links) == 0 || object(links[0])["name"] != name {
		return "", links
	}
	url = text(object(links[0])["url"])
	for _, l := range links[1:] {
		if object(l)["url"] == url {
			return "", links
		}
	}
	return url, links[1:]
}

// named returns a list whose entries all have a name and the given field, as the description wants them; else nothing,
// and the list is said in OLM's own words.
func named(v any, field string) []any {
	for _, e := range trees(v) {
		if text(e["name"]) == "" || field != "" && text(e[field]) == "" {
			return nil
		}
	}
	return list(v)
}

// reachable is a list of people that Helm takes in a Chart.yaml: each has a name, and an address only if it is one. Others
// stay in the ClusterServiceVersion as they are.
func reachable(v any) []any {
	for _, e := range trees(v) {
		if email := text(e["email"]); email != "" {
			if a, err := mail.ParseAddress(email); err != nil || a.Address != email {
				return nil
			}
		}
	}
	return named(v, "")
}

func (d *draft) categories() {
	said := d.annotation("categories")
	var words []any
	for word := range strings.SplitSeq(said, ",") {
		words = append(words, strings.TrimSpace(word))
	}
	if said != "" {
		d.spec["categories"] = words
	}
}

var leastVersion = regexp.MustCompile(`^(\d+)\.(\d+)\.(\d+)$`)

// kubernetes turns OLM's least version into a range.
func (d *draft) kubernetes() {
	parts := leastVersion.FindStringSubmatch(text(d.csvSpec("minKubeVersion")))
	if parts == nil {
		return
	}
	least := ">=" + parts[1] + "." + parts[2]
	if parts[3] != "0" {
		least += "." + parts[3]
	}
	d.spec["kubernetes"] = least
}
