package verify

import (
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/emit/manifests"
)

// targetJudges are what verifies the files of one target: which files its judges read, and the tasks that do it.
type targetJudges struct {
	target string
	files  []string // patterns of path.Match; "/**" at the end stands for all that is below
	tasks  func(*check) []task
}

// reads reports whether a judge reads a file.
func (j targetJudges) reads(name string) bool {
	return slices.ContainsFunc(j.files, func(pattern string) bool {
		if dir, below := strings.CutSuffix(pattern, "/**"); below {
			return strings.HasPrefix(name, dir+"/")
		}
		ok, _ := path.Match(pattern, name)
		return ok
	})
}

// byTarget lists the judges of each target in one line. A target that has none here needs none to begin with: the objects
// in its files are judged by themselves (unclaimed.go), and a file that holds no objects is an error. The longest begin
// first.
var byTarget = []targetJudges{
	{"kustomize", []string{"kustomize/**"}, func(c *check) []task { return []task{c.kustomize, c.switched} }},
	{"helm", []string{"chart/Chart.yaml", "chart/values*", "chart/templates/**", "chart/crds/**"}, func(c *check) []task { return append([]task{c.chartLint}, c.chart()...) }},
	{"olm", []string{"bundle/manifests/*", "bundle/metadata/*", "bundle/tests/scorecard/*"}, func(c *check) []task { return []task{c.bundle} }},
	{"catalog", []string{"catalog/**"}, func(c *check) []task { return nil }}, // with the bundle that it offers
	{"manifests", []string{manifests.File}, func(c *check) []task { return []task{c.manifests} }},
	{"dockerfile", []string{"Dockerfile", "*.Dockerfile"}, func(c *check) []task { return []task{c.dockerfiles} }},
}

// texts are files that no installer makes anything of: they are for people, or say what to leave out.
var texts = []string{"README.md", ".helmignore", "Dockerfile.dockerignore"}

// claimed reports whether a judge of a target reads a file, or none has to.
func claimed(name string) bool {
	return slices.Contains(texts, path.Base(name)) || slices.ContainsFunc(byTarget, func(j targetJudges) bool { return j.reads(name) })
}
