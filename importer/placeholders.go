package importer

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"

	"github.com/opc-project/opc/compiler"
)

// placeholder is what a make target replaces when it builds: a variable of make or of a shell.
var placeholder = regexp.MustCompile(`\$(\([A-Za-z_]\w*\)|\{[A-Za-z_]\w*\})`)

// unresolved reports whether a text has a variable in it that nobody has replaced yet.
func unresolved(s string) bool { return placeholder.MatchString(s) }

// withoutPlaceholders takes out of the base of a project's bundles what make bundle fills in. It is not a fact about the
// operator, and often does not fit its type.
func (p *project) withoutPlaceholders(d *document) {
	spec := object(d.tree["spec"])
	if v := text(spec["version"]); v != "" && (v == "0.0.0" || !version.MatchString(v)) {
		delete(spec, "version")
		if v != "0.0.0" { // operator-sdk's own needs no word
			p.assumed = append(p.assumed, fmt.Sprintf("the version %q in %s is a placeholder", v, d.file))
		}
	}
	if v := text(spec["replaces"]); unresolved(v) {
		delete(spec, "replaces")
	}
	annotations := object(get(d.tree, "metadata", "annotations"))
	for _, key := range sortedKeys(annotations) {
		if v := text(annotations[key]); key != "alm-examples" && unresolved(v) {
			delete(annotations, key)
			p.assumed = append(p.assumed, fmt.Sprintf("the annotation %s in %s is a placeholder: %s", key, d.file, v))
		}
	}
	p.withoutBadIcon(d, spec)
}

// withoutBadIcon leaves out an icon that is no picture, such as the path of one.
func (p *project) withoutBadIcon(d *document, spec tree) {
	for _, icon := range trees(spec["icon"]) {
		data := strings.Join(strings.Fields(text(icon["base64data"])), "")
		raw, err := base64.StdEncoding.DecodeString(data)
		if err == nil && (data == "" || compiler.MediaType(raw) != "") {
			continue
		}
		p.lost(d.find("spec", "icon", "0", "base64data"), "the icon is not carried over: base64data is not a base64-encoded image; set icon to the path of an image file")
		delete(spec, "icon")
		return
	}
}
