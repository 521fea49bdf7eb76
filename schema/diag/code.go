package diag

import (
	"slices"
	"strings"
)

// Code is the stable identity of one kind of finding, such as OPC1003. Codes are never reused.
type Code string

// docs is where the documentation is published.
const docs = "https://github.com/opc-project/opc/blob/main/docs/"

// URL is where the documentation explains a code; one that is not in the table is a rule of opc diff.
func (c Code) URL() string {
	page := "rules-diff.md"
	if _, ok := Explain(c); ok {
		page = "codes.md"
	}
	return docs + page + "#" + strings.ToLower(string(c))
}

// Rule documents a code: `opc explain` and the documentation are made from this table.
type Rule struct {
	Code  Code
	Title string
	Why   string // what goes wrong when it is ignored, and what to do
}

// OPC1xxx: the description and the files it names.
const (
	Syntax       Code = "OPC1001"
	UnknownField Code = "OPC1002"
	MissingField Code = "OPC1003"
	WrongType    Code = "OPC1004"
	BadValue     Code = "OPC1005"
	Evaluation   Code = "OPC1006"
	APIVersion   Code = "OPC1007"
	Deprecated   Code = "OPC1008"
	NoInput      Code = "OPC1009"
	FileMissing  Code = "OPC1010"
	FileOutside  Code = "OPC1011"
	FileContent  Code = "OPC1012"
	Markers      Code = "OPC1013"
)

// OPC2xxx: what the description says is well formed but can't be right.
const (
	CRDInvalid      Code = "OPC2001"
	CRDDuplicate    Code = "OPC2002"
	UnknownAPI      Code = "OPC2003"
	UnknownName     Code = "OPC2004"
	DuplicateName   Code = "OPC2005"
	Conflict        Code = "OPC2006"
	ReleaseGraph    Code = "OPC2007"
	WebhookInvalid  Code = "OPC2008"
	PermissionScope Code = "OPC2009"
	BadExample      Code = "OPC2010"
	BadImage        Code = "OPC2011"
	NameTooLong     Code = "OPC2012"
	BadOverlay      Code = "OPC2013"
	FloatingImage   Code = "OPC2014"
	NothingToShip   Code = "OPC2015"
	TwoDescriptions Code = "OPC2016"
)

// OPC3xxx: what a target can't express.
const (
	NotExpressible Code = "OPC3001"
	KindRefused    Code = "OPC3002"
	CatalogInvalid Code = "OPC3003"
)

// OPC5xxx: what was emitted, judged by the libraries of those who will take it.
const (
	NotEqual        Code = "OPC5001"
	NotRendered     Code = "OPC5002"
	BadManifest     Code = "OPC5003"
	UnknownAPIField Code = "OPC5004"
	InvalidObject   Code = "OPC5005"
	RemovedAPI      Code = "OPC5006"
	ObjectTwice     Code = "OPC5007"
	PodSecurity     Code = "OPC5008"
	LeadsNowhere    Code = "OPC5009"
	SelectsNothing  Code = "OPC5010"
	NobodyMakes     Code = "OPC5011"
	BroadPermission Code = "OPC5012"
	UnknownResource Code = "OPC5013"
	WebhookUncalled Code = "OPC5014"
	CRDRefused      Code = "OPC5015"
	ExampleRefused  Code = "OPC5016"
	ChartLint       Code = "OPC5020"
	ChartValues     Code = "OPC5021"
	ChartCollides   Code = "OPC5022"
	ChartForgets    Code = "OPC5023"
	ChartUnchecked  Code = "OPC5024"
	BundleInvalid   Code = "OPC5030"
	BundleKind      Code = "OPC5031"
	BundleQuality   Code = "OPC5032"
	NoOLMv1         Code = "OPC5033"
	MetadataDiffers Code = "OPC5034"
	CatalogDiffers  Code = "OPC5040"
	CatalogRefused  Code = "OPC5041"
	WaiverUnused    Code = "OPC5090"
	WaiverExpired   Code = "OPC5091"
)

