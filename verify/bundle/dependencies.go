package bundle

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/blang/semver/v4"
	"github.com/operator-framework/api/pkg/constraints"
	"github.com/operator-framework/operator-registry/alpha/property"
	"github.com/operator-framework/operator-registry/pkg/registry"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// requirements judges metadata/dependencies.yaml and properties.yaml with the code that opm and OLM read them by.
func (b *Bundle) requirements() []finding.Finding {
	var out []finding.Finding
	for i, e := range b.dependencies {
		for _, f := range dependencyFaults(e) {
			at := kube.Place{File: path.Join(b.Dir, "metadata/dependencies.yaml"), Pointer: fmt.Sprintf("/dependencies/%d%s", i, f.pointer)}
			out = append(out, finding.InFile(at, diag.BundleInvalid, diag.Error, "olm: %s", f.text).WithHint("%s", f.hint))
		}
	}
	most := 0 // the properties olm.maxOpenShiftVersion
	for i, e := range b.properties {
		faults := propertyFaults(e)
		if entry := kube.Map(e); entry["type"] == maxOpenShift {
			if most++; most > 1 {
				faults = append(faults, entryFault{"", "the property " + maxOpenShift + " is set twice: OLM accepts one", "keep the lowest version"})
			}
		}
		for _, f := range faults {
			at := kube.Place{File: path.Join(b.Dir, "metadata/properties.yaml"), Pointer: fmt.Sprintf("/properties/%d%s", i, f.pointer)}
			out = append(out, finding.InFile(at, diag.BundleInvalid, diag.Error, "olm: %s", f.text).WithHint("%s", f.hint))
		}
	}
	return out
}

// entryFault is what is wrong with an entry of one of the files.
type entryFault struct{ pointer, text, hint string }

// maxOpenShift is the type of the property that keeps a cluster from being upgraded past a version.
const maxOpenShift = "olm.maxOpenShiftVersion"

const rangeHint = `write a range such as ">=1.0.0 <2.0.0"`

func dependencyFaults(e any) []entryFault {
	entry := kube.Map(e)
	kind := kube.Text(entry["type"])
	if kind == constraints.OLMConstraintType {
		return constraintFaults(entry["value"])
	}
	value, err := json.Marshal(entry["value"])
	if err != nil {
		return []entryFault{{"/value", err.Error(), "see the type's fields in OLM's documentation"}}
	}
	d := registry.Dependency{Type: kind, Value: value}
	var errs []error
	pointer, hint := "/value", "see the type's fields in OLM's documentation"
	switch typed := d.GetTypeValue().(type) {
	case registry.GVKDependency:
		errs, hint = typed.Validate(), "set group, version and kind of the API"
	case registry.LabelDependency:
		errs, hint = typed.Validate(), "set the label"
	case registry.PackageDependency:
		if errs, hint = typed.Validate(), rangeHint; typed.PackageName != "" && typed.Version != "" {
			pointer = "/value/version"
		}
	default:
		return []entryFault{{"/type", fmt.Sprintf("the dependency's type %q is unknown", kind), "use olm.package, olm.gvk, olm.label or olm.constraint"}}
	}
	var out []entryFault
	for _, err := range errs {
		text := err.Error()
		if !strings.HasPrefix(text, "API") {
			text = strings.ToLower(text[:1]) + text[1:]
		}
		if v, ok := model.At(entry, "value", "version").(string); ok && pointer != "/value" {
			text = fmt.Sprintf("%q is not a version range", v)
		}
		out = append(out, entryFault{pointer, text, hint})
	}
	return out
}

// constraintFaults judges an olm.constraint.
func constraintFaults(value any) []entryFault {
	data, err := json.Marshal(value)
	if err != nil {
		return []entryFault{{"/value", err.Error(), "use one of cel, package, gvk, all, any and not"}}
	}
	c, err := constraints.Parse(data)
	if err != nil {
		return []entryFault{{"/value", "the constraint can't be read: " + strings.TrimPrefix(err.Error(), "json: "), "use one of cel, package, gvk, all, any and not"}}
	}
	return nested(c, "/value")
}

func nested(c constraints.Constraint, at string) []entryFault {
	var out []entryFault
	said := 0
	if c.Cel != nil {
		said++
		if _, err := constraints.NewCelEnvironment().Validate(c.Cel.Rule); err != nil {
			first, _, _ := strings.Cut(err.Error(), "\n")
			out = append(out, entryFault{at + "/cel/rule", "the CEL expression is invalid: " + first, "see CEL constraints in OLM's documentation"})
		}
	}
	if p := c.Package; p != nil {
		said++
		switch _, err := semver.ParseRange(p.VersionRange); {
		case p.PackageName == "":
			out = append(out, entryFault{at + "/package", "the package name is empty", "set packageName"})
		case err != nil:
			out = append(out, entryFault{at + "/package/versionRange", fmt.Sprintf("%q is not a version range", p.VersionRange), rangeHint})
		}
	}
	if g := c.GVK; g != nil {
		said++
		if g.Group == "" || g.Kind == "" || g.Version == "" {
			out = append(out, entryFault{at + "/gvk", "group, version or kind of the API is empty", "set all three"})
		}
	}
	for _, compound := range []struct {
		name string
		list *constraints.CompoundConstraint
	}{{"all", c.All}, {"any", c.Any}, {"not", c.Not}} {
		if compound.list == nil {
			continue
		}
		said++
		for i, inner := range compound.list.Constraints {
			out = append(out, nested(inner, fmt.Sprintf("%s/%s/constraints/%d", at, compound.name, i))...)
		}
	}
	if said != 1 {
		out = append(out, entryFault{at, fmt.Sprintf("the constraint has %d conditions: expected exactly one", said), "use one of cel, package, gvk, all, any and not"})
	}
	return out
}

func propertyFaults(e any) []entryFault {
	entry := kube.Map(e)
	kind := kube.Text(entry["type"])
	value, err := json.Marshal(entry["value"])
	switch {
	case kind == "":
		return []entryFault{{"/type", "the property has no type", "set type and value"}}
	case err != nil || entry["value"] == nil:
		return []entryFault{{"/value", fmt.Sprintf("the property %s has no value", kind), "set type and value"}}
	case kind == constraints.OLMConstraintType:
		return constraintFaults(entry["value"])
	case kind == maxOpenShift:
		text, ok := entry["value"].(string)
		if !ok {
			return []entryFault{{"/value", fmt.Sprintf("the version is the number %s: expected text, since the number 4.20 is 4.2", value), `put it in quotes: "4.20"`}}
		}
		if v, err := semver.ParseTolerant(text); err != nil || !v.EQ(semver.Version{Major: v.Major, Minor: v.Minor}) {
			return []entryFault{{"/value", fmt.Sprintf("%q is not a minor version of OpenShift: OLM would block every upgrade of the cluster", text), `write major and minor only, such as "4.20"`}}
		}
	}
	if _, err := property.Parse([]property.Property{{Type: kind, Value: value}}); err != nil {
		return []entryFault{{"/value", fmt.Sprintf("the value of %s can't be read: %v", kind, err), "see the type's fields in OLM's documentation"}}
	}
	if kind == property.TypePackageRequired {
		if text := kube.Text(model.At(entry, "value", "versionRange")); text == "" || invalidRange(text) {
			return []entryFault{{"/value/versionRange", fmt.Sprintf("%q is not a version range", text), rangeHint}}
		}
	}
	return nil
}

func invalidRange(text string) bool {
	_, err := semver.ParseRange(text)
	return err != nil
}
