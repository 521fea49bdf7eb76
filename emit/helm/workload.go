package helm

import (
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/schema/diag"
)

// A knob lets the installer choose one field of a workload. What the field holds becomes the value's default.
type knob struct {
	field, value string
	schema       func() map[string]any
	doc          string
}

func object() map[string]any { return ofType("object") }

func objects() map[string]any { return listOf(ofType("object")) }

// podKnobs are fields of the pod's spec.
var podKnobs = []knob{
	{"imagePullSecrets", "imagePullSecrets", objects, "Secrets to pull images with, each with a name."},
	{"securityContext", "podSecurityContext", object, "Security of the pod."},
	{"nodeSelector", "nodeSelector", stringsByName, "Labels of the nodes to run on."},
	{"tolerations", "tolerations", objects, "Taints of nodes to tolerate."},
	{"affinity", "affinity", object, "Affinity to nodes and other pods."},
	{"topologySpreadConstraints", "topologySpreadConstraints", objects, "How the pods spread over zones and nodes."},
	{"priorityClassName", "priorityClassName", nil, "Priority class of the pod."},
	{"hostNetwork", "hostNetwork", func() map[string]any { return ofType("boolean") },
		"Whether the pod uses the node's network. Some networks let the API server reach webhooks only there."},
	{"dnsPolicy", "dnsPolicy", func() map[string]any {
		return choice("", "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
	}, "How the pod resolves names. Default: Kubernetes' own, ClusterFirst."},
	{"terminationGracePeriodSeconds", "terminationGracePeriodSeconds", func() map[string]any { return number(0) },
		"Seconds that the pod gets to end."},
}

// containerKnobs are fields of the container.
var containerKnobs = []knob{
	{"resources", "resources", object, "Requests and limits of the container."},
	{"securityContext", "securityContext", object, "Security of the container."},
}

// workload gives a Deployment its knobs: the manager's stand at the top of the values, others' under workloads.
func (c *chart) workload(w model.Workload, deployment model.Tree) {
	var at []string
	if w.Key != "manager" {
		at = []string{"workloads", w.Key}
		c.values.group("Deployments beside the operator's own.", "workloads")
	}
	spec, _ := deployment["spec"].(map[string]any)
	template, _ := spec["template"].(map[string]any)
	meta, _ := template["metadata"].(map[string]any)
	pod, _ := template["spec"].(map[string]any)
	container := mainContainer(pod)
	if container == nil {
		return
	}
	c.containerImage(w, container, at)
	c.knob(spec, at, w.From, knob{"replicas", "replicaCount", func() map[string]any { return number(0) }, "Number of pods."})
	c.knob(spec, at, w.From, knob{"strategy", "strategy", object, "How pods are replaced by those of a new version. Default: Kubernetes' own, RollingUpdate."})
	c.extraEnv(w, container, at)
	c.extra(container, at, "envFrom", "extraEnvFrom", objects(), "ConfigMaps and Secrets whose keys become environment variables, as in a Pod.")
	c.extra(container, at, "args", "extraArgs", listOf(ofType("string")), "Further arguments of the container.")
	for _, k := range containerKnobs {
		c.knob(container, at, w.From, k)
	}
	c.podMeta(spec, meta, at)
	for _, k := range podKnobs {
		c.knob(pod, at, w.From, k)
	}
	c.extra(pod, at, "volumes", "extraVolumes", objects(), "Further volumes of the pod.")
	c.extra(container, at, "volumeMounts", "extraVolumeMounts", objects(), "Where the container mounts them.")
}

// mainContainer is the one that the description's short forms speak of.
func mainContainer(pod map[string]any) map[string]any {
	list, _ := pod["containers"].([]any)
	own := slices.IndexFunc(list, func(e any) bool { return model.At(e.(map[string]any), "image") == model.Ref(model.OpImage, "") })
	if own < 0 && len(list) > 0 {
		own = 0
	}
	if own < 0 {
		return nil
	}
	return list[own].(map[string]any)
}

func (c *chart) containerImage(w model.Workload, container map[string]any, at []string) {
	ref, _ := container["image"].(string)
	if len(at) == 0 && ref != model.Ref(model.OpImage, "") && c.values.at("image") != nil {
		at = []string{"workloads", w.Key} // another workload has the operator's image
	}
	if ref == model.Ref(model.OpImage, "") {
		c.pullPolicy(container, nil)
		return
	}
	if !model.HasExpr(ref) {
		container["image"] = tree.Scalar{Expr: c.addImage(helperFor(at, "image"), at, parseImage(ref), w.From.Child("image")).To("quote")}
		c.pullPolicy(container, at)
	}
}

// helperFor names a template that each workload has.
func helperFor(at []string, name string) string {
	if len(at) == 0 {
		return name
	}
	return at[len(at)-1] + "." + name
}

// knob makes a field of a map a value of the chart. A field that holds expressions stays as it is.
func (c *chart) knob(m map[string]any, at []string, from diag.Path, k knob) {
	current, had := m[k.field]
	if !plain(current) {
		return
	}
	path := append(slices.Clone(at), k.value)
	e := tree.Value(path...)
	v := value{from: from, doc: k.doc, schema: ofType("string")}
	if k.schema != nil {
		v.schema = k.schema()
	}
	var node any
	switch v.schema["type"] {
	case "object":
		v.def, node = orEmpty(current, model.Tree{}), guarded{tree.If(e), tree.Block{Expr: tree.Call("toYaml", e)}}
	case "array":
		v.def, node = orEmpty(current, []any{}), guarded{tree.If(e), tree.Block{Expr: tree.Call("toYaml", e)}}
	case "boolean":
		v.def, node = orEmpty(current, false), guarded{tree.If(e), tree.Scalar{Expr: e}}
	case "integer":
		v.def, node = current, tree.Scalar{Expr: e.To("int")}
		if !had { // 0 is a number too, so only null leaves it out
			v.schema["type"] = []any{"integer", "null"}
			node = guarded{tree.If(tree.Call("kindIs", tree.Text("invalid"), e)).Not(), tree.Scalar{Expr: e.To("int")}}
		}
	default:
		v.def, node = orEmpty(current, ""), guarded{tree.If(e), tree.Scalar{Expr: e.To("quote")}}
	}
	c.values.add(v, path...)
	m[k.field] = node
}

func orEmpty(v, empty any) any {
	if v == nil {
		return empty
	}
	return v
}

// extra lets the installer add items to a list, behind those that the chart has.
func (c *chart) extra(m map[string]any, at []string, field, name string, schema map[string]any, doc string) {
	path := append(slices.Clone(at), name)
	e := tree.Value(path...)
	c.values.add(value{def: []any{}, schema: schema, doc: doc}, path...)
	own, _ := m[field].([]any)
	m[field] = append(slices.Clone(own), guarded{tree.If(e), tree.Splice{Expr: tree.Call("toYaml", e)}})
}

// extraEnv is extra for variables. One that the chart sets itself would stand there twice, so it is refused with the name
// of the value that sets it.
func (c *chart) extraEnv(w model.Workload, container map[string]any, at []string) {
	c.extra(container, at, "env", "extraEnv", listOf(map[string]any{"type": "object", "required": []any{"name"}}),
		"Further environment variables of the container, as in a Pod.")
	list := container["env"].([]any)
	known := c.variables(w)
	own := environment{Helper: helperFor(at, "extraEnv"), At: append(slices.Clone(at), "extraEnv")}
	for _, e := range list[:len(list)-1] {
		cond, v := model.Condition(e)
		m, _ := v.(map[string]any)
		name, _ := m["name"].(string)
		value := known[name]
		if on, off := cond.Split(); value == "" && len(on)+len(off) > 0 {
			value = append(on, off...)[0] + ".enabled"
		}
		own.Set = append(own.Set, variable{name, value})
	}
	if len(own.Set) > 0 {
		c.environments = append(c.environments, own)
		list[len(list)-1] = guarded{tree.If(tree.Value(own.At...)), tree.Splice{Expr: c.include(own.Helper)}}
	}
}

// environment is what the chart sets itself of a container's variables.
type environment struct {
	Helper string // the template that checks the further ones
	At     []string
	Set    []variable
}

// variable is one of them, and the value that sets it.
type variable struct{ Name, Value string }

// variables are the manager's environment variables that a value sets.
func (c *chart) variables(w model.Workload) map[string]string {
	out := map[string]string{}
	if w.Key != "manager" {
		return out
	}
	if c.watches {
		out[c.m.Watch.Env] = "watchNamespaces"
	}
	for _, r := range c.m.Related {
		out[r.Env] = "relatedImages." + r.Name
	}
	for _, p := range c.m.Parameters {
		out[p.Env] = "parameters." + p.Name
	}
	return out
}

// podMeta splits the pod's labels into those that selectors need, which are fixed, and the others, and makes its
// annotations a value.
func (c *chart) podMeta(spec, meta map[string]any, at []string) {
	c.knob(meta, at, "", knob{"annotations", "podAnnotations", stringsByName, "Annotations of the pod."})
	labels, _ := meta["labels"].(map[string]any)
	selected, _ := model.At(spec, "selector", "matchLabels").(map[string]any)
	fixed, free := map[string]any{}, model.Tree{}
	for k, v := range labels {
		if _, chosen := selected[k]; chosen || !plain(v) {
			fixed[k] = v
		} else {
			free[k] = v
		}
	}
	out := c.selector(fixed)
	reserved := append(slices.Sorted(maps.Keys(fixed)), model.LabelInstance)
	path := append(slices.Clone(at), "podLabels")
	c.values.add(value{def: free, schema: without(stringsByName(), reserved), doc: "Further labels of the pod."}, path...)
	e := tree.Value(path...)
	meta["labels"] = append(out, tree.Field{When: tree.If(e), Value: tree.Splice{Expr: tree.Call("toYaml", e)}})
}

// account is the service account of a workload.
type account struct {
	Name    string // as the model has it
	Helper  string // the template that gives it
	At      []string
	Default tree.Expr // its name where the values say none
}

// workloadAccounts finds the service accounts that workloads run as.
func (c *chart) workloadAccounts() {
	for _, w := range c.m.Workloads {
		own := slices.ContainsFunc(c.m.Objects, func(o model.Object) bool { return o.Role == model.RoleServiceAccount && o.Name() == w.Account })
		seen := slices.ContainsFunc(c.accounts, func(a account) bool { return a.Name == w.Account })
		if !own || seen {
			continue
		}
		var at []string
		if w.Key != "manager" {
			at = []string{"workloads", w.Key}
		}
		name := tree.Text(w.Account)
		if model.HasExpr(w.Account) {
			name = c.text(w.Account)
		}
		c.accounts = append(c.accounts, account{Name: w.Account, Helper: helperFor(at, "serviceAccountName"), At: append(at, "serviceAccount"), Default: name})
	}
}

// accountNames lets what refers to a workload's service account follow the value that names it.
func (c *chart) accountNames(v any, path []string) {
	t, _ := v.(map[string]any)
	for k, e := range t {
		switch x := e.(type) {
		case map[string]any:
			c.accountNames(x, append(path, k))
		case []any:
			for _, item := range x {
				c.accountNames(item, append(path, k))
			}
		case string:
			subject := k == "name" && len(path) > 0 && path[len(path)-1] == "subjects" && t["kind"] == "ServiceAccount"
			if !subject && k != "serviceAccountName" {
				continue
			}
			if i := slices.IndexFunc(c.accounts, func(a account) bool { return a.Name == x }); i >= 0 {
				t[k] = tree.Scalar{Expr: c.include(c.accounts[i].Helper).To("quote")}
			}
		}
	}
}
