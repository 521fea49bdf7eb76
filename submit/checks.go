package submit

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/opc-project/opc"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// check runs the static checks of the catalogs' pipelines that are about more than the bundle; those of the bundle are the
// profile community of verification. docs/submit.md lists them.
func (p *plan) check(bundle opc.Files) {
	var own version
	var csv kube.Tree
	for _, name := range bundle.Names() {
		if path.Dir(name) != "manifests" {
			continue
		}
		objects, _ := kube.Objects(name, bundle.Data(name)) // they were verified
		for _, o := range objects {
			switch {
			case o.Kind() == "ClusterServiceVersion":
				csv = o.Tree
				own.of(csv)
			case o.Is("networking.k8s.io", "NetworkPolicy"):
				p.refused("/features/networkPolicy", "check_network_policy_presence", "the bundle contains a NetworkPolicy, which the catalogs refuse").
					WithHint("leave it out of the bundle with features: networkPolicy: olm: false")
			}
		}
	}
	own.channels, own.pkg = p.m.Release.Channels, p.m.OLM.Package
	p.names(own)
	p.config()
	if !p.fbc() {
		p.graph(own)
	}
	p.repository(csv)
}

// finding is one that was added; its hint can be set.
type finding struct {
	p *plan
	i int
}

// WithHint sets the hint.
func (f finding) WithHint(format string, args ...any) {
	f.p.diags[f.i].Hint = fmt.Sprintf(format, args...)
}

// refused adds an error of a check, about the description.
func (p *plan) refused(at diag.Path, check, format string, args ...any) finding {
	p.diags = append(p.diags, diag.Errorf(diag.Submission, at, "%s (%s)", fmt.Sprintf(format, args...), check))
	return finding{p, len(p.diags) - 1}
}

// refusedAt is the same about a file of the checkout.
func (p *plan) refusedAt(doc kube.Document, file string, elems []string, check, format string, args ...any) {
	d := diag.Errorf(diag.Submission, "", "%s (%s)", fmt.Sprintf(format, args...), check)
	line, col := 1, 1
	if at, _ := doc.Find(elems...); !at.IsZero() {
		line, col = at.Pos()
	}
	d.Pos = p.at(file, line, col)
	p.diags = append(p.diags, d)
}

// names checks that all versions have one name, that of their folder.
func (p *plan) names(own version) {
	const check = "check_operator_name"
	base := func(csv string) string { name, _, _ := strings.Cut(csv, "."); return name }
	if base(own.name) != p.m.OLM.Package && len(p.others) == 0 {
		p.refused("/olm/csvName", check, "the ClusterServiceVersion is called %s, and the package %s", own.name, p.m.OLM.Package).
			WithHint("call it %s.v%s", p.m.OLM.Package, p.m.Version)
	}
	for _, v := range p.others {
		if base(v.name) != base(own.name) {
			p.refused("/olm/csvName", check, "the ClusterServiceVersion is called %s, and that of %s %s", own.name, path.Base(v.folder), v.name).
				WithHint("set olm.csvName: %s.v%s", base(v.name), p.m.Version)
			return
		}
	}
}

// graph checks the upgrade graph that the pipeline makes of the bundles.
func (p *plan) graph(own version) {
	tree := kube.Map(p.ci.Value)
	mode := kube.Text(tree["updateGraph"])
	switch mode {
	case "replaces-mode":
	case "semver-mode":
		return // the versions themselves are the graph
	case "":
		if tree["updateGraph"] == nil {
			p.diags = append(p.diags, p.warning(p.ciName(), "updateGraph is missing: the pipeline takes replaces-mode (check_ci_upgrade_graph)"))
		}
	}
	byName := map[string]version{own.name: own}
	for _, v := range p.others {
		byName[v.name] = v
	}
	if _, ok := byName[own.replaces]; own.replaces != "" && !ok {
		var known []string
		for _, v := range p.others {
			known = append(known, v.name)
		}
		f := p.refused("/release/replaces", "check_replaces_availability", "%s replaces %s, which is not in the checkout", own.name, own.replaces)
		if near := diag.Nearest(own.replaces, known); near != "" {
			f.WithHint("did you mean %s?", near)
		} else {
			f.WithHint("submit that version first, or replace one of those that are there")
		}
	}
	for at, steps := own.replaces, 0; at != "" && steps <= len(byName); at, steps = byName[at].replaces, steps+1 {
		if at == own.name {
			p.refused("/release/replaces", "check_upgrade_graph_loop", "the upgrade graph has a loop: %s leads back to itself", own.name).
				WithHint("set release.replaces to an older version")
			break
		}
	}
	p.dangling(own)
}

// dangling finds versions that no other replaces or skips, and that are not the newest of a channel.
func (p *plan) dangling(own version) {
	for _, channel := range own.channels {
		in := []version{own}
		for _, v := range p.others {
			if slices.Contains(v.channels, channel) {
				in = append(in, v)
			}
		}
		for _, v := range in[1:] {
			passed := slices.ContainsFunc(in, func(o version) bool { return o.passes(v.name) || inRange(v.name, o.skipRange) })
			if !passed && own.replaces != v.name {
				p.refused("/release", "check_dangling_bundles", "in the channel %s, no version replaces or skips %s: its users would never get %s", channel, v.name, own.name).
					WithHint("set release.replaces: %q, or add it to release.skips", v.name)
			}
		}
	}
}

// inRange reports whether the version in the name of a ClusterServiceVersion is in a skipRange.
func inRange(csv, skipRange string) bool {
	_, text, _ := strings.Cut(csv, ".")
	v, err := semver.NewVersion(strings.TrimPrefix(text, "v"))
	if err != nil || skipRange == "" {
		return false
	}
	c, err := semver.NewConstraint(strings.ReplaceAll(skipRange, " ", ", "))
	return err == nil && c.Check(v)
}

func (p *plan) warning(file, message string) diag.Diagnostic {
	d := diag.Warnf(diag.Submission, "", "%s", message)
	d.Pos = p.at(file, 1, 1)
	return d
}

// repository applies what single repositories demand.
func (p *plan) repository(csv kube.Tree) {
	tree := kube.Map(p.ci.Value)
	project := kube.Text(tree["cert_project_id"])
	if slices.Contains([]string{"certified-operators", "redhat-marketplace"}, p.organization) && project == "" {
		p.refusedAt(p.ci, p.ciName(), nil, "cert_project_id", "certified operators need the field cert_project_id")
		p.hint("set it with --cert-project")
	}
	if p.organization == "redhat-marketplace" {
		for _, a := range []string{"remote-workflow", "support-workflow"} {
			key := "marketplace.openshift.io/" + a
			if kube.At(csv, "metadata", "annotations", key) == nil {
				p.refused("/olm/annotations", "check_marketplace_annotation", "the ClusterServiceVersion has no annotation %s", key).WithHint("add it to olm.annotations")
			}
		}
	}
	if p.organization != "" && !p.fbc() && p.m.MinKube != "" && p.m.BundleAnnotations()[openShiftVersions] == "" {
		p.refused("/kubernetes", "check_api_version_constraints", "the bundle requires Kubernetes %s and does not say for which versions of OpenShift it is", p.m.MinKube).
			WithHint("add %s to olm.bundleAnnotations, such as v4.16", openShiftVersions)
	}
}

const openShiftVersions = "com.redhat.openshift.versions"
