package cluster

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type object = map[string]any

// Pod is a process that plays the pod of a Deployment.
type Pod struct {
	Name    string
	Account string         // its service account
	Ports   map[string]int // where on loopback the container's ports are, by name and by number
	Probe   string         // URL that says when it is ready
	led     []string       // addresses in the cluster that lead to it
	cluster *Cluster
}

// RunPod plays the kubelet, since kwok only says that a pod runs: it starts a program in place of the image of a
// Deployment's only container, with the container's arguments and environment, the files of its volumes and the token of
// its service account. What the container listens on by an argument such as :8081 is moved to a free port of loopback.
func (c *Cluster) RunPod(ctx context.Context, namespace, deployment, program string) (*Pod, error) {
	list, err := c.Get(ctx, "deployment", deployment, "-n", namespace)
	if err != nil {
		return nil, err
	}
	template := fields(list[0], "spec", "template")
	spec := fields(template, "spec")
	containers, _ := spec["containers"].([]any)
	if len(containers) != 1 {
		return nil, fmt.Errorf("the Deployment %s has %d containers", deployment, len(containers))
	}
	container, _ := containers[0].(object)
	p := &Pod{Name: filepath.Base(program), Account: text(spec["serviceAccountName"]), Ports: map[string]int{}, cluster: c}
	env, err := environment(container, template, namespace)
	if err != nil {
		return nil, err
	}
	folders, err := c.volumes(ctx, namespace, spec, container)
	if err != nil {
		return nil, err
	}
	args, err := p.arguments(container, env, folders)
	if err != nil {
		return nil, err
	}
	p.named(container)
	if err := c.lead(ctx, namespace, list[0], p); err != nil {
		return nil, err
	}
	return p, c.SpawnInPod(ctx, namespace, p.Account, env, program, args...)
}

// lead leads the API server from the pods that kwok plays for a Deployment to the process.
func (c *Cluster) lead(ctx context.Context, namespace string, deployment object, p *Pod) error {
	name := text(fields(deployment, "metadata")["name"])
	if _, err := c.Kubectl(ctx, "", "rollout", "status", "deployment", name, "-n", namespace, "--timeout="+Patience); err != nil {
		return err
	}
	selector := fields(deployment, "spec", "selector", "matchLabels")
	var labels []string
	for _, k := range slices.Sorted(maps.Keys(selector)) {
		labels = append(labels, k+"="+text(selector[k]))
	}
	pods, err := c.Get(ctx, "pods", "-n", namespace, "-l", strings.Join(labels, ","))
	if err != nil {
		return err
	}
	for _, pod := range pods {
		for port, there := range p.Ports {
			if _, err := strconv.Atoi(port); err != nil {
				continue // the number is there too
			}
			address := text(fields(pod, "status")["podIP"]) + ":" + port
			c.Lead(address, there)
			p.led = append(p.led, address)
		}
	}
	return nil
}

// environment is the container's environment.
func environment(container, template object, namespace string) ([]string, error) {
	var out []string
	list, _ := container["env"].([]any)
	for _, e := range list {
		v, _ := e.(object)
		value := text(v["value"])
		if path := text(fields(v, "valueFrom", "fieldRef")["fieldPath"]); path != "" {
			switch {
			case path == "metadata.namespace":
				value = namespace
			case strings.HasPrefix(path, "metadata.annotations['"):
				value = text(fields(template, "metadata", "annotations")[strings.TrimSuffix(strings.TrimPrefix(path, "metadata.annotations['"), "']")])
			default:
				return nil, fmt.Errorf("the variable %v is read from %s, which nobody plays here", v["name"], path)
			}
		} else if v["valueFrom"] != nil {
			return nil, fmt.Errorf("the variable %v is read from %v, which nobody plays here", v["name"], v["valueFrom"])
		}
		out = append(out, text(v["name"])+"="+value)
	}
	return out, nil
}

