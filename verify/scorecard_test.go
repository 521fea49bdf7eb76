package verify

import (
	"regexp"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// scorecardFile is where operator-sdk and the catalogs' pipelines find what to run against a bundle.
const scorecardFile = bundleDir + "/tests/scorecard/config.yaml"

// standardTests are the tests that operator-sdk's image of them has.
var standardTests = []any{
	"basic-check-spec", "olm-bundle-validation", "olm-crds-have-validation", "olm-crds-have-resources", "olm-spec-descriptors", "olm-status-descriptors",
}

// testImage is operator-sdk's image of those tests.
var testImage = regexp.MustCompile(`^quay\.io/operator-framework/scorecard-test:v\d+\.\d+\.\d+$`)

// scorecard holds the configuration of the scorecard against the description's own, or, where there is none, against
// what operator-sdk's tests are called by.
func (c *check) scorecard() []finding.Finding {
	if len(c.below(bundleDir)) == 0 || !c.m.HasScorecard() {
		return nil
	}
	if _, ok := c.files.File(scorecardFile); !ok {
		at := kube.Place{File: bundleDir + "/metadata/annotations.yaml"}
		return []finding.Finding{finding.InFile(at, diag.MetadataDiffers, diag.Error, "the bundle has no %s, which its annotations name", scorecardFile)}
	}
	if config, ok := c.m.OLM.Scorecard.(map[string]any); ok {
		return c.facts(scorecardFile, []fact{{pointer: "", want: config}})
	}
	out := c.facts(scorecardFile, []fact{
		{pointer: "/apiVersion", want: "scorecard.operatorframework.io/v1alpha3"}, {pointer: "/kind", want: "Configuration"},
		{pointer: "/metadata/name", want: "config"},
	})
	return append(out, c.lists(scorecardFile, "/stages", []any{standardTests}, func(stage model.Tree) any {
		if stage["parallel"] != true {
			return nil
		}
		var names []any
		tests, _ := stage["tests"].([]any)
		for _, e := range tests {
			test, _ := e.(map[string]any)
			names = append(names, testName(test))
		}
		return names
	})...)
}

// testName is the name of a test that the scorecard can run: its labels, by which people choose it, say the same.
func testName(test model.Tree) any {
	command, _ := test["entrypoint"].([]any)
	image, _ := test["image"].(string)
	if len(command) != 2 || command[0] != "scorecard-test" || !testImage.MatchString(image) {
		return nil
	}
	name, _ := command[1].(string)
	suite, _, _ := strings.Cut(name, "-")
	if model.At(test, "labels", "suite") != suite || model.At(test, "labels", "test") != name+"-test" {
		return nil
	}
	return name
}
