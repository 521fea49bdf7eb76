package importer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
)

// workload says a workload by its short forms. What they don't reach is found later, by comparing.
func (d *draft) workload(w *workload) {
	out := tree{}
	if w.plain = d.isPlain(w); w.plain {
		out["defaults"] = "none"
	}
	standard := d.prefix + "-" + w.key
	if w.key == "manager" {
		standard = d.prefix + managerSuffix
	}
	if w.name != standard {
		out["name"] = w.name
	}
	switch a := account(w.pod); {
	case a == "" && d.src.facts != nil:
		out["serviceAccount"] = "default" // else opc makes one, which the source does not have
	case a != "" && a != w.name:
		out["serviceAccount"] = a
	}
	d.foreignAccount(account(w.pod))
	if name := text(w.main["name"]); name != "manager" {
		some(out, "containerName", name)
	}
	d.ofKind(w, out)
	d.workloadImage(w, out)
	d.command(w, out)
	if w.key == "manager" {
		d.managerSettings(w, out)
	} else {
		some(out, "args", w.main["args"])
	}
	d.env(w, out)
	d.probes(w, out)
	d.ports(w, out)
	d.resources(w, out)
	d.selector(w, out)
	if w.key == "manager" {
		some(d.spec, "manager", out)
		return
	}
	put(d.spec, out, "workloads", w.key)
}

// ofKind says the kind of a workload, and the fields that only some kinds have.
func (d *draft) ofKind(w *workload, out tree) {
	if w.kind.Kind != "Deployment" {
		out["kind"] = w.kind.Kind
	}
	spec := object(w.entry["spec"])
	if n, ok := spec["replicas"].(int64); ok && n != 1 && w.kind.Replicas {
		out["replicas"] = n
	}
	if w.kind.Claims {
		some(out, "serviceName", spec["serviceName"])
		some(out, "volumeClaimTemplates", spec["volumeClaimTemplates"])
	}
	if w.kind.Rollout == "updateStrategy" {
		some(out, "updateStrategy", spec["updateStrategy"])
	}
}

// foreignAccount says of a service account that is used and not among the objects that the cluster has it already.
func (d *draft) foreignAccount(name string) {
	if d.src.facts == nil || name == "" || name == "default" || d.find("", "ServiceAccount", name) != nil {
		return
	}
	put(d.spec, nil, "serviceAccounts", name)
}

// workloadImage says the image where it is not the operator's.
func (d *draft) workloadImage(w *workload, out tree) {
	if ref := text(w.main["image"]); ref != d.ownImage() {
		some(out, "image", ref)
	}
}

// ownImage is the reference of the operator's image as the description says it.
func (d *draft) ownImage() string {
	switch image := d.spec["image"].(type) {
	case string:
		if image == text(d.workloads[0].main["image"]) {
			return image
		}
		return image + ":" + strings.ReplaceAll(text(d.spec["version"]), "+", "_")
	case tree:
		return text(d.workloads[0].main["image"])
	}
	return ""
}

func (d *draft) command(w *workload, out tree) {
	command := list(w.main["command"])
	switch {
	case w.key == "manager" && !w.plain && slices.Equal(texts(command), []string{"/manager"}):
	case w.key == "manager" && !w.plain || len(command) > 0:
		out["command"] = append([]any{}, command...)
	}
}

// Flags of a manager made by kubebuilder.
const (
	leaderFlag  = "--leader-elect"
	healthFlag  = "--health-probe-bind-address"
	metricsFlag = "--metrics-bind-address"
)

// managerSettings says what only a manager has, and its arguments.
func (d *draft) managerSettings(w *workload, out tree) {
	args := texts(w.main["args"])
	if d.helm != nil {
		args = d.helm.withoutFeatures(args)
	}
	var made []string // the arguments that opc makes with these settings, in its order
	say := func(field string, setting tree, on bool) {
		switch {
		case len(setting) > 0:
			out[field] = setting
		case on == w.plain:
			out[field] = on
		}
	}
	metrics, flags := d.metrics(w, args)
	say("metrics", metrics, flags != nil)
	made = append(made, flags...)
	elects := d.electsLeader(w, args)
	say("leaderElection", nil, elects)
	if elects {
		made = append(made, leaderFlag)
	}
	setting, arg := d.health(w, args)
	say("health", setting, setting != nil)
	if arg != "" {
		made = append(made, arg)
	}
	if len(args) >= len(made) && slices.Equal(args[:len(made)], made) {
		args = args[len(made):]
	}
	if n := len(args); n > 0 && strings.HasPrefix(args[n-1], "--webhook-cert-path=") && d.spec["webhooks"] != nil && get(d.spec, "webhooks", "flag") == nil {
		args = args[:n-1]
	}
	if n := len(args); n > 0 && strings.HasPrefix(args[n-1], "--metrics-cert-path=") && metrics["certificates"] != nil {
		args = args[:n-1]
	}
	d.guards(w, out, flags != nil)
	some(out, "args", anys(args))
}

