package compiler

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// names finds objects that would overwrite each other, and names that Kubernetes refuses at default values.
func (s *state) names() {
	seen := map[string]model.Object{}
	for _, o := range s.m.Objects {
		name := s.plainName(o.Name())
		group, _, _ := strings.Cut(o.APIVersion(), "/")
		key := fmt.Sprintf("%s/%s/%s/%s/%v", group, o.Kind(), model.MetaString(o.Tree, "namespace"), name, o.Each)
		if other, dup := seen[key]; dup {
			s.add(diag.Errorf(diag.DuplicateName, o.From, "two objects are the %s %s", o.Kind(), name).WithRelated(other.From, "the other"))
		}
		seen[key] = o
		s.nameLength(o, name)
	}
	s.featureNames()
}

// nameLimits are the greatest lengths of names that become part of a DNS name or a label, of 63 characters. To the name
// of a StatefulSet a label of its pods adds a dash and a hash of ten; to that of a CronJob its Jobs add a dash and ten digits.
var nameLimits = map[string]int{"Service": 63, "Deployment": 63, "StatefulSet": 52, "Job": 63, "CronJob": 52}

// nameLength holds names against those limits, and the others against that of apimachinery's validation.
func (s *state) nameLength(o model.Object, name string) {
	limit := cmp.Or(nameLimits[o.Kind()], 253)
	if len(name) > limit {
		s.add(diag.Errorf(diag.NameTooLong, s.named(o), "the name %s of a %s has %d characters: %d are allowed", name, o.Kind(), len(name), limit).
			WithHint("shorten the operator's name, or give the object a name of its own"))
	}
}

// named is where an object got its name: where it says one itself, or by what the names of opc's own objects begin with.
func (s *state) named(o model.Object) diag.Path {
	from := o.Trace("/metadata/name")
	switch {
	case from != o.From || !model.HasExpr(o.Name()):
		return from
	case s.spec.NamePrefix != nil:
		return "/namePrefix"
	}
	return "/name"
}

// featureNames finds parameters and features that would be the same Helm value, and environment variables set twice.
func (s *state) featureNames() {
	env := map[string]diag.Path{}
	for _, p := range s.m.Parameters {
		if s.has(p.Name) {
			s.errorf(diag.DuplicateName, p.From, "a feature and a parameter are both called %s", p.Name)
		}
		if other, dup := env[p.Env]; dup && p.Env != "" {
			s.add(diag.Errorf(diag.DuplicateName, p.From, "two settings use the environment variable %s", p.Env).WithRelated(other, "the other"))
		}
		env[p.Env] = p.From
	}
}
