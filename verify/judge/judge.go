// Package judge holds what opc asks of Kubernetes objects before a cluster does: that the API server would take them,
// and that what one of them names is made by another. A judge of objects sees one at a time, a judge of sets sees all
// that an installer leaves. Where a library of Kubernetes' own can judge, it does.
package judge

import (
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// Subject is an object with its Go value, where Kubernetes' API has a type for it.
type Subject struct {
	*kube.Object
	Typed runtime.Object // nil for kinds of other APIs, and for what has not its kind's shape
}

// Report takes a finding.
type Report func(kube.Finding)

func (r Report) error(o *kube.Object, code diag.Code, pointer, format string, args ...any) {
	r(kube.Of(o, code, diag.Error, pointer, format, args...))
}

func (r Report) warn(o *kube.Object, code diag.Code, pointer, format string, args ...any) {
	r(kube.Of(o, code, diag.Warning, pointer, format, args...))
}

// Context is what judges know beside the objects they see.
type Context struct {
	// MinKube is the least version of Kubernetes that must take the objects, as x.y.z; "" when unknown.
	MinKube string
	// Restricted asks for Pod Security's strictest level.
	Restricted bool
	Install

	definitions *remembered
}

// Install is what judges of sets know of one install.
type Install struct {
	// Provided reports whether a person or another program makes what is referred to: a Secret, a ConfigMap, a
	// ServiceAccount, or the CA of the webhooks behind a Service.
	Provided func(kind, name string) bool
	// Lost are labels of pods whose owner the installer can't carry. That loss is reported of the owner, and not again of what
	// selects the pods.
	Lost []map[string]string
	// Unmade are the objects that the installer can't carry, such as "Certificate serving-cert", by the kind and name of what
	// they would make, such as "Secret webhook-server-cert".
	Unmade map[string]string
	// Complete tells that nothing else is installed beside the set: no person fills in what it lacks.
	Complete bool
}

// lost reports whether a selector is that of pods whose owner the installer can't carry.
func (i *Install) lost(selector labels.Selector) bool {
	return slices.ContainsFunc(i.Lost, func(pod map[string]string) bool { return selector.Matches(labels.Set(pod)) })
}

func (i *Install) provided(kind, name string) bool {
	return i.Provided != nil && i.Provided(kind, name)
}

// Entry is a judge as it is documented: its name, what it holds, and the rules that its findings are told by.
type Entry struct {
	Name, Doc string
	Codes     []diag.Code
}

// ofObject is a judge of one object.
type ofObject struct {
	Entry
	run func(*Subject, *Context, Report)
}

// ofSet is a judge of all objects of an install.
type ofSet struct {
	Entry
	run func(*set, *Context, Report)
}

// shapes is how objects are decoded, before the judges see them.
var shapes = Entry{"shape", "Every object of Kubernetes' own APIs is decoded strictly: an unknown field or a wrong type is told with its path, and so is an object that is too large for a cluster to store.",
	codes(diag.BadManifest, diag.UnknownAPIField, diag.InvalidObject, diag.RemovedAPI)}

func codes(list ...diag.Code) []diag.Code { return list }

var ofObjects = []ofObject{
	{Entry{"names and labels", "apimachinery's own validation of names, labels and annotations, with each kind's rule for names; after every prefix, and the longest release name that Helm takes.",
		codes(diag.BadManifest, diag.InvalidObject)}, metadata},
	{Entry{"removed APIs", "API versions that the oldest supported Kubernetes no longer serves, or that none does.",
		codes(diag.RemovedAPI)}, removed},
	{Entry{"pods", "What the API server's validation asks of pods: names, ports, volumes and their mounts, resources, selectors; and two servers on one port.",
		codes(diag.InvalidObject, diag.LeadsNowhere)}, pods},
	{Entry{"pod security", "Kubernetes' Pod Security policies: baseline as a warning, restricted as an error where it is asked for.",
		codes(diag.PodSecurity)}, podSecurity},
	{Entry{"webhooks", "What the API server asks of webhook configurations.",
		codes(diag.InvalidObject)}, webhooks},
	{Entry{"definitions", "apiextensions' own validation of CustomResourceDefinitions: structural schemas, defaults, CEL and its cost.",
		codes(diag.CRDRefused)}, definitions},
}

var ofSets = []ofSet{
	{Entry{"duplicates", "Objects that would overwrite each other.",
		codes(diag.ObjectTwice)}, duplicates},
	{Entry{"services", "Services, PodDisruptionBudgets, NetworkPolicies and ServiceMonitors that select nothing, and ports that lead nowhere.",
		codes(diag.LeadsNowhere, diag.SelectsNothing)}, services},
	{Entry{"secrets", "Secrets and ConfigMaps that pods need and nothing makes.",
		codes(diag.NobodyMakes)}, secrets},
	{Entry{"accounts", "Service accounts, roles and subjects that do not exist, and bindings to cluster-admin.",
		codes(diag.InvalidObject, diag.LeadsNowhere, diag.BroadPermission)}, accounts},
	{Entry{"webhook services", "Webhooks that no Service, port or certificate stands behind.",
		codes(diag.LeadsNowhere, diag.WebhookUncalled)}, webhookServices},
	{Entry{"permissions", "RBAC rules for everything, and those that let the operator take rights that it does not have; with the profile restricted also every verb, and every Secret.",
		codes(diag.BroadPermission)}, permissions},
	{Entry{"resources of rules", "RBAC rules for API groups that no cluster has, and for resources that their group does not have.",
		codes(diag.UnknownResource)}, ruleResources},
	{Entry{"custom objects", "Objects of the operator's own APIs, held against their schema and CEL rules.",
		codes(diag.InvalidObject)}, customObjects},
}

// Doc lists the judges in the order in which they are documented.
func Doc() []Entry {
	out := []Entry{shapes}
	for _, j := range ofObjects {
		out = append(out, j.Entry)
	}
	for _, j := range ofSets {
		out = append(out, j.Entry)
	}
	return append(out, Entry{"examples", "The description's examples and a bundle's alm-examples, held against the definitions.", codes(diag.ExampleRefused)})
}

// Bench judges objects, each only once however many sets it stands in: parsers share objects between renderings.
type Bench struct {
	ctx  Context
	mu   sync.Mutex
	seen map[*kube.Object]*verdict
}

type verdict struct {
	once     sync.Once
	subject  *Subject
	findings []kube.Finding
}

// NewBench makes a bench of judges.
func NewBench(ctx Context) *Bench {
	ctx.definitions = &remembered{}
	return &Bench{ctx: ctx, seen: map[*kube.Object]*verdict{}}
}

func (b *Bench) verdict(o *kube.Object) *verdict {
	b.mu.Lock()
	v := b.seen[o]
	if v == nil {
		v = &verdict{}
		b.seen[o] = v
	}
	b.mu.Unlock()
	v.once.Do(func() {
		report := Report(func(f kube.Finding) { v.findings = append(v.findings, f) })
		size(o, report)
		v.subject = &Subject{Object: o, Typed: decode(o, report)}
		for _, j := range ofObjects {
			j.run(v.subject, &b.ctx, report)
		}
	})
	return v
}

// Objects judges each object by itself.
func (b *Bench) Objects(objects []*kube.Object) []kube.Finding {
	var out []kube.Finding
	for _, o := range objects {
		out = append(out, b.verdict(o).findings...)
	}
	return out
}

// Set judges the objects of an install, one by one and together.
func (b *Bench) Set(s kube.Set, install Install) []kube.Finding {
	ctx := b.ctx
	ctx.Install = install
	out := b.Objects(s.Objects)
	joined := newSet(s, func(o *kube.Object) *Subject { return b.verdict(o).subject })
	report := Report(func(f kube.Finding) { out = append(out, f) })
	for _, j := range ofSets {
		j.run(joined, &ctx, report)
	}
	return out
}

// Knows reports whether the object's API is one of Kubernetes' own, or of those that extend it for operators: its fields
// are judged by their types.
func (b *Bench) Knows(o *kube.Object) bool {
	_, ok := groups()[o.Group()]
	return ok
}
