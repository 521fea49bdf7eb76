package helm

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/internal/escape"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// The files of a chart that are text more than data. They are templates in double square brackets, since Helm's own
// stand in them.
var (
	//go:embed files/helpers.tpl
	helpersText string
	//go:embed files/NOTES.txt
	notesText string
	//go:embed files/README.md
	readmeText string
	//go:embed files/helmignore
	ignoreText string
)

var (
	helpersTemplate = parse("_helpers.tpl", helpersText)
	notesTemplate   = parse("NOTES.txt", notesText)
	readmeTemplate  = parse("README.md", readmeText)
)

func parse(name, text string) *template.Template {
	return template.Must(template.New(name).Delims("[[", "]]").Option("missingkey=error").Parse(text))
}

// documents writes what is neither an object nor a CustomResourceDefinition.
func (c *chart) documents() {
	c.chartYAML()
	c.valuesYAML()
	c.valuesSchema()
	c.fill("templates/_helpers.tpl", helpersTemplate, c.helpers())
	c.fill("templates/NOTES.txt", notesTemplate, c.notes())
	c.fill("README.md", readmeTemplate, c.readme())
	c.add(".helmignore", []byte(ignoreText), root(""))
}

func (c *chart) fill(name string, t *template.Template, data any) {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		c.diags = append(c.diags, diag.Errorf(diag.Internal, "", "the chart's %s: %v", name, err))
	}
	c.add(name, b.Bytes(), root(""))
}

// helperImage is an image for _helpers.tpl.
type helperImage struct {
	Doc, Helper, Values string
	AppVersion          bool // an empty tag stands for the chart's appVersion
}

// helperAccount is a service account for _helpers.tpl.
type helperAccount struct{ Doc, Helper, Values, Default string }

type helperData struct {
	Name          string
	Prefix        string // what the release's name is completed with, as an expression
	Base          string // what names begin with at default values, as an expression
	Images        []helperImage
	Accounts      []helperAccount
	Secrets       bool
	WebhookSecret string // the Secret's name at default values, as an expression
	Webhooks      bool
	Additions     []helperAddition
	Registry      bool // images can be moved to another registry
	Services      bool // the names of Services begin with the release's
}

// helperAddition is a list of the installer's and what it is held against, for _helpers.tpl.
type helperAddition struct {
	Doc, Helper, Path, Values, Key string
	Set                            []setBy
}

func (c *chart) helpers() helperData {
	d := helperData{
		Name: c.m.Name, Prefix: ".Chart.Name", Base: tree.Text(c.m.NamePrefix).Argument(),
		Webhooks: len(c.m.Webhooks.Hooks) > 0,
	}
	if c.m.NamePrefix != c.m.Name && c.m.NamePrefix != "" {
		d.Prefix = d.Base
	}
	d.Registry = c.values.at("global", "imageRegistry") != nil
	d.Secrets = len(c.secrets) > 0 && c.m.NamePrefix != ""
	for name, helper := range c.secrets { // one at most has a helper
		if helper != "" {
			d.WebhookSecret = c.secret(name, "").Argument()
		}
	}
	for _, i := range c.images {
		d.Images = append(d.Images, helperImage{"the image of " + owner(i.At), i.Helper, tree.Value(i.At...).String(), i.AppVersion})
	}
	for _, a := range c.accounts {
		d.Accounts = append(d.Accounts, helperAccount{"the pods of " + owner(a.At), a.Helper, tree.Value(a.At...).Argument(), a.Default.Argument()})
	}
	for _, a := range c.additions {
		d.Additions = append(d.Additions, helperAddition{owner(a.At), a.Helper, dotted(a.At), tree.Value(a.At...).Argument(), a.Key, a.Set})
	}
	d.Services = slices.ContainsFunc(c.m.Objects, func(o model.Object) bool { return o.Kind() == "Service" && model.HasExpr(o.Name()) })
	return d
}

// owner names the workload or container whose values stand at a path.
func owner(at []string) string {
	switch {
	case len(at) == 1:
		return "the operator"
	case at[0] != "workloads":
		return "the container " + at[1]
	case len(at) > 3:
		return "the container " + at[3] + " of the workload " + at[1]
	}
	return "the workload " + at[1]
}

// manyCRDs are more than the notes list one by one.
const manyCRDs = 8

type noteData struct {
	Name          string
	Workload      *workloadNote
	CRDs          []model.CRD
	Groups        []string // API groups, where there are many CRDs
	NeedsCA       string   // where nobody makes the CA of webhooks known, as a condition
	WebhookSecret bool
	KeepsCRDs     bool
	Images        []imageNote
}

