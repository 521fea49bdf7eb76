package submit

import (
	"regexp"
	"strconv"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// field is one of a ClusterServiceVersion that the catalogs check.
type field struct {
	at      []string // in the ClusterServiceVersion
	path    diag.Path
	valid   func(any) bool
	want    string
	refused bool // else it is a warning
}

// fields are those of check_required_fields.
var fields = []field{
	{[]string{"spec", "displayName"}, "/displayName", atLeast(3), "at least 3 characters", true},
	{[]string{"spec", "description"}, "/description", atLeast(20), "at least 20 characters", true},
	{[]string{"spec", "icon"}, "/icon", some, "a picture", true},
	{[]string{"spec", "maintainers"}, "/maintainers", each("name", "email"), "at least one, with name and email", true},
	{[]string{"spec", "provider", "name"}, "/provider", atLeast(3), "at least 3 characters", true},
	{[]string{"spec", "links"}, "/links", each("name", "url"), "at least one, with name and url", true},
	{[]string{"spec", "keywords"}, "/keywords", some, "at least one", false},
	{annotation("capabilities"), "/capabilities", some, "a level such as Basic Install", false},
	{annotation("categories"), "/categories", some, "categories such as Database", false},
	{annotation("containerImage"), "/image", matching(`^([^/]+/){1,}[^/:]+:.+`), "an image with a tag or digest", false},
	{annotation("createdAt"), "/release/date", some, "the date of the release", false},
	{annotation("repository"), "/source", matching(`^https?://.+`), "an address that begins with https://", false},
	{annotation("support"), "/provider", atLeast(3), "at least 3 characters", false},
	{annotation("description"), "/summary", atLeast(10), "at least 10 characters", false},
}

func annotation(name string) []string { return []string{"metadata", "annotations", name} }

// requiredFields checks what the catalogs require of a ClusterServiceVersion.
func (p *plan) requiredFields(csv kube.Tree) {
	for _, f := range fields {
		v := kube.At(csv, f.at...)
		if v != nil && f.valid(v) {
			continue
		}
		name := f.at[0]
		for _, elem := range f.at[1:] {
			name += "." + elem
		}
		problem := "is not what the catalogs require"
		if v == nil {
			problem = "is missing"
		}
		p.refused(f.path, "check_required_fields", "%s %s: expected %s", name, problem, f.want).
			WithHint("set %s in the description", f.path.Dotted())
		if !f.refused {
			p.diags[len(p.diags)-1].Severity = diag.Warning
		}
	}
}

func some(v any) bool {
	switch t := v.(type) {
	case string:
		return t != ""
	case []any:
		return len(t) > 0
	}
	return v != nil
}

func atLeast(n int) func(any) bool {
	return func(v any) bool { s, _ := v.(string); return len([]rune(s)) >= n }
}

func matching(pattern string) func(any) bool {
	re := regexp.MustCompile(pattern)
	return func(v any) bool { s, _ := v.(string); return re.MatchString(s) }
}

// each reports whether a value is a list whose entries have fields.
func each(names ...string) func(any) bool {
	return func(v any) bool {
		list, _ := v.([]any)
		for _, e := range list {
			entry, _ := e.(map[string]any)
			for _, n := range names {
				if s, _ := entry[n].(string); s == "" {
					return false
				}
			}
		}
		return len(list) > 0
	}
}

// config checks the fields of ci.yaml (check_schema_operator_ci_config, check_catalog_usage_ci_config).
func (p *plan) config() {
	const schema, usage = "check_schema_operator_ci_config", "check_catalog_usage_ci_config"
	tree, _ := p.ci.Value.(map[string]any)
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
	list, _ := v.([]any)
	for _, e := range list {
		if _, ok := e.(string); !ok {
			return false
		}
	}
	return len(list) > 0
}
