// Package crdify asks crdify, the library with which OLM v1 judges upgrades of CRDs, what it holds against a new
// version of one (https://github.com/kubernetes-sigs/crdify). It is the only importer of crdify, so that compiling pays
// nothing for it. What crdify says in random order and in several parts is told sorted, an issue each.
package crdify

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/crdify/pkg/runner"
	"sigs.k8s.io/crdify/pkg/validations"
	"sigs.k8s.io/crdify/pkg/validators/crd"
	"sigs.k8s.io/crdify/pkg/validators/version"
	"sigs.k8s.io/crdify/pkg/validators/version/same"
	"sigs.k8s.io/crdify/pkg/validators/version/served"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/diff"
)

// Check is a diff.Preflight: every issue of crdify in its strictest configuration, and for each whether OLM v1, in its
// own configuration, refuses the upgrade for it.
func Check(old, new model.Tree) (issues []diff.Issue, err error) {
	defer func() {
		if r := recover(); r != nil { // crdify takes what the API server would refuse for granted
			issues, err = nil, fmt.Errorf("crdify can't check this CRD: %v", r)
		}
	}()
	c, err := comparators()
	if err != nil {
		return nil, err
	}
	x, y := definition(old), definition(new)
	a, b, err := typed(sameVersions(x, y))
	if err != nil {
		return nil, err
	}
	out := whole(crd.New(crd.WithComparators(c.crd...)).Validate(a, b))
	out = append(out, versioned(same.New(same.WithComparators(c.property...)).Validate(a, b))...)
	if a, b, err = typed(allVersions(x, y)); err != nil {
		return nil, err
	}
	out = append(out, versioned(served.New(served.WithComparators(c.property...)).Validate(a, b))...)
	webhook := b.Spec.Conversion != nil && b.Spec.Conversion.Strategy == apiextensionsv1.WebhookConverter
	for i := range out {
		out[i].Blocks = blocks(out[i], webhook)
	}
	slices.SortFunc(out, func(x, y diff.Issue) int {
		return cmp.Or(cmp.Compare(x.Version, y.Version), cmp.Compare(x.Property, y.Property), cmp.Compare(x.Check, y.Check), cmp.Compare(x.Message, y.Message))
	})
	return slices.Compact(out), nil
}

// blocks tells whether OLM v1 refuses an issue. Its configuration (operator-controller, crdupgradesafety) lets
// descriptions and new values of an enum pass, and served versions that a webhook converts.
func blocks(i diff.Issue, webhook bool) bool {
	switch {
	case strings.Contains(i.Version, "->") && webhook, i.Check == "description":
		return false
	case i.Check == "enum":
		return !strings.HasPrefix(i.Message, "allowed enum values added")
	}
	return true
}

type sets struct {
	crd      []validations.Comparator[apiextensionsv1.CustomResourceDefinition]
	property []validations.Comparator[apiextensionsv1.JSONSchemaProps]
}

// comparators are crdify's checks, all of them enforced.
var comparators = sync.OnceValues(func() (sets, error) {
	all, err := validations.LoadValidationsFromRegistry(runner.DefaultRegistry())
	if err != nil {
		return sets{}, err
	}
	var list []validations.Validation
	for _, name := range runner.DefaultRegistry().Registered() {
		list = append(list, all[name])
	}
	slices.SortFunc(list, func(a, b validations.Validation) int { return cmp.Compare(a.Name(), b.Name()) })
	return sets{
		crd:      validations.ComparatorsForValidations[apiextensionsv1.CustomResourceDefinition](list...),
		property: validations.ComparatorsForValidations[apiextensionsv1.JSONSchemaProps](list...),
	}, nil
})

// whole turns issues of the whole CRD. A removed field is told with its version and path in the text.
func whole(results []validations.ComparisonResult) []diff.Issue {
	var out []diff.Issue
	for _, r := range results {
		for _, message := range r.Errors {
			issue := diff.Issue{Check: r.Name, Message: message}
			if what, where, ok := strings.Cut(message, " : "); ok && r.Name == "existingFieldRemoval" {
				issue.Version, issue.Property, _ = strings.Cut(where, ".")
				issue.Message = what
			}
			out = append(out, issue)
		}
	}
	return out
}

func versioned(results []version.VersionedPropertyComparisonResult) []diff.Issue {
	var out []diff.Issue
	for _, v := range results {
		for _, p := range v.PropertyComparisons {
			for _, r := range p.ComparisonResults {
				for _, message := range r.Errors {
					out = append(out, diff.Issue{Version: v.Version, Property: p.Property, Check: r.Name, Message: stable(r.Name, message)})
				}
			}
		}
	}
	return out
}

// stable is a message without what differs from run to run: a dump of what no check knows, and sets in random order.
func stable(check, message string) string {
	message, _, _ = strings.Cut(message, "\n")
	message = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(message), ":"))
	head, list, found := strings.Cut(message, "[")
	if (check == "required" || check == "enum") && found && strings.HasSuffix(list, "]") && strings.Count(message, "[") == 1 {
		names := strings.Fields(strings.TrimSuffix(list, "]"))
		slices.Sort(names)
		return head + "[" + strings.Join(names, " ") + "]"
	}
	return message
}