// OPC6xxx: images, packages and registries.
const (
	BaseUnpinned    Code = "OPC6001"
	BaseMissing     Code = "OPC6002"
	ProgramBroken   Code = "OPC6003"
	OverBudget      Code = "OPC6004"
	TagTaken        Code = "OPC6010"
	RegistryRefused Code = "OPC6011"
	LayoutUnusable  Code = "OPC6012"
	KeyUnusable     Code = "OPC6013"
	RegistryFails   Code = "OPC6020"

	ReleaseIncomplete Code = "OPC6030"
	NotSigned         Code = "OPC6031"
	DocumentMissing   Code = "OPC6032"
	DocumentWrong     Code = "OPC6033"
	LabelWrong        Code = "OPC6034"
	PinWrong          Code = "OPC6035"
)

// OPC7xxx: the output folder.
const (
	OutputUnusable Code = "OPC7001"
	OutputEdited   Code = "OPC7002"
	OutputStale    Code = "OPC7003"
	OutputForeign  Code = "OPC7004"
	NotCommitted   Code = "OPC7005"
)

// OPC8xxx: what is imported.
const (
	ImportUnreadable Code = "OPC8001"
	ImportLoss       Code = "OPC8002"
	ImportUnequal    Code = "OPC8003"
	ImportSource     Code = "OPC8004"
	ImportAccepted   Code = "OPC8005"
)

// Internal is a defect in opc itself.
const Internal Code = "OPC9001"

// firm are the codes of the judges' range that say that opc itself, or a waiver, is at fault, or that nobody can install
// the artifact.
var firm = []Code{NotEqual, NotRendered, MetadataDiffers, CatalogDiffers, WaiverUnused, WaiverExpired}

// Acceptable reports whether the description can accept a finding of the code that is an error. Only what judges of the
// finished artifacts say is: a catalog, or a cluster, may take what they refuse. That the description can't be compiled,
// or that two installers leave different things, can't be accepted. Warnings can be, whatever their code.
func (c Code) Acceptable() bool {
	return strings.HasPrefix(string(c), "OPC5") && !slices.Contains(firm, c)
}

// Rules lists every code with its documentation, in order.
func Rules() []Rule { return rules }

// Explain returns the documentation of a code.
func Explain(code Code) (Rule, bool) {
	for _, r := range rules {
		if r.Code == code {
			return r, true
		}
	}
	return Rule{}, false
}

