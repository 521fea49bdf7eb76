package judge

import (
	"context"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// definition is a CustomResourceDefinition, ready to judge objects of its API. Its schemas are compiled when they are
// first needed.
type definition struct {
	crd      *apiextensions.CustomResourceDefinition
	versions map[string]*compiled
}

// compiled is what the API server makes of one version's schema.
type compiled struct {
	schema    *structural.Structural
	validator validation.SchemaValidator
	rules     *cel.Validator
}

// newDefinition reads a definition; nil where the object is none, or one that can't be read.
func newDefinition(s *Subject) *definition {
	crd, err := internalCRD(s)
	if crd == nil || err != nil {
		return nil
	}
	return &definition{crd: crd, versions: map[string]*compiled{}}
}

func (d *definition) compile(version string) *compiled {
	if c, ok := d.versions[version]; ok {
		return c
	}
	d.versions[version] = nil
	v, err := apiextensions.GetSchemaForVersion(d.crd, version)
	if err != nil || v == nil || v.OpenAPIV3Schema == nil {
		return nil
	}
	c := &compiled{}
	if c.schema, err = structural.NewStructural(v.OpenAPIV3Schema); err != nil {
		return nil // told of the definition itself
	}
	if c.validator, _, err = validation.NewSchemaValidator(v.OpenAPIV3Schema); err != nil {
		return nil
	}
	c.rules = cel.NewValidator(c.schema, true, celconfig.PerCallLimit)
	d.versions[version] = c
	return c
}

// judge creates an object as the API server would: unknown fields, defaults, schema, lists, CEL rules.
func (d *definition) judge(o *kube.Object, code diag.Code, report Report) {
	_, version, _ := strings.Cut(o.APIVersion(), "/")
	if !d.serves(version) {
		report.error(o, code, "/apiVersion", "%s.%s has no version %s that is served", d.crd.Spec.Names.Plural, d.crd.Spec.Group, version)
		return
	}
	c := d.compile(version)
	if c == nil {
		return
	}
	tree := model.Clone(o.Tree)
	options := structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	unknown := pruning.PruneWithOptions(tree, c.schema, true, options)
	for _, path := range unknown {
		report.error(o, code, pointerOf(o.Tree, path), "unknown field %s", path)
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(tree, c.schema)
	defaulting.Default(tree, c.schema)
	var faults field.ErrorList
	faults = append(faults, validation.ValidateCustomResource(nil, tree, c.validator)...)
	faults = append(faults, listtype.ValidateListSetsAndMaps(nil, c.schema, tree)...)
	if len(faults) == 0 && c.rules != nil {
		rules, _ := c.rules.Validate(context.Background(), nil, c.schema, tree, nil, celconfig.RuntimeCELCostBudget)
		faults = append(faults, rules...)
	}
	for _, e := range faults {
		report.fromField(o, code, e)
	}
}

func (d *definition) serves(version string) bool {
	for _, v := range d.crd.Spec.Versions {
		if v.Name == version {
			return v.Served
		}
	}
	return false
}
