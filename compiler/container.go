package compiler

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// containerName is the name of the container that a workload's short forms speak of.
func containerName(w *schema.Workload) string { return cmp.Or(w.ContainerName, "manager") }

// container makes a container from short forms. key is that of the workload for its main container, "" for others.
func (s *state) container(key string, at diag.Path, w *schema.Workload) map[string]any {
	c := map[string]any{"name": containerName(w), "image": s.imageOf(w.Image, at.Child("image"))}
	switch {
	case len(w.Command) > 0:
		c["command"] = stringList(w.Command)
	case w.Command == nil && key == "manager" && !plain(w):
		c["command"] = []any{s.entrypoint()}
	}
	if args := s.args(key, w); len(args) > 0 {
		c["args"] = args
	}
	if env := s.env(key, at, w); len(env) > 0 {
		c["env"] = env
	}
	if ports := s.ports(key, w); len(ports) > 0 {
		c["ports"] = ports
	}
	switch {
	case w.Resources == nil && plain(w):
	case w.Resources == nil:
		c["resources"] = map[string]any{
			"limits":   map[string]any{"cpu": "500m", "memory": "128Mi"},
			"requests": map[string]any{"cpu": "10m", "memory": "64Mi"},
		}
	case w.Resources.Value != nil:
		s.quantities(w.Resources.Value, at.Child("resources"))
		c["resources"] = model.Clone(w.Resources.Value)
	}
	if restricted(w) {
		c["securityContext"] = map[string]any{
			"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": map[string]any{"drop": []any{"ALL"}},
		}
	}
	s.probes(key, w, c)
	if name, ok := w.Container["name"]; ok && name != c["name"] {
		// Everything that refers to the container, such as the chart's values and patches, uses the name of the short form.
		s.add(diag.Errorf(diag.BadOverlay, at.Child("container").Child("name"), "the overlay renames the container %s to %v", c["name"], name).
			WithHint("set the container's name in containerName, or in name for one of containers"))
		return c
	}
	return s.patch(c, w.Container, corev1.Container{}, at.Child("container"))
}

// plain reports whether a workload has nothing but what is said of it.
func plain(w *schema.Workload) bool { return w.Defaults == "none" }

// restricted reports whether opc writes the security contexts of a workload.
func restricted(w *schema.Workload) bool {
	return w.Security == "restricted" || w.Security == "" && !plain(w)
}

func (s *state) electsLeader() bool {
	return deref(s.manager.LeaderElection, !plain(&s.manager.Workload))
}

// health returns where the manager answers probes, or nil.
func (s *state) health() *schema.Health {
	h := s.manager.Health
	if h == nil {
		h = &schema.Health{Off: plain(&s.manager.Workload)}
	}
	if h.Off || s.manager.None {
		return nil
	}
	return &schema.Health{Port: cmp.Or(h.Port, 8081), Flag: ptr(deref(h.Flag, "--health-probe-bind-address")), PortName: ptr(deref(h.PortName, "health"))}
}

func ptr[T any](v T) *T { return &v }

// args lists the arguments: those that opc makes, and between them those of the description. One that the description
// lists and opc makes too stands where the description puts it.
func (s *state) args(key string, w *schema.Workload) []any {
	own := stringList(w.Args)
	if key != "manager" {
		return own
	}
	place := func(made []any) []any {
		return slices.DeleteFunc(made, func(arg any) bool {
			_, text := model.Condition(arg)
			i := slices.Index(own, text)
			if i >= 0 {
				own[i] = arg
			}
			return i >= 0
		})
	}
	first, last := place(s.firstArgs()), place(s.lastArgs(key))
	return slices.Concat(first, own, last)
}

// firstArgs are the arguments that stand before those of the description, in the order of kubebuilder's scaffold.
func (s *state) firstArgs() []any {
	var out []any
	if mt := s.metricsSpec(); mt != nil {
		out = append(out, model.When(model.All(featureMetrics), fmt.Sprintf("--metrics-bind-address=:%d", s.metricsPort())))
		if !deref(mt.Secure, true) {
			out = append(out, model.When(model.All(featureMetrics), "--metrics-secure=false"))
		}
	}
	if s.electsLeader() {
		out = append(out, "--leader-elect")
	}
	if h := s.health(); h != nil && *h.Flag != "" {
		out = append(out, fmt.Sprintf("%s=:%d", *h.Flag, h.Port))
	}
	return out
}

// lastArgs are the arguments that stand after those of the description. Conditional ones stand in the order of features.
func (s *state) lastArgs(key string) []any {
	var out []any
	for _, p := range s.m.Parameters {
		if p.Arg != "" {
			out = append(out, fmt.Sprintf("%s=$(%s)", p.Arg, p.Env))
		}
	}
	if s.metricsCertificates() {
		out = append(out, model.When(model.All(featureMetrics, featureCertManager), "--metrics-cert-path="+metricsCerts))
	}
	if s.servesWebhooks(key) {
		if flag := deref(s.spec.Webhooks.Flag, "--webhook-cert-path"); flag != "" {
			out = append(out, s.certificatePath(flag)...)
		}
	}
	for _, name := range s.ownFeatures() {
		for _, a := range s.spec.Features[name].Args {
			out = append(out, model.When(model.All(name), a))
		}
	}
	return out
}

