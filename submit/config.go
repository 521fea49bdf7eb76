package submit

import (
	"strconv"

	"github.com/opc-project/opc/kube"
)

// config checks the fields of ci.yaml (check_schema_operator_ci_config, check_catalog_usage_ci_config).
func (p *plan) config() {
	const schema, usage = "check_schema_operator_ci_config", "check_catalog_usage_ci_config"
	tree := kube.Map(p.ci.Value)
	p.oneOf(tree["updateGraph"], []string{"updateGraph"}, "replaces-mode", "semver-mode")
	p.oneOf(kube.At(tree, "fbc", "version_promotion_strategy"), []string{"fbc", "version_promotion_strategy"}, "review-needed", "always", "never")
	if v, ok := tree["reviewers"]; ok && !texts(v) {
		p.refusedAt(p.ci, p.ciName(), []string{"reviewers"}, schema, "reviewers is not a list of names")
	}
	in := map[string]string{}
	for i, m := range p.mappings() {
		at := []string{"fbc", "catalog_mapping", strconv.Itoa(i)}
		if m.template == "" || len(m.catalogs) == 0 {
			p.refusedAt(p.ci, p.ciName(), at, schema, "an entry of catalog_mapping needs template_name, catalog_names and type")
			continue
		}
		p.oneOf(any(m.kind), append(at, "type"), basicTemplate, semverTemplate)
		for _, c := range m.catalogs {
			if other, twice := in[c]; twice {
				p.refusedAt(p.ci, p.ciName(), at, usage, "the catalog %s is mapped to %s, too", c, other)
			}
			in[c] = m.template
		}
	}
}

// oneOf checks a field of ci.yaml with a list of values; it may be missing.
func (p *plan) oneOf(v any, at []string, values ...string) {
	if v == nil {
		return
	}
	for _, known := range values {
		if v == any(known) {
			return
		}
	}
	p.refusedAt(p.ci, p.ciName(), at, "check_schema_operator_ci_config", "%v is none of %v", v, values)
}

func texts(v any) bool {
	list := kube.List(v)
	for _, e := range list {
		if _, ok := e.(string); !ok {
			return false
		}
	}
	return len(list) > 0
}
