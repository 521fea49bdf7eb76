package diag

// Code is the stable identity of one kind of finding, such as OPC1003. Codes are never reused.
type Code string

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
)

// OPC3xxx: what a target can't express.
const (
	NotExpressible Code = "OPC3001"
	KindRefused    Code = "OPC3002"
	CatalogInvalid Code = "OPC3003"
)

// OPC7xxx: the output folder.
const (
	OutputUnusable Code = "OPC7001"
	OutputEdited   Code = "OPC7002"
	OutputStale    Code = "OPC7003"
	OutputForeign  Code = "OPC7004"
)

// Internal is a defect in opc itself.
const Internal Code = "OPC9001"

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
	{NotExpressible, "a target can't express this", "The named output format has no way to say what the description says. Leave the target out with --only, or change the description."},
	{KindRefused, "kind refused by the target", "The target's own tools refuse objects of this kind; the object is left out of that target and must be made another way."},
	{CatalogInvalid, "invalid catalog", "The catalog that would be written is not one that OLM accepts."},
	{OutputUnusable, "the output folder can't be used", "The output path is a file, can't be written, or stands inside something opc must not change."},
	{OutputEdited, "emitted file changed by hand", "A file that opc wrote was edited afterwards. The change would be lost, so nothing is written. Say it in the description instead, or use --force."},
	{OutputStale, "output is not up to date", "With --check: the files on disk are not what the description compiles to. Run opc compile and commit the result."},
	{OutputForeign, "file not written by opc in the way", "opc must write a file where one stands that it did not write. Move it away, or use --force."},
	{Internal, "defect in opc", "This is a fault of opc, not of your description. Please report it with the description that shows it."},
}
