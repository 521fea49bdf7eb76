package judge

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// podJudge holds one pod against the rules of the API server's validation.
type podJudge struct {
	object *kube.Object
	pod    *podTemplate
	report Report
}

// pods judges the pod that an object makes.
func pods(s *Subject, _ *Context, report Report) {
	pod := podOf(s.Typed)
	if pod == nil {
		return
	}
	j := podJudge{object: s.Object, pod: pod, report: report}
	if needsSelector(s.Typed) {
		j.selector()
	}
	for _, err := range metavalidation.ValidateLabels(pod.Meta.Labels, field.NewPath("labels")) {
		j.errorf(pod.at+"/metadata/labels", "%s", err.ErrorBody())
	}
	if len(pod.Spec.Containers) == 0 {
		j.errorf(pod.spec()+"/containers", "the pod has no containers")
	}
	rollout(s, report)
	volumes := j.volumes()
	j.claims(volumes)
	names := map[string]bool{}
	ports := map[string]bool{}
	for i := range pod.Spec.InitContainers {
		j.container(&pod.Spec.InitContainers[i], fmt.Sprintf("%s/initContainers/%d", pod.spec(), i), names, volumes, map[string]bool{})
	}
	listeners := map[string]listener{}
	for i := range pod.Spec.Containers {
		j.listens(&pod.Spec.Containers[i], fmt.Sprintf("%s/containers/%d", pod.spec(), i), listeners)
		j.container(&pod.Spec.Containers[i], fmt.Sprintf("%s/containers/%d", pod.spec(), i), names, volumes, ports)
	}
}

func (j *podJudge) errorf(pointer, format string, args ...any) {
	j.report.error(j.object, diag.InvalidObject, pointer, format, args...)
}

// selector holds that a workload selects its own pods.
func (j *podJudge) selector() {
	if j.pod.Selector == nil {
		j.errorf("/spec/selector", "there is no selector: it must match the pods' labels")
		return
	}
	for _, err := range metavalidation.ValidateLabelSelector(j.pod.Selector, metavalidation.LabelSelectorValidationOptions{}, field.NewPath("spec", "selector")) {
		j.report.fromField(j.object, diag.InvalidObject, err)
	}
	selector, err := metav1.LabelSelectorAsSelector(j.pod.Selector)
	if err == nil && (selector.Empty() || !selector.Matches(labels.Set(j.pod.Meta.Labels))) {
		j.errorf("/spec/selector", "the selector %s does not match the pods' labels %s", selector, labels.Set(j.pod.Meta.Labels))
	}
}

// volumes returns the names of the pod's volumes.
func (j *podJudge) volumes() map[string]bool {
	out := map[string]bool{}
	for i, v := range j.pod.Spec.Volumes {
		at := fmt.Sprintf("%s/volumes/%d", j.pod.spec(), i)
		if out[v.Name] {
			j.errorf(at, "two volumes are called %s", v.Name)
		}
		if msgs := validation.IsDNS1123Label(v.Name); len(msgs) > 0 {
			j.errorf(at, "%q can't name a volume: %s", v.Name, msgs[0])
		}
		if v.Secret != nil && v.Secret.SecretName == "" || v.ConfigMap != nil && v.ConfigMap.Name == "" {
			j.errorf(at, "the volume %s names no Secret or ConfigMap", v.Name)
		}
		out[v.Name] = true
	}
	return out
}

func (j *podJudge) container(c *corev1.Container, at string, names, volumes, ports map[string]bool) {
	if names[c.Name] {
		j.errorf(at, "two containers are called %s", c.Name)
	}
	names[c.Name] = true
	if msgs := validation.IsDNS1123Label(c.Name); len(msgs) > 0 {
		j.errorf(at+"/name", "%q can't name a container: %s", c.Name, msgs[0])
	}
	if strings.TrimSpace(c.Image) != c.Image || c.Image == "" {
		j.errorf(at+"/image", "the container %s has no image", c.Name)
	}
	j.ports(c, at, ports)
	j.env(c, at)
	j.mounts(c, at, volumes)
	j.resources(c, at)
	for _, p := range []struct {
		name  string
		probe *corev1.Probe
	}{{"livenessProbe", c.LivenessProbe}, {"readinessProbe", c.ReadinessProbe}, {"startupProbe", c.StartupProbe}} {
		if p.probe != nil {
			j.probe(c, p.probe, p.name, at+"/"+p.name)
		}
	}
}

