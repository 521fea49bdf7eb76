package importer

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube/equal"
)

// requires says what must be in the cluster before the operator.
func (d *draft) requires() {
	out := tree{}
	some(out, "apis", d.csvSpec("customresourcedefinitions", "required"))
	some(out, "native", d.csvSpec("nativeAPIs"))
	if d.src.dependencies != nil {
		if said := list(d.src.dependencies.tree["dependencies"]); said != nil {
			out["dependencies"] = said
		}
	}
	some(d.spec, "requires", out)
	if d.src.properties != nil {
		if said := list(d.src.properties.tree["properties"]); said != nil {
			put(d.spec, said, "olm", "properties")
		}
	}
}

// release says the version's place in the upgrade graph.
func (d *draft) release() {
	out := tree{}
	channels, standard := d.channels(), d.bundleAnnotation(model.BundleDefaultChannel)
	if len(channels) > 1 || len(channels) == 1 && channels[0] != compiler.StandardChannel(text(d.spec["version"])) {
		out["channels"] = channels
	}
	if slices.Contains(channels, any(standard)) && standard != channels[0] { // else only an annotation of the bundle
		out["defaultChannel"] = standard
	}
	some(out, "replaces", d.edge(text(d.csvSpec("replaces"))))
	var skips []any
	for _, s := range texts(d.csvSpec("skips")) {
		skips = append(skips, d.edge(s))
	}
	some(out, "skips", skips)
	if !d.raw["skipRange"] {
		some(out, "skipRange", d.annotation("olm.skipRange"))
	}
	if date := d.annotation("createdAt"); compiler.Date(date) == date {
		some(out, "date", date)
	}
	some(d.spec, "release", out)
}

// channels are the channels of the bundle, if they can be said by a list.
func (d *draft) channels() []any {
	said := d.bundleAnnotation(model.BundleChannels)
	if said == "" {
		return nil
	}
	var out []any
	seen := map[string]bool{}
	for c := range strings.SplitSeq(said, ",") {
		c = strings.TrimSpace(c) // what stands around a name is no part of it
		if c == "" || seen[c] || strings.Contains(c, " ") {
			return nil
		}
		seen[c] = true
		out = append(out, c)
	}
	return out
}

// edge writes the name of a ClusterServiceVersion as its version, where that is all it says.
func (d *draft) edge(name string) string {
	if v, ok := strings.CutPrefix(name, d.pkg+".v"); ok && version.MatchString(v) && compiler.Older(v, text(d.spec["version"])) {
		return v
	}
	return name
}

// correctScorecard keeps a configuration of the scorecard that is not the standard one.
func (d *draft) correctScorecard(got *source) {
	if d.src.scorecard == nil || got.scorecard == nil || len(equal.Trees(equal.Value(d.src.scorecard.tree), equal.Value(got.scorecard.tree))) == 0 {
		return
	}
	put(d.spec, tree{"file": d.addFile("olm/", "scorecard", ".yaml", d.objectFile(d.src.scorecard))}, "olm", "scorecard")
}

// scorecard says whether the bundle has the scorecard's tests.
func (d *draft) scorecard() {
	if d.src.scorecard == nil {
		put(d.spec, false, "olm", "scorecard")
	}
}
