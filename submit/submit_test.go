package submit_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/olm"
	"github.com/opc-project/opc/submit"
)

// described is an operator that every catalog takes.
const described = `
name: kiln-operator
version: 1.2.0
displayName: Kiln Operator
summary: Fires clay in kilns.
description: Fires clay in kilns, and watches their temperature.
icon: {data: "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=", mediaType: image/svg+xml}
source: https://github.com/example/kiln-operator
provider: {name: Example}
maintainers: [{name: Jo Example, email: jo@example.com}]
links: [{name: Manual, url: "https://kiln.example.com"}]
keywords: [clay]
categories: [Storage]
capabilities: Basic Install
image: registry.example.com/kilns/kiln-operator
release: {channels: [stable], replaces: kiln-operator.v1.1.0, date: "2026-05-01T00:00:00Z"}
`

// compiled compiles a description to its bundle.
func compiled(t *testing.T, text string) *opc.Output {
	t.Helper()
	files := fstest.MapFS{"operator.yaml": {Data: []byte(text)}}
	r, err := opc.Compile(t.Context(), files, "operator.yaml", opc.Options{Targets: []*emit.Target{olm.Target}, Partial: true})
	if err != nil || r.Output == nil {
		t.Fatal(r.Findings, err)
	}
	return r.Output
}

// checkout is one with versions of the operator: each a name of its ClusterServiceVersion and what that replaces.
func checkout(ci string, versions ...[2]string) fstest.MapFS {
	out := fstest.MapFS{"operators/other/ci.yaml": {Data: []byte("reviewers: [al]\n")}}
	if ci != "" {
		out["operators/kiln-operator/ci.yaml"] = &fstest.MapFile{Data: []byte(ci)}
	}
	for _, v := range versions {
		_, number, _ := strings.Cut(v[0], ".v")
		dir := "operators/kiln-operator/" + number
		replaces := ""
		if v[1] != "" {
			replaces = "  replaces: " + v[1] + "\n"
		}
		out[dir+"/manifests/csv.yaml"] = &fstest.MapFile{Data: []byte("apiVersion: operators.coreos.com/v1alpha1\nkind: ClusterServiceVersion\nmetadata: {name: " + v[0] + "}\nspec:\n  version: " + number + "\n" + replaces)}
		out[dir+"/metadata/annotations.yaml"] = &fstest.MapFile{Data: []byte("annotations:\n  operators.operatorframework.io.bundle.package.v1: kiln-operator\n  operators.operatorframework.io.bundle.channels.v1: stable\n")}
	}
	return out
}

const replacesMode = "---\n# who answers\nreviewers:\n  - al # on weekdays\nupdateGraph: replaces-mode\n"

var before = [2]string{"kiln-operator.v1.1.0", ""}

func plan(t *testing.T, files fs.FS, text string, opts submit.Options) (*submit.Submission, string) {
	t.Helper()
	opts.Label = "co"
	s, diags := submit.Plan(files, compiled(t, text), opts)
	var found []string
	for _, d := range diags {
		place := string(d.Path)
		if d.Pos.IsValid() {
			place = d.Pos.String()
		}
		found = append(found, fmt.Sprintf("%s: %s: %s", place, d.Severity, d.Message))
	}
	return s, strings.Join(found, "\n")
}

