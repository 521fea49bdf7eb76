package submit

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// templateName is the catalog template of an operator that begins with a file-based catalog. The pipeline writes it when it
// released the first bundle, since only then the bundle's image is known.
const templateName = "basic.yaml"

// mergeCI adds to ci.yaml what the options say. The text is edited and not written anew, so that no comment, field or order
// is lost.
func (p *plan) mergeCI() (text []byte, changed bool) {
	if p.ciText == nil {
		return p.newCI(), true
	}
	tree, ok := p.ci.Value.(map[string]any)
	if !ok && p.ci.Value != nil {
		p.fault(diag.Checkout, p.ciName(), "ci.yaml is not a map: expected fields such as reviewers")
		return nil, false
	}
	if len(p.opts.Catalogs) > 0 && !p.fbc() {
		p.fault(diag.Checkout, p.ciName(), "the operator has no file-based catalog: --catalogs is for new operators")
		p.hint("convert it first: https://redhat-openshift-ecosystem.github.io/operator-pipelines/users/fbc_onboarding/")
		return nil, false
	}
	add := map[string]any{}
	out := string(p.ciText)
	if project := kube.Text(tree["cert_project_id"]); p.opts.CertProject != "" && project != p.opts.CertProject {
		if project != "" {
			p.fault(diag.Checkout, p.ciName(), "cert_project_id is %q, not %q", project, p.opts.CertProject)
			return nil, false
		}
		add["cert_project_id"] = p.opts.CertProject
		out = appended(out, "cert_project_id: "+strconv.Quote(p.opts.CertProject))
	}
	known := kube.List(tree["reviewers"])
	if fresh := p.newReviewers(known); len(fresh) > 0 {
		add["reviewers"] = slices.Concat(known, fresh)
		if out, ok = p.addReviewers(out, known, fresh); !ok {
			return nil, false
		}
	}
	if len(add) == 0 {
		return p.ciText, false
	}
	return p.proved(out, tree, add)
}

func (p *plan) hint(text string) { p.diags[len(p.diags)-1].Hint = text }

// proved reads what was made of ci.yaml: it must say what it said before, and what was added.
func (p *plan) proved(out string, tree, add map[string]any) ([]byte, bool) {
	want := map[string]any{}
	for _, from := range []map[string]any{tree, add} {
		for k, v := range from {
			want[k] = v
		}
	}
	docs, faults := kube.Read("ci.yaml", []byte(out))
	if len(faults) > 0 || len(docs) != 1 || !reflect.DeepEqual(docs[0].Value, want) {
		p.fault(diag.Checkout, p.ciName(), "ci.yaml is written in a way to which opc can't add")
		p.hint("add " + strings.Join(emit.SortedKeys(add, nil), " and ") + " by hand, and run opc submit again")
		return nil, false
	}
	return []byte(out), true
}

// newReviewers are those that are not there yet. GitHub does not tell capitals apart.
func (p *plan) newReviewers(known []any) []any {
	var out []any
	for _, r := range p.opts.Reviewers {
		if !slices.ContainsFunc(slices.Concat(known, out), func(k any) bool { s := kube.Text(k); return strings.EqualFold(s, r) }) {
			out = append(out, r)
		}
	}
	return out
}

// addReviewers adds lines below the last reviewer, or the field where there is none.
func (p *plan) addReviewers(text string, known, fresh []any) (string, bool) {
	if len(known) == 0 {
		if _, exact := p.ci.Find("reviewers"); exact {
			p.fault(diag.Checkout, p.ciName(), "the list of reviewers is empty")
			p.hint("remove the field reviewers, and run opc submit again")
			return "", false
		}
		lines := []string{"reviewers:"}
		for _, r := range fresh {
			lines = append(lines, fmt.Sprintf("  - %s", r))
		}
		return appended(text, lines...), true
	}
	last, _ := p.ci.Find("reviewers", strconv.Itoa(len(known)-1))
	line, col := last.Pos()
	lines := strings.SplitAfter(text, "\n")
	at := lines[line-1]
	if dash := strings.LastIndex(at[:col-1], "- "); dash >= 0 && strings.TrimSpace(at[:dash]) == "" {
		var b strings.Builder
		if !strings.HasSuffix(at, "\n") {
			b.WriteString("\n")
		}
		for _, r := range fresh {
			fmt.Fprintf(&b, "%s- %s\n", at[:dash], r)
		}
		lines[line-1] = at + b.String()
	} else if end := strings.Index(at[col-1:], "]"); end >= 0 {
		end += col - 1
		for i := len(fresh) - 1; i >= 0; i-- {
			at = fmt.Sprintf("%s, %s%s", at[:end], fresh[i], at[end:])
		}
		lines[line-1] = at
	}
	return strings.Join(lines, ""), true
}

// appended adds lines at the end of a text.
func appended(text string, lines ...string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text + strings.Join(lines, "\n") + "\n"
}

// newCI is the ci.yaml of a new operator.
func (p *plan) newCI() []byte {
	tree := map[string]any{}
	if len(p.opts.Reviewers) > 0 {
		tree["reviewers"] = p.newReviewers(nil)
	}
	if p.opts.CertProject != "" {
		tree["cert_project_id"] = p.opts.CertProject
	}
	if len(p.opts.Catalogs) > 0 {
		catalogs := []any{}
		for _, c := range p.opts.Catalogs {
			catalogs = append(catalogs, c)
		}
		tree["fbc"] = map[string]any{"enabled": true, "catalog_mapping": []any{
			map[string]any{"template_name": templateName, "catalog_names": catalogs, "type": basicTemplate},
		}}
	} else {
		tree["updateGraph"] = "replaces-mode"
	}
	text := emit.PlainYAML(tree, "")
	docs, _ := kube.Read("ci.yaml", text)
	p.ci = docs[0]
	return append([]byte("---\n"), text...)
}

// fbc reports whether the operator has a file-based catalog.
func (p *plan) fbc() bool {
	tree := kube.Map(p.ci.Value)
	on, _ := kube.At(tree, "fbc", "enabled").(bool)
	return on
}
