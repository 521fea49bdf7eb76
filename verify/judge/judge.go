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
	"github.com/opc-project/opc/verify/finding"
)

// Subject is an object with its Go value, where Kubernetes' API has a type for it.
type Subject struct {
	*kube.Object
	Typed runtime.Object // nil for kinds of other APIs, and for what has not its kind's shape
}

// Report takes a finding.
type Report func(finding.Finding)

func (r Report) error(o *kube.Object, code diag.Code, pointer, format string, args ...any) {
	r(finding.Of(o, code, diag.Error, pointer, format, args...))
}

func (r Report) warn(o *kube.Object, code diag.Code, pointer, format string, args ...any) {
	r(finding.Of(o, code, diag.Warning, pointer, format, args...))
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
var shapes = Entry{"shape", "Decodes every object of Kubernetes' own APIs strictly: reports unknown fields and wrong types with their path, and objects that are too large for a cluster.",
	codes(diag.BadManifest, diag.UnknownAPIField, diag.InvalidObject, diag.RemovedAPI)}

func codes(list ...diag.Code) []diag.Code { return list }

var ofObjects = []ofObject{
	{Entry{"names and labels", "Validates names, labels and annotations with apimachinery, with the naming rule of each kind, with every prefix and the longest release name that Helm allows.",
		codes(diag.BadManifest, diag.InvalidObject)}, metadata},
	{Entry{"removed APIs", "Reports API versions that the oldest supported Kubernetes version no longer serves, or that no version serves.",
		codes(diag.RemovedAPI)}, removed},
	{Entry{"pods", "Validates pods as the API server does: names, ports, volumes and mounts, resources, selectors. Also reports two servers on one port.",
		codes(diag.InvalidObject, diag.LeadsNowhere)}, pods},
	{Entry{"pod security", "Checks the Pod Security Standards: baseline with warnings, restricted with errors if its profile is set.",
		codes(diag.PodSecurity)}, podSecurity},
	{Entry{"webhooks", "Validates webhook configurations as the API server does.",
		codes(diag.InvalidObject)}, webhooks},
	{Entry{"definitions", "Validates CustomResourceDefinitions with apiextensions: structural schemas, defaults, CEL rules and their cost.",
		codes(diag.CRDRefused)}, definitions},
}

var ofSets = []ofSet{
	{Entry{"duplicates", "Reports objects that would overwrite each other.",
		codes(diag.ObjectTwice)}, duplicates},
	{Entry{"services", "Reports Services, PodDisruptionBudgets, NetworkPolicies and ServiceMonitors that select nothing, and references to ports that do not exist.",
		codes(diag.LeadsNowhere, diag.SelectsNothing)}, services},
	{Entry{"secrets", "Reports Secrets and ConfigMaps that pods require and that are never created.",
		codes(diag.NobodyMakes)}, secrets},
	{Entry{"accounts", "Reports service accounts, roles and subjects that do not exist, and bindings to cluster-admin.",
		codes(diag.InvalidObject, diag.LeadsNowhere, diag.BroadPermission)}, accounts},
	{Entry{"webhook services", "Reports webhooks without a Service, a port or a certificate.",
		codes(diag.LeadsNowhere, diag.WebhookUncalled)}, webhookServices},
	{Entry{"permissions", "Reports RBAC rules for everything, and rules that allow the operator to gain permissions. With the profile restricted, also rules for all verbs and for all Secrets.",
		codes(diag.BroadPermission)}, permissions},
	{Entry{"resources of rules", "Reports RBAC rules for API groups and resources that do not exist.",
		codes(diag.UnknownResource)}, ruleResources},
	{Entry{"custom objects", "Validates objects of the operator's own APIs against their schema and CEL rules.",
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
	return append(out, Entry{"examples", "Validates the description's examples and a bundle's alm-examples against their CustomResourceDefinitions.", codes(diag.ExampleRefused)})
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
	findings []finding.Finding
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
		report := Report(func(f finding.Finding) { v.findings = append(v.findings, f) })
		size(o, report)
		v.subject = &Subject{Object: o, Typed: decode(o, report)}
		for _, j := range ofObjects {
			j.run(v.subject, &b.ctx, report)
		}
	})
	return v
}

// Objects judges each object by itself.
func (b *Bench) Objects(objects []*kube.Object) []finding.Finding {
	var out []finding.Finding
	for _, o := range objects {
		out = append(out, b.verdict(o).findings...)
	}
	return out
}

// Set judges the objects of an install, one by one and together.
func (b *Bench) Set(s kube.Set, install Install) []finding.Finding {
	ctx := b.ctx
	ctx.Install = install
	out := b.Objects(s.Objects)
	joined := newSet(s, func(o *kube.Object) *Subject { return b.verdict(o).subject })
	report := Report(func(f finding.Finding) { out = append(out, f) })
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