var rules = []Rule{
	{Syntax, "the text can't be parsed", "The file is not valid CUE, YAML or JSON. Nothing after the fault can be trusted, so nothing else of the file is judged."},
	{UnknownField, "unknown field", "A misspelt field would be ignored in silence and its default used; opc refuses it. The hint names the nearest field that exists. `opc schema` prints them all."},
	{MissingField, "missing field", "The field has no default that could be right for every operator, so it must be said."},
	{WrongType, "wrong type", "The value has another type than the field takes, such as a list where one string is expected."},
	{BadValue, "value not allowed", "The value has the right type but breaks a rule of the field: a pattern, a range, a choice."},
	{Evaluation, "the description can't be evaluated", "CUE found a conflict, an unresolved reference or an import that does not exist while it evaluated the description."},
	{APIVersion, "unknown apiVersion", "The description was written for another version of the language than this opc understands."},
	{Deprecated, "deprecated field", "The field still works, and stops working at the date in the message. The hint says what to write instead."},
	{NoInput, "no description", "There is no operator.cue, operator.yaml or operator.json where opc was told to look."},
	{FileMissing, "named file does not exist", "The description names a file, folder or pattern, relative to the description, that does not exist or matches nothing."},
	{FileOutside, "file outside the description's folder", "A named file must stand below the folder of the description: absolute paths, `..` and links that leave it are refused, so that the same description gives the same output on every machine."},
	{FileContent, "named file holds something else", "The file was read, but does not hold what the description says it does: empty, not YAML, another kind of object, several documents where one is expected."},
	{Markers, "Go markers can't be read", "controller-tools reported a fault while it made CRDs or RBAC from the markers in the Go packages."},
	{CRDInvalid, "invalid CustomResourceDefinition", "The API server would refuse the CustomResourceDefinition, or serve it without what the schema asks for."},
	{CRDDuplicate, "CustomResourceDefinition defined twice", "Two files define the same CustomResourceDefinition; which one would be installed is undefined."},
	{UnknownAPI, "unknown API", "Something refers to an API (a group and resource) that the description does not define."},
	{UnknownName, "unknown name", "Something refers to a feature, parameter, service account or workload that the description does not define."},
	{DuplicateName, "name used twice", "Two objects of one kind have the same name; the second would overwrite the first in the cluster."},
	{Conflict, "two settings exclude each other", "Each setting is allowed, but not both: see the message."},
	{ReleaseGraph, "fault in the upgrade graph", "OLM could not install or upgrade along this graph: two heads, a cycle, an edge to nothing, or versions that can no longer be reached."},
	{WebhookInvalid, "invalid webhook", "The webhook can't be registered or can't be called as written."},
	{PermissionScope, "permission with the wrong scope", "A namespaced Role can't grant what the rule says, such as a non-resource URL."},
	{BadExample, "example does not fit its API", "An example is shown to users as a starting point; it must name an API of this operator and be accepted by it."},
	{BadImage, "invalid image reference", "The reference can't be parsed as registry/repository:tag or registry/repository@sha256:…"},
	{NameTooLong, "name too long", "Kubernetes limits names of this kind; the object would be refused when it is applied."},
	{BadOverlay, "raw overlay does not fit", "A raw overlay is merged by strategic merge into the object that opc made; it must have that object's shape."},
	{FloatingImage, "image not pinned to a version", "The tag latest, which is also the default, moves: two clusters with the same version of the operator can run different programs, and nodes that pulled the image earlier keep the old one. Use a version tag or a digest."},
	{NothingToShip, "nothing to install", "The description has no manager, workload, API or object, so there is nothing to install."},
	{TwoDescriptions, "two descriptions in one folder", "A folder can have only one description. Otherwise opc would silently ignore the other one."},
	{NotExpressible, "a target can't express this", "The named output format has no way to say what the description says. Leave the target out with --only, or change the description."},
	{KindRefused, "kind refused by the target", "The target's own tools refuse objects of this kind; the object is left out of that target and must be made another way."},
	{CatalogInvalid, "invalid catalog", "The catalog that would be written is not one that OLM accepts."},
	{NotEqual, "an installer leaves something else", "The chart, the overlays, the install manifest and the bundle must leave the same objects in a cluster, and one of them does not. The emitted files come from one description, so this is a fault of opc or of a raw overlay that reaches just one of them. docs/verify.md lists what may differ."},
	{NotRendered, "an artifact can't be rendered", "Helm, kustomize or OLM's loader refuses what was emitted. Where a raw overlay or a patch of the description is part of it, the message names the place."},
	{BadManifest, "not a Kubernetes manifest", "The file is not YAML, holds a key twice, or is not an object with apiVersion, kind and a name. Clients differ in what they make of such a file, so it is refused."},
	{UnknownAPIField, "field that the API does not have", "A cluster drops the field in silence, or refuses the object where validation is strict. The setting that was meant is not in force."},
	{InvalidObject, "the API server would refuse the object", "A value has the wrong type, or breaks a rule that the API server checks when the object is applied: a name, a label, a port, a mount."},
	{RemovedAPI, "API that Kubernetes no longer serves", "The API version was removed from Kubernetes, at a version that the operator says it supports or at one that is long out. Write the object in the version that replaced it."},
	{ObjectTwice, "two objects are the same", "Two manifests have the same kind, namespace and name. Which one stands in the cluster depends on the order of applying."},
	{PodSecurity, "pod breaks a Pod Security policy", "A namespace that enforces the policy refuses the pod. Baseline is what most clusters ask at the least; restricted is asked for with --profile restricted."},
	{LeadsNowhere, "reference to something that does not exist", "One object names another, or a port, that no installer makes. What depends on it fails when it runs, not when it is applied."},
	{SelectsNothing, "selector that selects nothing", "A Service, policy, disruption budget or monitor selects by labels that no pod or Service has: it has no effect."},
	{NobodyMakes, "Secret or ConfigMap that nothing makes", "The pod waits until someone makes the object. Ship it, mark it optional, or accept the finding when people are told to make it."},
	{BroadPermission, "permission that is broad", "The rule grants every verb or every resource, or lets the operator take rights it does not have (escalate, bind, impersonate). Whoever takes over the operator's pod has them too. Name what is needed, or accept the finding with the reason."},
	{UnknownResource, "rule for a resource that does not exist", "The rule names a resource that the API group does not have, most often by a slip in the plural. It grants nothing."},
	{WebhookUncalled, "webhook that can't be called", "The API server finds no Service, no port or no trusted certificate for the webhook. With failurePolicy Fail every request that it matches is refused."},
	{CRDRefused, "the API server would refuse the CustomResourceDefinition", "apiextensions' own validation says this of the definition: its schema is not structural, a default does not fit, a CEL rule does not compile or costs too much. Where the API server takes it all the same, it serves it without what the schema asks for."},
	{ExampleRefused, "the API server would refuse the example", "People start from the examples that the bundle shows them. This one does not fit the schema, or breaks a rule, of its own API."},
	{ChartLint, "finding of helm lint", "Helm's own linter says this of the chart, as helm lint --strict does."},
	{ChartValues, "chart breaks with some values", "With the named values the chart does not render, or renders something that is not valid. Users find this out when they upgrade."},
	{ChartCollides, "two releases of the chart collide", "With another release name in the same namespace the chart makes objects of the same name; the second install fails or takes over the first."},
	{ChartForgets, "uninstalling deletes people's objects", "The chart's CustomResourceDefinitions go with the release, and every object of their APIs with them. The annotation helm.sh/resource-policy: keep makes them stay."},
	{ChartUnchecked, "values are not checked", "The chart has no values.schema.json, or one that takes what the chart can't do with: a misspelt value is taken in silence, and the setting that was meant is not in force."},
	{BundleInvalid, "OLM's validation refuses the bundle", "The validators that opm, operator-sdk and the catalogs' pipelines run say this of the bundle."},
	{BundleKind, "kind that OLM does not install from a bundle", "OLM installs a fixed list of kinds from a bundle's manifests. Others make the install fail."},
	{BundleQuality, "bundle below what the catalog asks", "The catalog that the profile stands for asks for this before it takes a bundle."},
	{NoOLMv1, "OLM v1 can't install the bundle", "OLM v1 installs bundles that can watch all namespaces and that need nothing of OLM's dependency resolution."},
	{MetadataDiffers, "two emitted files contradict each other", "A value in the values schema has no default in values.yaml, or the pod of helm test is configured differently from the operator's pods."},
	{CatalogDiffers, "catalog and bundle differ", "The catalog's entry of a bundle does not say what the bundle itself says; OLM decides by the entry and installs the bundle."},
	{CatalogRefused, "operator-registry refuses the catalog", "opm validate says this of the catalog, and OLM's catalog server would not start with it."},
	{WaiverUnused, "waiver that nothing needs", "No finding matches the entry of accept. The fault is gone, or the rule or path is misspelt: remove the entry or correct it."},
	{WaiverExpired, "waiver has ended", "The day in until is over. Decide again: mend the fault, or set a new day."},
	{BaseUnpinned, "base image that is not pinned", "The base is named by a tag. Tomorrow the tag may stand at another image, and the same description would give another result. Name it by digest, or choose one with --base."},
	{BaseMissing, "base image that can't be had", "The base image, or its variant for a platform, could not be read from the registry or layout. Without a network, build on --base scratch, which opc has inside."},
	{ProgramBroken, "program that can't be built", "The Go tool could not compile the operator's program, or the prebuilt program is not there."},
	{OverBudget, "image larger than its budget", "What a node pulls for one platform is more than image.budget allows. Make it smaller, or raise the budget knowingly."},
	{TagTaken, "version is published already", "The tag of a version never moves: whoever pulled it would get something else than was tested. Publish the change as a new version."},
	{RegistryRefused, "registry refuses", "The registry answered that it does not take this, most often because of credentials or rights. docker login, podman login or a credential helper give opc what it needs."},
	{LayoutUnusable, "layout that can't be published", "The folder is not an OCI layout that opc build wrote, or a part of it is missing or damaged. Run opc build again."},
	{KeyUnusable, "key that can't be used", "The key file can't be read, is encrypted with another password, or is of a kind that is not taken. Keys of cosign (cosign generate-key-pair) and PEM files with ECDSA or RSA keys sign images; a PGP key of a keyring signs charts."},
	{RegistryFails, "registry that can't be used now", "The registry could not be reached, could not be trusted, or kept failing after several attempts. No tag stands at half of something: running opc publish again completes the job."},
	{ReleaseIncomplete, "part of a release that is missing or damaged", "An artifact of the release, a part of one or the tag of its version is not where it was published, or has other content than its digest says. Publishing the same build again completes it."},
	{NotSigned, "not signed with this key", "The artifact, the image of a platform or a document about it has no signature that was made with the key over its digest. Somebody else published it, or it was published without --sign-key."},
	{DocumentMissing, "no provenance or parts list", "Nothing says how the artifact was made, or what its program was linked from: it was not built by opc, or the documents got lost on the way."},
	{DocumentWrong, "document that says something untrue", "The provenance or the parts list of an artifact speaks of another digest, program or version than the one it belongs to, or the provenances of one release contradict each other."},
	{LabelWrong, "label that says something untrue", "A label or annotation of an image differs from what the image holds. OLM, registries and scanners act on labels without looking further."},
	{PinWrong, "artifact that names another digest", "Chart, bundle and catalog must name the digests of the same release. One that names another, or only a tag, installs something else than what was tested."},
	{OutputUnusable, "the output folder can't be used", "The output path is a file, can't be written, or stands inside something opc must not change."},
	{OutputEdited, "emitted file changed by hand", "A file that opc wrote was edited afterwards. The change would be lost, so nothing is written. Say it in the description instead, or use --force."},
	{OutputStale, "output is not up to date", "With --check: the files on disk are not what the description compiles to. Run opc compile and commit the result."},
	{OutputForeign, "file not written by opc in the way", "opc must write a file where one stands that it did not write. Move it away, or use --force."},
	{NotCommitted, "uncommitted changes in a release", "The artifacts name a commit as their source. With uncommitted changes, their content differs from that commit, and nobody can reproduce the build."},
	{ImportUnreadable, "source can't be read", "A file of what is imported is not what it says it is: not YAML, an object that does not fit its type, an object that stands twice, or a size beyond every real one. Nothing is written."},
	{ImportLoss, "part of the source is not carried over", "The source holds something that has no meaning to a cluster, such as a field that the API server drops, a key that stands twice, or a file that no tool reads. The import goes on without it."},
	{ImportUnequal, "the import does not come back equal", "Import compiles what it wrote and compares with the source by meaning. A difference is a fault of opc: please report it with the source that shows it."},
	{ImportSource, "source of an unknown form", "Import takes an OLM bundle, a Helm chart, a kustomization, a kubebuilder project, or files with Kubernetes objects; what it was given is none of these."},
	{ImportAccepted, "fault of the source, accepted", "What was imported has the fault already, and comes back with it: the proof finds it in what the description compiles to. The import writes an entry under accept for it, so that the description compiles; mend the fault and remove the entry."},
	{Internal, "defect in opc", "This is a fault of opc, not of your description. Please report it with the description that shows it."},
}
