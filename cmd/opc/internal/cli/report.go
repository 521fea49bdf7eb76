package cli

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/opc-project/opc/cmd/opc/internal/build"
	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/diff/render"
	"github.com/opc-project/opc/internal/escape"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/bundle"
)

//go:embed report.html
var reportText string

var reportPage = template.Must(template.New("report").Funcs(template.FuncMap{"style": render.Style, "upper": func(s string) string {
	return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):]
}}).Parse(reportText))

// compiledPage is what the page of a compile shows.
type compiledPage struct {
	Title, Summary string
	Cards          []reportCard
	Objects        []reportObject
	Findings       diag.List
	Settings       []model.Parameter
	Accounts       []reportAccount
	Targets        []reportTarget
}

type reportCard struct {
	Name  string
	Count int
}

type reportObject struct {
	Kind, Name string
	Plain, OLM bool // whether the chart, the overlay and the manifest install it; whether OLM does
}

type reportAccount struct {
	Name  string
	Lines []string
}

type reportTarget struct {
	Name  string
	Files int
	Size  string
}

// writeReport writes the page of a compile without errors.
func writeReport(file string, r *build.Result) error {
	var b strings.Builder
	if err := reportOf(r, &b); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}

func reportOf(r *build.Result, w io.Writer) error {
	o := r.Operator
	p := compiledPage{Title: o.Name + " " + o.Version, Summary: o.Summary, Findings: r.Findings, Settings: o.Parameters}
	objects := o.Install(o.DefaultOverlay(), "Helm")
	p.Objects = reportObjects(objects, bundled(r))
	p.Accounts = accountsOf(objects)
	files := 0
	for _, name := range unique(append(targetNames(), r.Plan.Targets()...)) {
		t := reportTarget{Name: name}
		size := 0
		for _, f := range r.Plan.Files {
			if f.Target == name && f.New != nil {
				t.Files++
				size += len(f.New)
			}
		}
		if t.Size = fmt.Sprintf("%.1f KiB", float64(size)/1024); t.Files > 0 {
			p.Targets = append(p.Targets, t)
		}
		files += t.Files
	}
	p.Cards = []reportCard{{"objects", len(p.Objects)}, {"APIs", len(o.CRDs)}, {"parameters", len(o.Parameters)}, {"features", len(o.Features)}, {"findings", len(p.Findings)}, {"files", files}}
	var b strings.Builder
	if err := reportPage.Execute(&b, p); err != nil {
		return err
	}
	_, err := io.WriteString(w, escape.Text(b.String()))
	return err
}

// bundled are the objects that OLM creates from the bundle, by kind and name.
func bundled(r *build.Result) map[string]bool {
	files := map[string][]byte{}
	for _, f := range r.Plan.Files {
		if rest, ok := strings.CutPrefix(f.Name, "bundle/"); ok && f.New != nil {
			files[rest] = f.New
		}
	}
	out := map[string]bool{}
	if len(files) == 0 {
		return out
	}
	b, _ := bundle.Load("bundle", files)
	for _, obj := range b.Install("operators") {
		out[obj.Kind()+" "+obj.Name()] = true
	}
	return out
}

func reportObjects(objects []model.Object, olm map[string]bool) []reportObject {
	var out []reportObject
	seen := map[string]bool{}
	for _, obj := range objects {
		key := obj.Kind() + " " + obj.Name()
		seen[key] = true
		out = append(out, reportObject{Kind: obj.Kind(), Name: obj.Name(), Plain: true, OLM: olm[key]})
	}
	for _, key := range slices.Sorted(maps.Keys(olm)) {
		if kind, name, _ := strings.Cut(key, " "); !seen[key] {
			out = append(out, reportObject{Kind: kind, Name: name, OLM: true})
		}
	}
	slices.SortStableFunc(out, func(a, b reportObject) int {
		return strings.Compare(a.Kind+" "+a.Name, b.Kind+" "+b.Name)
	})
	return out
}

// accountsOf says in words what each account may do, by the roles that are bound to it.
func accountsOf(objects []model.Object) []reportAccount {
	rules := map[string][]string{}
	for _, o := range objects {
		if kind := o.Kind(); kind == "Role" || kind == "ClusterRole" {
			list := kube.List(o.Tree["rules"])
			for _, e := range list {
				rule := kube.Map(e)
				rules[kind+" "+o.Name()] = append(rules[kind+" "+o.Name()], inPlainWords(rule))
			}
		}
	}
	lines := map[string][]string{}
	for _, o := range objects {
		if o.Kind() != "RoleBinding" && o.Kind() != "ClusterRoleBinding" {
			continue
		}
		kind := kube.Text(model.At(o.Tree, "roleRef", "kind"))
		name := kube.Text(model.At(o.Tree, "roleRef", "name"))
		where := "in the whole cluster"
		if ns := model.MetaString(o.Tree, "namespace"); o.Kind() == "RoleBinding" {
			where = "in the namespace " + ns
		}
		said := rules[kind+" "+name]
		if said == nil {
			said = []string{"all that the " + kind + " " + name + " permits"}
		}
		subjects := kube.List(o.Tree["subjects"])
		for _, e := range subjects {
			subject := kube.Map(e)
			who := fmt.Sprintf("%v %v", subject["kind"], subject["name"])
			for _, text := range said {
				lines[who] = append(lines[who], text+" "+where)
			}
		}
	}
	var out []reportAccount
	for _, who := range slices.Sorted(maps.Keys(lines)) {
		out = append(out, reportAccount{who, lines[who]})
	}
	return out
}

// inPlainWords reads a rule as a sentence: get and list pods.
func inPlainWords(rule model.Tree) string {
	words := func(field string) []string {
		list := kube.List(rule[field])
		var out []string
		for _, e := range list {
			out = append(out, fmt.Sprint(e))
		}
		return out
	}
	verbs, what := and(words("verbs")), and(words("resources"))
	if slices.Contains(words("verbs"), "*") {
		verbs = "do anything with"
	}
	if slices.Contains(words("resources"), "*") {
		what = "all resources"
	}
	if urls := words("nonResourceURLs"); len(urls) > 0 {
		return verbs + " the address " + and(urls)
	}
	if names := words("resourceNames"); len(names) > 0 {
		what += " called " + and(names)
	}
	switch groups := words("apiGroups"); {
	case slices.Contains(groups, "*"):
		what += " of every API group"
	case len(groups) > 0 && (len(groups) > 1 || groups[0] != ""):
		for i, g := range groups {
			if g == "" {
				groups[i] = "core"
			}
		}
		what += " of " + and(groups)
	}
	return verbs + " " + what
}

// and joins words as a sentence does.
func and(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