// isPlain decides whether less must be said of a workload that has nothing by default, or of one that has what
// kubebuilder makes.
func (d *draft) isPlain(w *workload) bool {
	args := texts(w.main["args"])
	_, metrics := d.metrics(w, args)
	health, _ := d.health(w, args)
	annotations := object(get(w.entry, "spec", "template", "metadata", "annotations"))
	have := []bool{
		len(object(w.entry["label"])) > 0, w.pod["terminationGracePeriodSeconds"] == int64(10),
		annotations["kubectl.kubernetes.io/default-container"] == w.main["name"], len(object(w.main["resources"])) > 0,
		len(object(w.pod["securityContext"]))+len(object(w.main["securityContext"])) > 1,
	}
	if w.key == "manager" {
		have = append(have, metrics != nil, health != nil, d.electsLeader(w, args), len(list(w.main["command"])) > 0)
	}
	n := 0
	for _, h := range have {
		if h {
			n++
		}
	}
	return n < len(have)-n
}

// electsLeader reports whether the manager elects a leader, and may.
func (d *draft) electsLeader(w *workload, args []string) bool {
	return !d.raw["leaderElection"] && slices.Contains(args, leaderFlag) && holdsAll(d.rules("permissions", account(w.pod)), leaderElectionRules())
}

// health reports where the manager answers probes: nil where they are not kubebuilder's.
func (d *draft) health(w *workload, args []string) (setting tree, arg string) {
	port, ok := get(w.main, "livenessProbe", "httpGet", "port").(int64)
	if !ok || !same("probe", w.main["livenessProbe"], probe("/healthz", port, 15, 20)) || !same("probe", w.main["readinessProbe"], probe("/readyz", port, 5, 10)) {
		return nil, ""
	}
	setting = tree{}
	if port != 8081 {
		setting["port"] = port
	}
	if arg = healthFlag + "=:" + strconv.FormatInt(port, 10); !slices.Contains(args, arg) {
		setting["flag"], arg = "", ""
	}
	name := ""
	for _, p := range trees(w.main["ports"]) {
		if same("port", p, tree{"name": p["name"], "containerPort": port, "protocol": "TCP"}) {
			name = text(p["name"])
		}
	}
	if name != "health" {
		setting["portName"] = name
	}
	return setting, arg
}

// probes says the probes of a container that health does not make.
func (d *draft) probes(w *workload, out tree) {
	setting, _ := d.health(w, texts(w.main["args"]))
	for _, name := range []string{"liveness", "readiness", "startup"} {
		said := object(w.main[name+"Probe"])
		if len(said) > 0 && (name == "startup" || setting == nil || w.key != "manager") {
			put(out, said, "probes", name)
		}
	}
}

func probe(path string, port, delay, period int64) tree {
	return tree{"httpGet": tree{"path": path, "port": port}, "initialDelaySeconds": delay, "periodSeconds": period}
}

// ports says named TCP ports by their names; others are said in the container's own words.
func (d *draft) ports(w *workload, out tree) {
	ports := tree{}
	for _, p := range d.ownPorts(w) {
		name := text(p["name"])
		if _, twice := ports[name]; twice || name == "" || !same("port", p, tree{"name": name, "containerPort": p["containerPort"], "protocol": "TCP"}) {
			return
		}
		ports[name] = p["containerPort"]
	}
	some(out, "ports", ports)
}

// ownPorts are the ports of a container that opc does not make.
func (d *draft) ownPorts(w *workload) []tree {
	health, served := "", false
	if w.key == "manager" {
		if setting, _ := d.health(w, texts(w.main["args"])); setting != nil {
			health = "health"
			if name, said := setting["portName"]; said {
				health = text(name)
			}
		}
		served = d.spec["webhooks"] != nil && get(d.spec, "webhooks", "flag") == nil
	}
	return slices.DeleteFunc(trees(w.main["ports"]), func(p tree) bool {
		return health != "" && p["name"] == health || served && p["name"] == "webhook-server"
	})
}

func (d *draft) resources(w *workload, out tree) {
	said := object(w.main["resources"])
	standard := tree{"limits": tree{"cpu": "500m", "memory": "128Mi"}, "requests": tree{"cpu": "10m", "memory": "64Mi"}}
	switch {
	case len(said) == 0 && w.plain:
	case len(said) == 0:
		out["resources"] = nil
	case w.plain || !same("resources", said, standard):
		out["resources"] = said
	}
}

// selector says the labels by which a workload finds its pods, and its own.
func (d *draft) selector(w *workload, out tree) {
	component := w.key
	if w.key == "manager" {
		component = "controller-manager"
	}
	selector := tree{model.LabelControlPlane: component, model.LabelName: d.name}
	if said := object(get(w.entry, "spec", "selector", "matchLabels")); len(said) > 0 && !same("labels", said, selector) {
		out["selector"] = said
		selector = said
	}
	labels := tree{}
	if d.named() {
		labels[model.LabelName] = d.name
	}
	for k, v := range selector {
		labels[k] = v
	}
	said := object(w.entry["label"])
	switch {
	case len(said) == 0 && w.plain:
	case len(said) == 0:
		out["labels"] = nil
	case w.plain || !same("labels", said, labels):
		out["labels"] = said
	}
	pod := object(get(w.entry, "spec", "template", "metadata"))
	some(out, "podLabels", overlayStrings(selector, object(pod["labels"])))
	annotations := tree{}
	if !w.plain {
		annotations["kubectl.kubernetes.io/default-container"] = w.main["name"]
	}
	some(out, "podAnnotations", overlayStrings(annotations, object(pod["annotations"])))
}

// overlayStrings is what makes one set of texts of another: null for what goes away.
func overlayStrings(from, to tree) tree {
	out := tree{}
	for k, v := range to {
		if from[k] != v {
			out[k] = v
		}
	}
	for k := range from {
		if _, ok := to[k]; !ok {
			out[k] = nil
		}
	}
	return out
}
