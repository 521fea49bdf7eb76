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
	Leaderless      Code = "OPC2017"
	Undrainable     Code = "OPC2018"
)

// OPC3xxx: what a target can't express.
const (
	NotExpressible Code = "OPC3001"
	KindRefused    Code = "OPC3002"
	CatalogInvalid Code = "OPC3003"
	Target         Code = "OPC3004"
)

// OPC4xxx: what a real API server says of what was emitted, and what the manager did there (opc try).
const (
	ServerRefuses   Code = "OPC4001"
	ServerDiffers   Code = "OPC4002"
	ServerWarns     Code = "OPC4003"
	ManagerEnds     Code = "OPC4010"
	ManagerNotReady Code = "OPC4011"
	PodNotStarted   Code = "OPC4012"
	RightMissing    Code = "OPC4013"
	RightUnused     Code = "OPC4014"
	WebhookFails    Code = "OPC4015"
	NotDeleted      Code = "OPC4016"
	UpgradeRefused  Code = "OPC4020"
	ObjectBroken    Code = "OPC4021"
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
	Submission      Code = "OPC5050"
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
	Checkout       Code = "OPC7006"
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

// Waivable reports whether a finding can be accepted: an error whose code can be, and a warning, unless it is about accept
// itself.
func (d Diagnostic) Waivable() bool {
	if d.Severity == Error {
		return d.Code.Acceptable()
	}
	return d.Code != WaiverUnused && d.Code != WaiverExpired
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
	{Syntax, "syntax error", "The file is not valid CUE, YAML or JSON. opc does not check the rest of the file until the syntax error is fixed."},
	{UnknownField, "unknown field", "Ignoring a misspelled field would silently use its default, so opc rejects it. The hint suggests the closest existing field. `opc schema` prints all fields."},
	{MissingField, "missing field", "The field is required: no default would be right for every operator."},
	{WrongType, "wrong type", "The value has a different type than the field, such as a list instead of a string."},
	{BadValue, "value not allowed", "The value has the right type, but breaks a rule of the field: a pattern, a range or a list of allowed values."},
	{Evaluation, "CUE evaluation failed", "CUE found a conflict, an unresolved reference or a missing import in the description."},
	{APIVersion, "unknown apiVersion", "The description is written for a version of the language that this opc does not support."},
	{Deprecated, "deprecated field", "The field still works, until the date in the message. The hint shows the replacement."},
	{NoInput, "no description", "The given folder or file is not, or does not contain, an operator.cue, operator.yaml or operator.json."},
	{FileMissing, "file not found", "The description names a file, folder or pattern that does not exist or matches nothing. Paths are relative to the description."},
	{FileOutside, "file outside the description's folder", "Files must be in the description's folder or below it. opc rejects absolute paths, `..` and links that leave the folder, so that the same description gives the same output on every machine."},
	{FileContent, "file has unexpected content", "The file does not contain what the description expects: it is empty, not YAML, has objects of another kind, or several documents instead of one."},
	{Markers, "invalid Go markers", "controller-tools reported a problem when it generated CRDs or RBAC rules from the markers in the Go packages."},
	{CRDInvalid, "invalid CustomResourceDefinition", "The API server would reject the CustomResourceDefinition, or serve it without parts of its schema."},
	{CRDDuplicate, "duplicate CustomResourceDefinition", "Two files define the same CustomResourceDefinition. Which one is installed would be undefined."},
	{UnknownAPI, "unknown API", "The description refers to an API (a group and resource) that it does not define."},
	{UnknownName, "unknown name", "The description refers to a feature, parameter, service account or workload that it does not define."},
	{DuplicateName, "duplicate name", "Two objects of the same kind have the same name, so the second would overwrite the first in the cluster."},
	{Conflict, "conflicting settings", "Each setting is allowed, but not both together. The message explains why."},
	{ReleaseGraph, "invalid upgrade graph", "OLM can't install or upgrade along this graph: it has two heads, a cycle, an edge to a version that does not exist, or versions without an upgrade."},
	{WebhookInvalid, "invalid webhook", "The webhook can't be registered, or the API server can't call it."},
	{PermissionScope, "permission with the wrong scope", "A namespaced Role can't grant this, for example a non-resource URL."},
	{BadExample, "example does not match its API", "Users start from the examples. An example must belong to an API of this operator and be valid for it."},
	{BadImage, "invalid image reference", "The reference can't be parsed as registry/repository:tag or registry/repository@sha256:…"},
	{NameTooLong, "name too long", "Kubernetes limits names of this kind; the object would be refused when it is applied."},
	{BadOverlay, "invalid raw overlay", "A raw overlay is merged into the object that opc writes, by strategic merge. It must have the structure of that object."},
	{FloatingImage, "image not pinned to a version", "The tag latest, which is also the default, moves. Two clusters with the same version of the operator can then run different programs, and nodes that pulled the image earlier keep the old one. Use a version tag or a digest."},
	{NothingToShip, "nothing to install", "The description has no manager, workload, API or object, so there is nothing to install."},
	{TwoDescriptions, "two descriptions in one folder", "A folder can have only one description. Otherwise opc would silently ignore the other one."},
	{Leaderless, "several pods without leader election", "Each pod of the operator reconciles every object. Without leader election, two pods change the same objects at the same time, and undo each other's work. Set leaderElection: true, or run one pod."},
	{Undrainable, "PodDisruptionBudget blocks every drain", "The budget allows no pod to be evicted, so that kubectl drain and upgrades of nodes wait forever. Let at least one pod go, and run more than one if the operator must stay available."},
	{NotExpressible, "not supported by a target", "The target's format has no equivalent for this part of the description. Exclude the target with --only, or change the description."},
	{KindRefused, "kind not supported by a target", "The tools that read the target reject objects of this kind, so opc leaves the object out of that target. Create it in another way."},
	{CatalogInvalid, "invalid catalog", "OLM would reject the catalog."},
	{Target, "error in a target of yours", "A file in targets/ is not valid CUE, has no value for something, evaluates for too long, or names a file that opc can't write. A target is a file in CUE with the field files: names of files, and what is in them. See docs/write-a-target.md."},
	{ServerRefuses, "refused by the API server", "A real API server refused the object, with strict validation, when it was installed or when an example was applied. The message is the server's own, and names the ways of installing that it concerns."},
	{ServerDiffers, "ways of installing leave different objects", "After the API server has filled in its defaults, the object that this way of installing leaves is not the one that the description says."},
	{ServerWarns, "warning of the API server", "The API server stores the object and warns about it. Every user who installs the operator sees the warning."},
	{ManagerEnds, "the manager ended", "The manager's program ended by itself, as it would in its container. The message shows the beginning and the end of its log."},
	{ManagerNotReady, "the manager is not ready", "The manager did not answer its readiness probe in time: in a cluster, its Deployment would never be available."},
	{PodNotStarted, "the pod can't start", "The kubelet would not start the manager's container: a Secret, a ConfigMap or a key does not exist when the operator is installed."},
	{RightMissing, "missing permission", "The API server refused a request of the manager, since no role grants it to its service account. Add the rule to permissions, or remove the request from the program."},
	{RightUnused, "unused permission", "A role grants the manager more than it used while opc try ran it. The list is only as complete as the examples: keep what the manager needs in cases that they don't cover."},
	{WebhookFails, "webhook can't be called", "The API server could not call a webhook of the operator: the Service does not lead to the manager, the manager does not listen on the port or path, or its certificate is not trusted."},
	{NotDeleted, "object is not deleted", "An example was deleted, and a finalizer still keeps it. Users could not delete their objects, nor the namespace."},
	{UpgradeRefused, "upgrade refused by the API server", "The API server refuses to change an object of the previous version to that of this version, mostly because a field is immutable. Users could not upgrade without deleting the object."},
	{ObjectBroken, "stored object is invalid after the upgrade", "An object that users stored with the previous version is invalid in this version, or can't be read in a version of the API that is served."},
	{NotEqual, "installers install different objects", "The chart, the overlays, the install manifest and the bundle must install the same objects, and one of them does not. All files come from one description, so the cause is a defect in opc or a raw overlay that applies to one of them only. docs/verify.md lists the allowed differences."},
	{NotRendered, "output can't be rendered", "Helm, kustomize or OLM's loader rejects the output. If a raw overlay or a patch of the description causes it, the message points to its line."},
	{BadManifest, "not a Kubernetes manifest", "The file is not YAML, has a duplicate key, or is not an object with apiVersion, kind and a name. Clients read such files differently, so opc rejects them."},
	{UnknownAPIField, "unknown field in an API object", "The cluster silently drops the field, or rejects the object if validation is strict. The intended setting has no effect."},
	{InvalidObject, "invalid object", "The API server would reject the object: a value has the wrong type, or breaks a rule for names, labels, ports, mounts and so on."},
	{RemovedAPI, "removed API", "Kubernetes no longer serves this API version, in a version that the operator supports or in all versions. Use the API version that replaced it."},
	{ObjectTwice, "duplicate object", "Two manifests have the same kind, namespace and name. Which one is in the cluster depends on the order in which they are applied."},
	{PodSecurity, "pod violates a Pod Security Standard", "Namespaces that enforce the standard reject the pod. Most clusters require at least baseline. Use --profile restricted to check the standard restricted."},
	{LeadsNowhere, "reference to something that does not exist", "An object refers to another object, or to a port, that no installer creates. The reference fails at run time, not when the object is applied."},
	{SelectsNothing, "selector matches nothing", "The labels that a Service, NetworkPolicy, PodDisruptionBudget or monitor selects by match no pod or Service, so it has no effect."},
	{NobodyMakes, "Secret or ConfigMap is never created", "The pod does not start until somebody creates the object. Add it to the description, mark it as optional, or accept the finding if your documentation asks users to create it."},
	{BroadPermission, "broad permission", "The rule grants all verbs or all resources, or allows privilege escalation (escalate, bind, impersonate). An attacker who controls the operator's pod gets these permissions. List what the operator needs, or accept the finding with a reason."},
	{UnknownResource, "rule for an unknown resource", "The API group has no such resource; often the plural is misspelled. The rule grants nothing."},
	{WebhookUncalled, "webhook can't be called", "The Service, the port or a trusted certificate of the webhook is missing. With failurePolicy Fail, the API server rejects every request that the webhook matches."},
	{CRDRefused, "CustomResourceDefinition fails validation", "The validation of apiextensions reports this: the schema is not structural, a default does not match the schema, or a CEL rule does not compile or costs too much. If the API server accepts the definition nevertheless, it ignores that part of the schema."},
	{ExampleRefused, "example fails validation", "Users start from the examples in the bundle. This one violates the schema or a CEL rule of its API."},
	{ChartLint, "helm lint finding", "helm lint --strict reports this about the chart."},
	{ChartValues, "chart fails with some values", "With these values, the chart does not render, or renders invalid objects. Users would find out during an upgrade."},
	{ChartCollides, "two releases of the chart collide", "A second release in the same namespace has objects with the same names. Its installation fails, or takes over objects of the first release."},
	{ChartForgets, "uninstalling deletes custom resources", "helm uninstall deletes the chart's CustomResourceDefinitions, and with them all custom resources. Add the annotation helm.sh/resource-policy: keep to prevent that."},
	{ChartUnchecked, "values are not validated", "The chart has no values.schema.json, or one that allows values that the chart can't handle. A misspelled value is silently ignored, and the intended setting has no effect."},
	{BundleInvalid, "bundle fails OLM's validation", "The validators that opm, operator-sdk and the catalogs' pipelines run report this about the bundle."},
	{BundleKind, "kind not supported in bundles", "OLM installs a fixed list of kinds from a bundle. The installation fails for other kinds."},
	{BundleQuality, "bundle does not meet the catalog's requirements", "The catalog of the selected profile requires this of bundles."},
	{NoOLMv1, "bundle not installable by OLM v1", "OLM v1 installs bundles that can watch all namespaces and don't need OLM's dependency resolution."},
	{MetadataDiffers, "contradiction between two output files", "A value in the values schema has no default in values.yaml, or the pod of helm test is configured differently from the operator's pods."},
	{CatalogDiffers, "catalog and bundle differ", "The catalog's entry for a bundle differs from the bundle. OLM selects by the entry, but installs the bundle."},
	{CatalogRefused, "catalog fails validation", "opm validate reports this about the catalog. OLM's catalog server would not start with it."},
	{Submission, "a catalog would refuse the submission", "A static check of the pipelines of community-operators and the other catalogs of operators would fail, or warn. docs/submit.md lists the checks and their source."},
	{WaiverUnused, "unused waiver", "No finding matches this entry of accept. The problem is fixed, or the rule or path is misspelled. Remove or correct the entry."},
	{WaiverExpired, "expired waiver", "The date in until has passed. Fix the problem, or extend the date."},
	{BaseUnpinned, "base image not pinned", "The base image is specified by a tag. The tag can move to another image, and then the same description gives a different result. Specify a digest, or choose another base with --base."},
	{BaseMissing, "base image not available", "The base image, or its variant for a platform, could not be read from the registry or layout. To build without a network, use --base scratch, which is part of opc."},
	{ProgramBroken, "program can't be built", "The Go tool could not compile the operator's program, or the prebuilt program does not exist."},
	{OverBudget, "image larger than its budget", "For one platform, a node pulls more than image.budget allows. Reduce the size of the image, or raise the budget."},
	{TagTaken, "version already published", "The tag of a version never moves, so that everybody who pulls it gets the content that was tested. Publish the change as a new version."},
	{RegistryRefused, "rejected by the registry", "The registry rejected the request, usually because of missing credentials or permissions. opc uses the credentials of docker login, podman login and credential helpers."},
	{LayoutUnusable, "layout can't be published", "The folder is not an OCI layout that opc build wrote, or content is missing or damaged. Run opc build again."},
	{KeyUnusable, "unusable key", "The key file can't be read, has another password, or contains an unsupported type of key. Images are signed with keys of cosign (cosign generate-key-pair) or PEM files with an ECDSA or RSA key, charts with a PGP key of a keyring."},
	{RegistryFails, "registry not available", "The registry could not be reached or trusted, or kept failing after several attempts. Tags are set only after all content is uploaded; run opc publish again to continue."},
	{ReleaseIncomplete, "incomplete or damaged release", "An artifact, some of its content, or the tag of the version is missing in the registry, or its content does not match its digest. Publish the same build again to complete the release."},
	{NotSigned, "not signed with this key", "The artifact, the image of a platform or a document about it has no signature of this key over its digest. Somebody else published it, or it was published without --sign-key."},
	{DocumentMissing, "missing provenance or SBOM", "The artifact has no provenance, or its program has no SBOM: opc did not build it, or the documents were not copied with it."},
	{DocumentWrong, "incorrect provenance or SBOM", "The provenance or the SBOM describes another digest, program or version than that of its artifact, or the provenances of one release contradict each other."},
	{LabelWrong, "incorrect label", "A label or annotation of an image does not match its content. OLM, registries and scanners rely on labels without checking the content."},
	{PinWrong, "wrong digest in an artifact", "Chart, bundle and catalog must refer to the digests of the same release. This one refers to another digest, or only to a tag, so it installs something that was not tested."},
	{OutputUnusable, "unusable output folder", "The output path is a file, is not writable, or is inside a folder that opc must not change."},
	{OutputEdited, "output file was edited", "A file that opc wrote was edited. Compiling would overwrite the edit, so opc writes nothing. Make the change in the description, or overwrite the edit with --force."},
	{OutputStale, "output is not up to date", "Reported by --check: the files on disk differ from the output of the description. Run opc compile and commit the result."},
	{OutputForeign, "file not written by opc", "A file that opc did not write is where opc must write one, or in a folder that Helm, OLM or opm read as a whole. Move or delete it; with --force, opc overwrites a file that is in the way."},
	{NotCommitted, "uncommitted changes in a release", "The artifacts name a commit as their source. With uncommitted changes, their content differs from that commit, and nobody can reproduce the build."},
	{Checkout, "unusable checkout", "The folder is not a checkout of a catalog of operators, or has a file that opc submit can't read or add to. opc submit changes nothing then."},
	{ImportUnreadable, "unreadable source", "A file of the source is not YAML, contains an object that does not match its type or a duplicate object, or is larger than opc accepts. opc import writes nothing."},
	{ImportLoss, "not carried over", "This part of the source has no effect in a cluster, such as a field that the API server drops, a duplicate key, or a file that no tool reads, or the description has no equivalent for it. opc import leaves it out."},
	{ImportUnequal, "import changes the objects", "opc import compiles the description that it wrote, and compares the objects with those of the source. A difference is a defect in opc. Please report it together with the source."},
	{ImportSource, "unknown type of source", "opc import reads OLM bundles, Helm charts, kustomizations, kubebuilder projects, and files with Kubernetes objects. The source is none of these."},
	{ImportAccepted, "accepted problem of the source", "The source has this problem, so the compiled description has it, too. opc import adds an entry to accept, so that the description compiles. Fix the problem and remove the entry."},
	{Internal, "defect in opc", "This is a defect in opc, not in your description. Please report it together with the description."},
}
