package helm

import (
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/helm/internal/tree"
	"github.com/opc-project/opc/kube"
)

// workloadKnobs are fields of the spec of a Deployment, StatefulSet or DaemonSet.
func workloadKnobs(kind kube.WorkloadKind) []knob {
	if !kind.Keeps() {
		return taskKnobs(kind)
	}
	rollout, old := "Update strategy of the "+kind.Kind, "revisions"
	if kind.Kind == "Deployment" {
		rollout, old = "Deployment strategy", "ReplicaSets"
	}
	out := []knob{
		{kind.Rollout, kind.Rollout, workloadField(kind, kind.Rollout), rollout + ". Default: RollingUpdate."},
		{"revisionHistoryLimit", "revisionHistoryLimit", count, "Number of old " + old + " to keep for rollbacks. Default: 10."},
	}
	if kind.Replicas {
		out = append(out, knob{"replicas", "replicaCount", count, "Number of replicas."})
	}
	if kind.Claims {
		out = append(out, knob{"volumeClaimTemplates", "volumeClaimTemplates", workloadField(kind, "volumeClaimTemplates"),
			"Volume claims of each pod. They can't be changed in an upgrade."})
	}
	return out
}

// podKnobs are fields of the pod's spec.
var podKnobs = []knob{
	{"imagePullSecrets", "imagePullSecrets", podField("imagePullSecrets", wholly), "Image pull secrets, each with a name."},
	{"securityContext", "podSecurityContext", podField("securityContext", wholly), "Security context of the pod."},
	{"nodeSelector", "nodeSelector", stringsByName, "Node selector of the pod."},
	{"tolerations", "tolerations", podField("tolerations", wholly), "Tolerations of the pod."},
	{"affinity", "affinity", podField("affinity", 2), "Affinity of the pod."},
	{"topologySpreadConstraints", "topologySpreadConstraints", podField("topologySpreadConstraints", wholly), "Topology spread constraints of the pod."},
	{"priorityClassName", "priorityClassName", nil, "Priority class of the pod."},
	{"hostNetwork", "hostNetwork", func() map[string]any { return ofType("boolean") },
		"Use the host network. Some CNI plugins need it so that the API server can reach webhooks."},
	{"dnsPolicy", "dnsPolicy", func() map[string]any {
		return choice("", "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
	}, "DNS policy of the pod. Default: ClusterFirst."},
	{"dnsConfig", "dnsConfig", podField("dnsConfig", wholly), "DNS configuration of the pod."},
	{"hostAliases", "hostAliases", podField("hostAliases", wholly), "Entries for the hosts file of the pod."},
	{"runtimeClassName", "runtimeClassName", nil, "Runtime class of the pod."},
	{"terminationGracePeriodSeconds", "terminationGracePeriodSeconds", count, "Termination grace period in seconds."},
}

// containerKnobs are fields of the container.
var containerKnobs = []knob{
	{"resources", "resources", containerField("resources"), "Resource requests and limits of the container."},
	{"securityContext", "securityContext", containerField("securityContext"), "Security context of the container."},
	{"livenessProbe", "livenessProbe", containerField("livenessProbe"), "Liveness probe of the container."},
	{"readinessProbe", "readinessProbe", containerField("readinessProbe"), "Readiness probe of the container."},
	{"startupProbe", "startupProbe", containerField("startupProbe"), "Startup probe of the container."},
	{"lifecycle", "lifecycle", containerField("lifecycle"), "Lifecycle hooks of the container."},
}

// workload gives a workload its knobs: the manager's stand at the top of the values, others' under workloads.
func (c *chart) workload(w model.Workload, object model.Tree) {
	kind, _ := kube.PodKind(w.Kind)
	var at []string
	if w.Key != "manager" {
		at = []string{"workloads", w.Key}
		c.values.group("Additional workloads.", "workloads")
	}
	spec := kube.Map(object["spec"])
	meta := kube.Map(w.Template(object)["metadata"])
	pod, container := w.Pod(object), w.Main(object)
	if container == nil {
		return
	}
	if kind.Kind == "Job" {
		runAsHook(object)
	}
	c.containerImage(w, container, at)
	if own, ok := object["metadata"].(map[string]any); ok {
		c.knob(own, at, w.From, knob{"annotations", kind.Field + "Annotations", stringsByName, "Annotations of the " + kind.Kind + "."})
	}
	for _, k := range workloadKnobs(kind) {
		c.knob(spec, at, w.From, k)
	}
	c.extraEnv(w, container, at)
	c.extra(container, at, "envFrom", "extraEnvFrom", containerField("envFrom")(),
		"ConfigMaps and Secrets whose keys become environment variables, as in a Pod.")
	c.extra(container, at, "args", "extraArgs", listOf(ofType("string")), "Additional container arguments.")
	for _, k := range containerKnobs {
		c.knob(container, at, w.From, k)
	}
	c.podMeta(spec, meta, at)
	c.ownSelectors(pod)
	for _, k := range podKnobs {
		c.knob(pod, at, w.From, k)
	}
	c.containersBeside(w, pod, at)
	c.movable(pod)
	c.pullSecrets(pod, at)
	c.extra(pod, at, "volumes", "extraVolumes", podField("volumes", 1)(), "Additional volumes of the pod.")
	c.once(pod, at, "volumes", "extraVolumes", "name", nil)
	c.extra(container, at, "volumeMounts", "extraVolumeMounts", containerField("volumeMounts")(), "Additional volume mounts of the container.")
	c.once(container, at, "volumeMounts", "extraVolumeMounts", "mountPath", nil)
	own := kube.List(pod["containers"])
	c.extra(pod, at, "initContainers", "extraInitContainers", podField("initContainers", 1)(), "Additional containers that run before the operator starts.")
	c.once(pod, at, "initContainers", "extraInitContainers", "name", nil, own...)
	starting := kube.List(pod["initContainers"])
	c.extra(pod, at, "containers", "extraContainers", podField("containers", 1)(), "Additional containers of the pod.")
	c.once(pod, at, "containers", "extraContainers", "name", nil, starting...)
}

func (c *chart) containerImage(w model.Workload, container map[string]any, at []string) {
	ref := kube.Text(container["image"])
	if len(at) == 0 && ref != model.Ref(model.OpImage, "") && c.values.at("image") != nil {
		at = []string{"workloads", w.Key} // another workload has the operator's image
	}
	if ref == model.Ref(model.OpImage, "") {
		said := kube.Text(container["imagePullPolicy"])
		if v := c.values.at("image", "pullPolicy"); v == nil || v.def == any(said) {
			c.pullPolicy(container, nil)
		} // else a workload before has the image too, and says otherwise: one value can't be both
		return
	}
	if !model.HasExpr(ref) {
		e := c.addImage(helperFor(at, "image"), at, model.ParseImage(ref), w.From.Child("image"))
		container["image"] = tree.Scalar{Expr: e.To("quote")}
		c.pullPolicy(container, at)
	}
}

// podMeta splits the pod's labels into those that selectors need, which are fixed, and the others, and makes its
// annotations a value.
func (c *chart) podMeta(spec, meta map[string]any, at []string) {
	c.knob(meta, at, "", knob{"annotations", "podAnnotations", stringsByName, "Annotations of the pod."})
	labels := kube.Map(meta["labels"])
	selected := kube.Map(model.At(spec, "selector", "matchLabels"))
	fixed, free := map[string]any{}, model.Tree{}
	for k, v := range labels {
		if _, chosen := selected[k]; chosen || !plain(v) {
			fixed[k] = v
		} else {
			free[k] = v
		}
	}
	delete(free, model.LabelInstance)
	out := c.selector(fixed)
	if selected == nil { // a task, whose pods nothing selects
		out, _ = c.fields(fixed, []string{"labels"})
	}
	reserved := append(slices.Sorted(maps.Keys(fixed)), model.LabelInstance)
	path := append(slices.Clone(at), "podLabels")
	c.values.add(value{def: free, schema: without(stringsByName(), reserved), doc: "Additional labels of the pod."}, path...)
	e := tree.Value(path...)
	meta["labels"] = append(out, tree.Field{When: tree.If(e), Value: tree.Splice{Expr: tree.Call("toYaml", e)}})
}