// workloadNote is the workload whose pods people wait for.
type workloadNote struct {
	Kind  string // as kubectl takes it
	Name  string // as an expression
	Waits string // where kubectl can't wait for its pods, as a condition; "" where it always can
}

func (c *chart) workloadNote(w model.Workload, kind kube.WorkloadKind) *workloadNote {
	out := &workloadNote{Kind: strings.ToLower(w.Kind), Name: tree.Text(w.Name).String()}
	if model.HasExpr(w.Name) {
		out.Name = c.text(w.Name).String()
	}
	if slices.Contains(kind.Rollouts, any("OnDelete")) { // kubectl rollout status refuses it
		at := []string{kind.Rollout}
		if w.Key != "manager" {
			at = []string{"workloads", w.Key, kind.Rollout}
		}
		if c.values.at(at...) != nil {
			out.Waits = tree.Call("eq", tree.Call("dig", tree.Text("type"), tree.Text(""), tree.Call("default", tree.Call("dict"), tree.Value(at...))), tree.Text("OnDelete")).String()
		}
	}
	return out
}

// imageNote is for an image whose digest makes a tag that the installer sets useless.
type imageNote struct {
	Name   string // of its values
	Values string // the same as an expression
	Tag    string // the default, as an expression
}

func (c *chart) notes() noteData {
	d := noteData{Name: c.m.Name, CRDs: c.m.CRDs, KeepsCRDs: c.values.at("crds") != nil}
	for _, i := range c.images {
		d.Images = append(d.Images, imageNote{dotted(i.At), tree.Value(i.At...).String(), tree.Text(i.Tag).String()})
	}
	for _, w := range c.m.Workloads {
		if kind, keeps := kube.Workload(w.Kind); keeps {
			d.Workload = c.workloadNote(w, kind)
			break
		}
	}
	if len(d.CRDs) > manyCRDs {
		groups := map[string]bool{}
		for _, crd := range d.CRDs {
			groups[crd.Group] = true
		}
		d.CRDs, d.Groups = nil, slices.Sorted(maps.Keys(groups))
	}
	w := c.m.Webhooks
	if len(w.Hooks) == 0 || w.Certificates == model.CertServiceCA {
		return d
	}
	d.WebhookSecret = c.values.at(featureWebhook, "certificate", "secretName") != nil
	needs := c.feature(featureWebhook)
	if w.Certificates == model.CertManager {
		needs = needs.And(c.feature(featureCertManager).Not())
	}
	d.NeedsCA = needs.And(tree.If(tree.Value(featureWebhook, "certificate", "caBundle")).Not()).String()
	return d
}

type readmeRow struct{ Name, Default, Doc string }

type readmePart struct {
	Title string
	Rows  []readmeRow
}

type readmeData struct {
	Title, Description, Name, Version, Kubernetes, Source, License, Namespace string
	CertManager, Webhooks, Templates, Folder                                  bool
	Parts                                                                     []readmePart
}

func (c *chart) readme() readmeData {
	m := c.m
	d := readmeData{
		Title: escape.Markdown(m.DisplayName), Description: escape.Block(strings.TrimSpace(m.Description)), Name: m.Name, Version: m.Version,
		License: escape.Markdown(m.License), Namespace: m.Namespace,
		CertManager: c.values.at(featureCertManager) != nil, Webhooks: m.Webhooks.Certificates == model.CertManager,
		Templates: c.values.at("crds") != nil, Folder: len(m.CRDs) > 0 && m.Helm.CRDs == "crds",
	}
	switch {
	case strings.HasPrefix(d.Description, "# "):
		d.Title = "" // the description has one
	case d.Description == "" && m.Summary != "":
		d.Description = escape.Markdown(m.Summary)
	case d.Description == "":
		d.Description = "Helm chart of " + escape.Markdown(m.DisplayName) + "."
	}
	if m.Kubernetes != "" {
		d.Kubernetes = escape.Code(m.Kubernetes)
	}
	if m.Source != "" {
		d.Source = escape.Link(m.Source)
	}
	for _, p := range c.arrange() {
		part := readmePart{Title: p.title}
		for _, v := range p.values {
			part.Rows = append(part.Rows, v.rows()...)
		}
		d.Parts = append(d.Parts, part)
	}
	return d
}

// rows are a value's, or those of a group.
func (v *value) rows() []readmeRow {
	if v.leaf {
		return []readmeRow{{dotted(v.path), cell(v.def), escape.Cell(v.doc)}}
	}
	var out []readmeRow
	for _, f := range v.fields {
		out = append(out, f.rows()...)
	}
	return out
}

// cell is a default in a table of Markdown.
func cell(v any) string {
	if v == nil {
		return ""
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return ""
	}
	return escape.Code(strings.TrimSpace(b.String()))
}