func (j *podJudge) ports(c *corev1.Container, at string, seen map[string]bool) {
	taken := map[string]bool{}
	for i, p := range c.Ports {
		where := fmt.Sprintf("%s/ports/%d", at, i)
		if msgs := validation.IsValidPortNum(int(p.ContainerPort)); len(msgs) > 0 {
			j.errorf(where, "%d is not a port: %s", p.ContainerPort, msgs[0])
		}
		key := fmt.Sprintf("%d/%s", p.ContainerPort, p.Protocol)
		if taken[key] {
			j.errorf(where, "the container %s has the port %d twice", c.Name, p.ContainerPort)
		}
		taken[key] = true
		if p.Name == "" {
			continue
		}
		if msgs := validation.IsValidPortName(p.Name); len(msgs) > 0 {
			j.errorf(where, "%q can't name a port: %s", p.Name, msgs[0])
		}
		if seen[p.Name] {
			j.errorf(where, "two ports are called %s", p.Name)
		}
		seen[p.Name] = true
	}
}

// env finds variables that are set twice, and arguments that name one that is not set.
func (j *podJudge) env(c *corev1.Container, at string) {
	set := map[string]bool{}
	for i, e := range c.Env {
		where := fmt.Sprintf("%s/env/%d", at, i)
		if msgs := validation.IsEnvVarName(e.Name); len(msgs) > 0 {
			j.errorf(where, "%q can't name an environment variable: %s", e.Name, msgs[0])
		}
		if set[e.Name] {
			j.errorf(where, "the environment variable %s is set twice: the last one wins, and server-side apply refuses it", e.Name)
		}
		if e.Value != "" && e.ValueFrom != nil {
			j.errorf(where, "the environment variable %s has a value and a source", e.Name)
		}
		set[e.Name] = true
	}
	if len(c.EnvFrom) > 0 {
		return
	}
	j.variables(c.Command, at+"/command", set)
	j.variables(c.Args, at+"/args", set)
}

func (j *podJudge) variables(list []string, at string, set map[string]bool) {
	for i, text := range list {
		for _, name := range variables(text) {
			if !set[name] {
				j.report.warn(j.object, diag.LeadsNowhere, fmt.Sprintf("%s/%d", at, i), "%s names the environment variable %s, which is not set: the program gets the text as it is", text, name)
			}
		}
	}
}

// variables lists the names in $(NAME); $$(NAME) is a text.
func variables(text string) []string {
	var out []string
	for {
		i := strings.Index(text, "$(")
		if i < 0 {
			return out
		}
		name, rest, closed := strings.Cut(text[i+2:], ")")
		if !closed {
			return out
		}
		if (i == 0 || text[i-1] != '$') && len(validation.IsEnvVarName(name)) == 0 {
			out = append(out, name)
		}
		text = rest
	}
}

func (j *podJudge) mounts(c *corev1.Container, at string, volumes map[string]bool) {
	paths := map[string]bool{}
	for i, m := range c.VolumeMounts {
		where := fmt.Sprintf("%s/volumeMounts/%d", at, i)
		if !volumes[m.Name] {
			j.errorf(where, "the container %s mounts the volume %s, which the pod does not have", c.Name, m.Name)
		}
		if m.MountPath == "" {
			j.errorf(where, "the mount of %s has no path", m.Name)
		}
		if paths[m.MountPath] {
			j.errorf(where, "two volumes are mounted at %s", m.MountPath)
		}
		paths[m.MountPath] = true
	}
}

func (j *podJudge) resources(c *corev1.Container, at string) {
	for _, name := range slices.Sorted(maps.Keys(c.Resources.Requests)) {
		request := c.Resources.Requests[name]
		limit, limited := c.Resources.Limits[name]
		if limited && request.Cmp(limit) > 0 {
			j.errorf(at+"/resources/requests", "the container %s requests %s of %s, more than its limit of %s", c.Name, request.String(), name, limit.String())
		}
	}
}

// probe holds that a probe asks a port that the container can have.
func (j *podJudge) probe(c *corev1.Container, p *corev1.Probe, name, at string) {
	var port intstr.IntOrString
	switch {
	case p.HTTPGet != nil:
		port = p.HTTPGet.Port
	case p.TCPSocket != nil:
		port = p.TCPSocket.Port
	case p.GRPC != nil:
		port = intstr.FromInt32(p.GRPC.Port)
	case p.Exec != nil:
		return
	default:
		j.errorf(at, "the %s asks nothing: expected httpGet, tcpSocket, grpc or exec", name)
		return
	}
	if port.Type == intstr.Int {
		if msgs := validation.IsValidPortNum(port.IntValue()); len(msgs) > 0 {
			j.errorf(at, "the %s asks port %d: %s", name, port.IntValue(), msgs[0])
		}
		return
	}
	if !slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == port.StrVal }) {
		j.report.error(j.object, diag.LeadsNowhere, at, "the %s asks the port %s, which the container %s does not have", name, port.StrVal, c.Name)
	}
}