// volumes writes the files that the container mounts, and returns their folders by mount path.
func (c *Cluster) volumes(ctx context.Context, namespace string, spec, container object) (map[string]string, error) {
	out := map[string]string{}
	mounts, _ := container["volumeMounts"].([]any)
	volumes, _ := spec["volumes"].([]any)
	for _, m := range mounts {
		mount, _ := m.(object)
		i := slices.IndexFunc(volumes, func(v any) bool { return v.(object)["name"] == mount["name"] })
		if i < 0 {
			return nil, fmt.Errorf("the pod has no volume %v", mount["name"])
		}
		source, _ := volumes[i].(object)["secret"].(object)
		if source == nil {
			return nil, fmt.Errorf("the volume %v is no Secret, which nobody plays here", mount["name"])
		}
		dir := filepath.Join(c.Dir, "volumes", namespace, text(mount["name"]))
		if err := c.secret(ctx, namespace, source, dir); err != nil {
			return nil, err
		}
		out[text(mount["mountPath"])] = dir
	}
	return out, nil
}

// secret writes the files of a Secret's volume.
func (c *Cluster) secret(ctx context.Context, namespace string, source object, dir string) error {
	list, err := c.Get(ctx, "secret", text(source["secretName"]), "-n", namespace)
	if err != nil {
		return fmt.Errorf("the pod would not start: %w", err)
	}
	data := fields(list[0], "data")
	paths := map[string]string{}
	for key := range data {
		paths[key] = key
	}
	if items, ok := source["items"].([]any); ok {
		paths = map[string]string{}
		for _, i := range items {
			item, _ := i.(object)
			paths[text(item["key"])] = text(item["path"])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(paths)) {
		content, err := base64.StdEncoding.DecodeString(text(data[key]))
		if err != nil || data[key] == nil {
			return errors.Join(fmt.Errorf("the pod would not start: its Secret %v has no %s", source["secretName"], key), err)
		}
		if err := write(filepath.Join(dir, paths[key]), content); err != nil {
			return err
		}
	}
	return nil
}

var listens = regexp.MustCompile(`=:([0-9]+)$`)

// arguments are the container's, with variables in place, folders where their files are, and ports that are free.
func (p *Pod) arguments(container object, env []string, folders map[string]string) ([]string, error) {
	var out []string
	list, _ := container["args"].([]any)
	for _, a := range list {
		arg := text(a)
		for _, e := range env {
			name, value, _ := strings.Cut(e, "=")
			arg = strings.ReplaceAll(arg, "$("+name+")", value)
		}
		for _, path := range slices.Sorted(maps.Keys(folders)) {
			arg = strings.ReplaceAll(arg, path, folders[path])
		}
		if port := listens.FindStringSubmatch(arg); port != nil {
			free, err := FreePorts(1)
			if err != nil {
				return nil, err
			}
			p.Ports[port[1]] = free[0]
			arg = listens.ReplaceAllString(arg, fmt.Sprintf("=127.0.0.1:%d", free[0]))
		}
		out = append(out, arg)
	}
	return out, nil
}

// named adds the ports that are said by name or not by an argument, and finds the readiness probe.
func (p *Pod) named(container object) {
	ports, _ := container["ports"].([]any)
	for _, e := range ports {
		port, _ := e.(object)
		number := text(port["containerPort"])
		if p.Ports[number] == 0 {
			p.Ports[number], _ = strconv.Atoi(number)
		}
		p.Ports[text(port["name"])] = p.Ports[number]
	}
	if get := fields(container, "readinessProbe", "httpGet"); get != nil {
		p.Probe = fmt.Sprintf("http://127.0.0.1:%d%v", p.Ports[text(get["port"])], get["path"])
	}
}

// End asks the pod's process to end, as the kubelet does, and says how it took that.
func (p *Pod) End() error {
	c := p.cluster
	c.unlead(p.led...)
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.processes, func(q *process) bool { return q.name == p.Name })
	if i < 0 {
		return fmt.Errorf("%s does not run", p.Name)
	}
	running := c.processes[i]
	c.processes = slices.Delete(c.processes, i, i+1)
	patience, err := time.ParseDuration(Patience)
	if err != nil {
		return err
	}
	_ = running.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-running.done:
		if err != nil {
			err = fmt.Errorf("%s ended: %w\n%s", p.Name, err, tail(running.log))
		}
		return err
	case <-time.After(patience):
		_ = running.cmd.Process.Kill()
		<-running.done
		return fmt.Errorf("%s did not end when it was asked to", p.Name)
	}
}

func fields(o object, path ...string) object {
	for _, p := range path {
		o, _ = o[p].(object)
	}
	return o
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