// certificatePath tells the manager where its serving certificate is mounted. OLM has a place of its own for it.
func (s *state) certificatePath(flag string) []any {
	if path := s.m.Webhooks.MountPath; path != servingCerts {
		return []any{
			model.When(model.All(featureWebhook, "!"+model.AtomOLM), flag+"="+path),
			model.When(model.All(featureWebhook, model.AtomOLM), flag+"="+servingCerts),
		}
	}
	return []any{model.When(model.All(featureWebhook), flag+"="+servingCerts)}
}

// servesWebhooks reports whether a workload serves webhooks.
func (s *state) servesWebhooks(key string) bool {
	return slices.ContainsFunc(s.m.Webhooks.Hooks, func(h model.Webhook) bool { return h.Workload == key })
}

// env lists the environment variables: those of the description, then those that opc makes. An entry of the
// description that has just a name of one that opc makes is the place where it stands.
func (s *state) env(key string, at diag.Path, w *schema.Workload) []any {
	made := s.madeEnv(key)
	var out []any
	placed := map[string]bool{}
	for _, e := range w.Env.Entries() {
		name := kube.Text(e["name"])
		i := slices.IndexFunc(made, func(m map[string]any) bool { return m["name"] == name })
		switch {
		case i >= 0 && len(e) == 1:
			out = append(out, made[i])
			placed[name] = true
		case i >= 0:
			s.add(diag.Errorf(diag.DuplicateName, at.Child("env").Child(name), "the environment variable %s is also made by opc", name).
				WithHint("leave it out here, or give the parameter, related image or watch another variable"))
		case key == "manager" && name == enableWebhooks && s.servesWebhooks(key):
			out = append(out, model.When(model.All(featureWebhook), e)) // without them, opc says no
		default:
			out = append(out, e)
		}
	}
	for _, m := range made {
		if name := kube.Text(m["name"]); !placed[name] {
			out = append(out, m)
		}
	}
	if key == "manager" {
		out = append(out, s.featureEnv()...)
	}
	return out
}

// madeEnv lists the variables of the manager that come from watch, related images and parameters.
func (s *state) madeEnv(key string) []map[string]any {
	if key != "manager" {
		return nil
	}
	var out []map[string]any
	if env := s.m.Watch.Env; env != "" {
		out = append(out, map[string]any{"name": env, "value": model.Ref(model.OpWatch, "")})
	}
	for _, r := range s.m.Related {
		if r.Env != "" {
			out = append(out, map[string]any{"name": r.Env, "value": model.Ref(model.OpImage, r.Name)})
		}
	}
	for _, p := range s.m.Parameters {
		if p.Env != "" {
			out = append(out, map[string]any{"name": p.Env, "value": model.Ref(model.OpParameter, p.Name)})
		}
	}
	return out
}

// enableWebhooks is a variable of kubebuilder's scaffold: the program registers its webhooks unless it is false.
const enableWebhooks = "ENABLE_WEBHOOKS"

func (s *state) featureEnv() []any {
	var out []any
	if s.servesWebhooks("manager") {
		out = append(out, model.When(model.All("!"+featureWebhook), map[string]any{"name": enableWebhooks, "value": "false"}))
	}
	for _, name := range s.ownFeatures() {
		for _, e := range s.spec.Features[name].Env.Entries() {
			out = append(out, model.When(model.All(name), e))
		}
	}
	return out
}

func (s *state) ports(key string, w *schema.Workload) []any {
	var out []any
	if h := s.health(); h != nil && key == "manager" && *h.PortName != "" {
		out = append(out, map[string]any{"containerPort": h.Port, "name": *h.PortName, "protocol": "TCP"})
	}
	for _, name := range slices.Sorted(maps.Keys(w.Ports)) {
		out = append(out, map[string]any{"containerPort": w.Ports[name], "name": name, "protocol": "TCP"})
	}
	if s.servesWebhooks(key) && s.spec.Webhooks.Flag == nil || s.servesWebhooks(key) && *s.spec.Webhooks.Flag != "" {
		out = append(out, model.When(model.All(featureWebhook), map[string]any{"containerPort": s.m.Webhooks.Port, "name": "webhook-server", "protocol": "TCP"}))
	}
	return out
}

func (s *state) probes(key string, w *schema.Workload, c map[string]any) {
	if h := s.health(); h != nil && key == "manager" {
		probe := func(path string, delay, period int64) map[string]any {
			return map[string]any{"httpGet": map[string]any{"path": path, "port": h.Port}, "initialDelaySeconds": delay, "periodSeconds": period}
		}
		c["livenessProbe"], c["readinessProbe"] = probe("/healthz", 15, 20), probe("/readyz", 5, 10)
	}
	if w.Probes == nil {
		return
	}
	for field, p := range map[string]*schema.Nullable{"livenessProbe": w.Probes.Liveness, "readinessProbe": w.Probes.Readiness, "startupProbe": w.Probes.Startup} {
		switch {
		case p == nil:
		case p.Value == nil:
			delete(c, field)
		default:
			c[field] = model.Clone(p.Value)
		}
	}
}
