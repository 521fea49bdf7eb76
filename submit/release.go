package submit

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// Types of catalog templates.
const (
	basicTemplate  = "olm.template.basic"
	semverTemplate = "olm.semver"
)

// semverChannels are the only channels of a semver template.
var semverChannels = []string{"Candidate", "Fast", "Stable"}

// mapping is an entry of fbc.catalog_mapping.
type mapping struct {
	template, kind string
	catalogs       []string
}

func (p *plan) mappings() []mapping {
	tree := kube.Map(p.ci.Value)
	list := kube.List(kube.At(tree, "fbc", "catalog_mapping"))
	var out []mapping
	for _, e := range list {
		entry := kube.Map(e)
		var m mapping
		m.template = kube.Text(entry["template_name"])
		m.kind = kube.Text(entry["type"])
		names := kube.List(entry["catalog_names"])
		for _, n := range names {
			if s, ok := n.(string); ok {
				m.catalogs = append(m.catalogs, s)
			}
		}
		out = append(out, m)
	}
	return out
}

// releaseConfig says into which catalogs the pipeline puts the version, with its edges in the upgrade graph; nil for an
// operator without a file-based catalog, whose graph is made from the bundles.
func (p *plan) releaseConfig() []byte {
	if !p.fbc() {
		return nil
	}
	var entries []any
	for _, m := range p.mappings() {
		if m.kind == semverTemplate {
			entries = append(entries, p.semverEntry(m)...)
		} else {
			entries = append(entries, p.basicEntries(m)...)
		}
	}
	if len(p.mappings()) == 0 {
		p.fault(diag.Submission, p.ciName(), "fbc.catalog_mapping names no template: the version would be in no catalog")
		p.hint("add a mapping; see https://redhat-openshift-ecosystem.github.io/operator-pipelines/users/fbc_workflow/")
	}
	if len(entries) == 0 {
		return nil
	}
	return append([]byte("---\n"), emit.PlainYAML(map[string]any{"catalog_templates": entries}, "")...)
}

// basicEntries are one for all channels with the same edges.
func (p *plan) basicEntries(m mapping) []any {
	type edges struct {
		replaces, skips, skipRange string
	}
	var out []any
	seen := map[edges]map[string]any{}
	for _, channel := range p.m.Release.Channels {
		in := p.m.Release.In(channel)
		key := edges{in.Replaces, strings.Join(in.Skips, ","), in.SkipRange}
		if entry := seen[key]; entry != nil {
			entry["channels"] = append(entry["channels"].([]any), channel)
			continue
		}
		entry := map[string]any{"template_name": m.template, "channels": []any{channel}}
		if in.Replaces != "" {
			entry["replaces"] = in.Replaces
		}
		if in.SkipRange != "" {
			entry["skipRange"] = in.SkipRange
		}
		if len(in.Skips) > 0 {
			entry["skips"] = in.Skips
		}
		seen[key] = entry
		out = append(out, entry)
	}
	for _, e := range out {
		entry := e.(map[string]any)
		if slices.Contains(entry["channels"].([]any), any(p.m.Release.DefaultChannel)) {
			entry["defaultChannel"] = p.m.Release.DefaultChannel
		}
	}
	return out
}

// semverEntry has the channels that a semver template knows; the template itself makes the edges.
func (p *plan) semverEntry(m mapping) []any {
	var channels []any
	standard := ""
	for _, c := range semverChannels {
		if slices.ContainsFunc(p.m.Release.Channels, func(own string) bool { return strings.EqualFold(own, c) }) {
			channels = append(channels, c)
			if strings.EqualFold(c, p.m.Release.DefaultChannel) {
				standard = c
			}
		}
	}
	if len(channels) == 0 {
		p.diags = append(p.diags, diag.Errorf(diag.Submission, "/release/channels", "none of the channels %s is one of the semver template %s: expected candidate, fast or stable",
			strings.Join(p.m.Release.Channels, ", "), m.template).WithHint("add one of them to release.channels"))
		return nil
	}
	entry := map[string]any{"template_name": m.template, "channels": channels}
	if standard != "" {
		entry["defaultChannel"] = standard
	}
	return []any{entry}
}