// TestPlan checks what a version adds to a checkout in which the operator is.
func TestPlan(t *testing.T) {
	s, found := plan(t, checkout(replacesMode, before), described, submit.Options{Reviewers: []string{"Al", "kim"}})
	if found != "" {
		t.Fatal(found)
	}
	want := []string{
		"operators/kiln-operator/1.2.0/manifests/kiln-operator.clusterserviceversion.yaml",
		"operators/kiln-operator/1.2.0/metadata/annotations.yaml",
		"operators/kiln-operator/1.2.0/tests/scorecard/config.yaml",
		"operators/kiln-operator/ci.yaml",
	}
	var names []string
	for _, n := range s.Names() {
		if !strings.Contains(n, "service.yaml") && !strings.Contains(n, "clusterrole") {
			names = append(names, n)
		}
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if s.Title != "operator kiln-operator (1.2.0)" || s.Branch != "kiln-operator-1.2.0" {
		t.Error(s.Title, s.Branch)
	}
	ci := strings.Replace(replacesMode, "weekdays\n", "weekdays\n  - kim\n", 1)
	if diff := cmp.Diff(ci, string(s.Files["operators/kiln-operator/ci.yaml"])); diff != "" {
		t.Error(diff)
	}

	again := checkout(ci, before)
	for name, data := range s.Files {
		again[name] = &fstest.MapFile{Data: data}
	}
	if s, found := plan(t, again, described, submit.Options{Reviewers: []string{"kim"}}); found != "" || len(s.Files)+len(s.Delete) > 0 {
		t.Errorf("the second time: %v %s", s.Names(), found)
	}
	again["operators/kiln-operator/1.2.0/manifests/stale.yaml"] = &fstest.MapFile{Data: []byte("kind: Old\n")}
	if _, found := plan(t, again, described, submit.Options{}); found != "/version: error: version 1.2.0 is in the checkout already, with other content" {
		t.Error(found)
	}
	if s, found := plan(t, again, described, submit.Options{Force: true}); found != "" || len(s.Files) > 0 || len(s.Delete) != 1 {
		t.Error(s, found)
	}
}

// TestCI checks that ci.yaml keeps all that it says, in each way to write it.
func TestCI(t *testing.T) {
	for name, tc := range map[string]struct{ ci, want, found string }{
		"new":             {"", "---\nreviewers:\n- kim\nupdateGraph: replaces-mode\n", ""},
		"no reviewers":    {"# mine\nupdateGraph: replaces-mode", "# mine\nupdateGraph: replaces-mode\nreviewers:\n  - kim\n", ""},
		"in the middle":   {"reviewers:\n- al\n\n# how\nupdateGraph: replaces-mode\n", "reviewers:\n- al\n- kim\n\n# how\nupdateGraph: replaces-mode\n", ""},
		"at the end":      {"updateGraph: replaces-mode\nreviewers:\n    - \"al\"", "updateGraph: replaces-mode\nreviewers:\n    - \"al\"\n    - kim\n", ""},
		"flow":            {"reviewers: [al, bo] # both\nupdateGraph: replaces-mode\n", "reviewers: [al, bo, kim] # both\nupdateGraph: replaces-mode\n", ""},
		"unknown fields":  {"x: {y: 1}\nreviewers: [kim]\nupdateGraph: replaces-mode\n", "", ""},
		"other capitals":  {"reviewers: [KIM]\nupdateGraph: replaces-mode\n", "", ""},
		"flow at the top": {"{reviewers: [al], updateGraph: replaces-mode}\n", "{reviewers: [al, kim], updateGraph: replaces-mode}\n", ""},
		"no field in a flow": {"{updateGraph: replaces-mode}\n", "",
			"co/operators/kiln-operator/ci.yaml:1:1: error: ci.yaml is written in a way to which opc can't add"},
		"a comment with a bracket": {"reviewers: [\n  al, # not ]\n]\nupdateGraph: replaces-mode\n", "",
			"co/operators/kiln-operator/ci.yaml:1:1: error: ci.yaml is written in a way to which opc can't add"},
		"empty list": {"reviewers: []\nupdateGraph: replaces-mode\n", "", "co/operators/kiln-operator/ci.yaml:1:1: error: the list of reviewers is empty"},
		"a list":     {"- x\n", "", "co/operators/kiln-operator/ci.yaml:1:1: error: ci.yaml is not a map: expected fields such as reviewers"},
		"broken":     {"a: b: c\n", "", "co/operators/kiln-operator/ci.yaml:1:5: error: a field can't stand here"},
		"values": {"reviewers: kim\nupdateGraph: newest\nfbc: {version_promotion_strategy: maybe}\n", "",
			"co/operators/kiln-operator/ci.yaml:2:14: error: newest is none of [replaces-mode semver-mode] (check_schema_operator_ci_config)\n" +
				"co/operators/kiln-operator/ci.yaml:3:35: error: maybe is none of [review-needed always never] (check_schema_operator_ci_config)\n" +
				"co/operators/kiln-operator/ci.yaml:1:12: error: reviewers is not a list of names (check_schema_operator_ci_config)"},
	} {
		t.Run(name, func(t *testing.T) {
			opts := submit.Options{Reviewers: []string{"kim"}}
			if name == "values" {
				opts.Reviewers = nil
			}
			s, found := plan(t, checkout(tc.ci, before), described, opts)
			if found != tc.found {
				t.Errorf("found %s\nwant  %s", found, tc.found)
			}
			if s != nil {
				if diff := cmp.Diff(tc.want, string(s.Files["operators/kiln-operator/ci.yaml"])); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// TestChecks changes one thing at a time that a pipeline would refuse.
func TestChecks(t *testing.T) {
	change := func(old, now string) string {
		if !strings.Contains(described, old) {
			t.Fatalf("%q is not in the description", old)
		}
		return strings.Replace(described, old, now, 1)
	}
	semver := "updateGraph: semver-mode\n"
	for name, tc := range map[string]struct {
		text, ci string
		versions [][2]string
		config   string
		want     string
	}{
		"replaced is not there": {described, replacesMode, nil, "",
			"/release/replaces: error: kiln-operator.v1.2.0 replaces kiln-operator.v1.1.0, which is not in the checkout (check_replaces_availability)"},
		"semver needs no edges": {described, semver, nil, "", ""},
		"loop": {described, replacesMode, [][2]string{{"kiln-operator.v1.1.0", "kiln-operator.v1.2.0"}}, "",
			"/release/replaces: error: the upgrade graph has a loop: kiln-operator.v1.2.0 leads back to itself (check_upgrade_graph_loop)"},
		"dangling": {described, replacesMode, [][2]string{before, {"kiln-operator.v1.1.1", "kiln-operator.v1.1.0"}}, "",
			"/release: error: in the channel stable, no version replaces or skips kiln-operator.v1.1.1: its users would never get kiln-operator.v1.2.0 (check_dangling_bundles)"},
		"skipped":    {change("replaces: kiln-operator.v1.1.0", "replaces: kiln-operator.v1.1.0, skips: [kiln-operator.v1.1.1]"), replacesMode, [][2]string{before, {"kiln-operator.v1.1.1", "kiln-operator.v1.1.0"}}, "", ""},
		"in a range": {change("replaces: kiln-operator.v1.1.0", "skipRange: \">=1.0.0 <1.2.0\""), replacesMode, [][2]string{before, {"kiln-operator.v1.1.1", ""}}, "", ""},
		"another name": {change("replaces: kiln-operator.v1.1.0", "replaces: kiln.v1.1.0"), replacesMode, [][2]string{{"kiln.v1.1.0", ""}}, "",
			"/olm/csvName: error: the ClusterServiceVersion is called kiln-operator.v1.2.0, and that of 1.1.0 kiln.v1.1.0 (check_operator_name)"},
		"no graph": {described, "reviewers: [al]\n", [][2]string{before}, "",
			"co/operators/kiln-operator/ci.yaml:1:1: warning: updateGraph is missing: the pipeline takes replaces-mode (check_ci_upgrade_graph)"},
		"policy": {described + "manager: {networkPolicy: true}\n", replacesMode, [][2]string{before}, "",
			"/features/networkPolicy: error: the bundle contains a NetworkPolicy, which the catalogs refuse (check_network_policy_presence)"},
		"certified": {described, replacesMode, [][2]string{before}, "organization: certified-operators\n",
			"co/operators/kiln-operator/ci.yaml:3:1: error: certified operators need the field cert_project_id (cert_project_id)"},
		"openshift": {described + "kubernetes: \">=1.29\"\n", replacesMode, [][2]string{before}, "organization: community-operators\n",
			"/kubernetes: error: the bundle requires Kubernetes 1.29.0 and does not say for which versions of OpenShift it is (check_api_version_constraints)"},
	} {
		t.Run(name, func(t *testing.T) {
			files := checkout(tc.ci, tc.versions...)
			if tc.config != "" {
				files["config.yaml"] = &fstest.MapFile{Data: []byte(tc.config)}
			}
			if _, found := plan(t, files, tc.text, submit.Options{}); found != tc.want {
				t.Errorf("found %s\nwant  %s", found, tc.want)
			}
		})
	}
}

// TestReleaseConfig checks what goes into the catalogs of an operator with a file-based catalog.
func TestReleaseConfig(t *testing.T) {
	const mapped = "fbc:\n  enabled: true\n  catalog_mapping:\n"
	for name, tc := range map[string]struct{ text, ci, want, found string }{
		"basic": {described, mapped + "  - {template_name: all.yaml, catalog_names: [v4.18, v4.19], type: olm.template.basic}\n",
			"---\ncatalog_templates:\n- channels:\n  - stable\n  defaultChannel: stable\n  replaces: kiln-operator.v1.1.0\n  template_name: all.yaml\n", ""},
		"semver": {described, mapped + "  - {template_name: s.yaml, catalog_names: [v4.18], type: olm.semver}\n",
			"---\ncatalog_templates:\n- channels:\n  - Stable\n  defaultChannel: Stable\n  template_name: s.yaml\n", ""},
		"edges": {strings.Replace(described, "channels: [stable]", "channels: [fast, stable, next], defaultChannel: stable, edges: {next: {skips: [kiln-operator.v0.9.0]}}", 1),
			mapped + "  - {template_name: all.yaml, catalog_names: [v4.18], type: olm.template.basic}\n",
			"---\ncatalog_templates:\n- channels:\n  - fast\n  - stable\n  defaultChannel: stable\n  replaces: kiln-operator.v1.1.0\n  template_name: all.yaml\n- channels:\n  - next\n  skips:\n  - kiln-operator.v0.9.0\n  template_name: all.yaml\n", ""},
		"other channels": {strings.Replace(described, "channels: [stable]", "channels: [weekly]", 1), mapped + "  - {template_name: s.yaml, catalog_names: [v4.18], type: olm.semver}\n", "",
			"/release/channels: error: none of the channels weekly is one of the semver template s.yaml: expected candidate, fast or stable"},
		"nothing mapped": {described, "fbc: {enabled: true}\n", "", "co/operators/kiln-operator/ci.yaml:1:1: error: fbc.catalog_mapping names no template: the version would be in no catalog"},
		"twice": {described, mapped + "  - {template_name: a.yaml, catalog_names: [v4.18], type: olm.template.basic}\n  - {template_name: b.yaml, catalog_names: [v4.18], type: olm.template.basic}\n",
			"---\ncatalog_templates:\n- channels:\n  - stable\n  defaultChannel: stable\n  replaces: kiln-operator.v1.1.0\n  template_name: a.yaml\n- channels:\n  - stable\n  defaultChannel: stable\n  replaces: kiln-operator.v1.1.0\n  template_name: b.yaml\n",
			"co/operators/kiln-operator/ci.yaml:5:5: error: the catalog v4.18 is mapped to a.yaml, too (check_catalog_usage_ci_config)"},
	} {
		t.Run(name, func(t *testing.T) {
			s, found := plan(t, checkout(tc.ci, before), tc.text, submit.Options{})
			if found != tc.found {
				t.Errorf("found %s\nwant  %s", found, tc.found)
			}
			if diff := cmp.Diff(tc.want, string(s.Files["operators/kiln-operator/1.2.0/release-config.yaml"])); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("new", func(t *testing.T) {
		first := strings.Replace(described, "replaces: kiln-operator.v1.1.0, ", "", 1)
		s, found := plan(t, checkout(""), first, submit.Options{Catalogs: []string{"v4.18", "v4.19"}})
		if found != "" {
			t.Fatal(found)
		}
		want := "---\nfbc:\n  catalog_mapping:\n  - catalog_names:\n    - v4.18\n    - v4.19\n    template_name: basic.yaml\n    type: olm.template.basic\n  enabled: true\n"
		if diff := cmp.Diff(want, string(s.Files["operators/kiln-operator/ci.yaml"])); diff != "" {
			t.Error(diff)
		}
		want = "---\ncatalog_templates:\n- channels:\n  - stable\n  defaultChannel: stable\n  template_name: basic.yaml\n"
		if diff := cmp.Diff(want, string(s.Files["operators/kiln-operator/1.2.0/release-config.yaml"])); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("not converted", func(t *testing.T) {
		_, found := plan(t, checkout(replacesMode, before), described, submit.Options{Catalogs: []string{"v4.18"}})
		if !strings.Contains(found, "the operator has no file-based catalog") {
			t.Error(found)
		}
	})
	t.Run("no checkout", func(t *testing.T) {
		if _, found := plan(t, fstest.MapFS{}, described, submit.Options{}); !strings.Contains(found, "co has no folder operators") {
			t.Error(found)
		}
	})
}
