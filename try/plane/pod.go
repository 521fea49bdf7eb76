package plane

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/opc-project/opc/kube"
)

// Pod is a process that plays the pod of a Deployment.
type Pod struct {
	Name      string
	Namespace string
	Account   string         // its service account
	Ports     map[string]int // where on loopback the container's ports are, by name and by number
	Probe     string         // URL that says when it is ready; "" for none
	Fixed     []int          // ports that no argument moves: it listens there, whatever else runs

	plane     *Plane
	program   string
	env, args []string
	led       []string // addresses in the cluster that lead to it
}

// NewPod plays the kubelet up to where a container is started: a program stands in place of a container's image, and has
// the container's arguments and environment, the files of its volumes and the token of its service account. What it
// listens on by an argument such as :8081 is moved to a free port of loopback. The container is the only one with "".
func (p *Plane) NewPod(ctx context.Context, namespace string, deployment kube.Tree, container, program string) (*Pod, error) {
	template := fields(deployment, "spec", "template")
	spec := fields(template, "spec")
	containers := kube.List(spec["containers"])
	if container == "" && len(containers) != 1 {
		return nil, fmt.Errorf("the Deployment %s has %d containers", kube.MetaString(deployment, "name"), len(containers))
	}
	i := slices.IndexFunc(containers, func(c any) bool { return container == "" || fields(c)["name"] == container })
	if i < 0 {
		return nil, fmt.Errorf("the Deployment %s has no container %s", kube.MetaString(deployment, "name"), container)
	}
	account := text(spec["serviceAccountName"])
	if account == "" {
		account = "default"
	}
	pod := &Pod{Name: filepath.Base(program), Namespace: namespace, Account: account, Ports: map[string]int{}, plane: p, program: program}
	k := &kubelet{plane: p, pod: pod, template: template, spec: spec, container: fields(containers[i])}
	var err error
	if pod.env, err = k.environment(ctx); err != nil {
		return nil, err
	}
	folders, err := k.volumes(ctx)
	if err != nil {
		return nil, err
	}
	if err := pod.arguments(k.container, folders); err != nil {
		return nil, err
	}
	pod.named(k.container)
	return pod, nil
}

// Start starts the program.
func (pod *Pod) Start(ctx context.Context) error {
	env := append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + pod.plane.Dir, "TMPDIR=" + pod.plane.Dir}, pod.env...)
	return pod.plane.SpawnInPod(ctx, pod.Namespace, pod.Account, env, pod.program, pod.args...)
}

// LedFrom has the API server arrive at the pod where it goes to an address in the cluster; port is a port of the container.
func (pod *Pod) LedFrom(address, port string) {
	pod.plane.Lead(address, pod.Ports[port])
	pod.led = append(pod.led, address)
}

var listens = regexp.MustCompile(`^(.*=|)(?:0\.0\.0\.0|127\.0\.0\.1|\[::\]|)(:?)([0-9]+)$`)

// arguments are the container's, with variables in place, folders where their files are, and ports that are free.
func (pod *Pod) arguments(container kube.Tree, folders map[string]string) error {
	command := kube.List(container["command"])
	list := kube.List(container["args"])
	for _, a := range append(slices.Clone(command[min(1, len(command)):]), list...) {
		arg := text(a)
		for _, e := range pod.env {
			name, value, _ := strings.Cut(e, "=")
			arg = strings.ReplaceAll(arg, "$("+name+")", value)
		}
		for _, path := range slices.Backward(slices.Sorted(maps.Keys(folders))) {
			arg = strings.ReplaceAll(arg, path, folders[path])
		}
		arg, err := pod.moved(container, arg)
		if err != nil {
			return err
		}
		pod.args = append(pod.args, arg)
	}
	return nil
}

// moved moves the port that an argument says the program listens on. A bare number is one where the container has a port
// of that number.
func (pod *Pod) moved(container kube.Tree, arg string) (string, error) {
	m := listens.FindStringSubmatch(arg)
	if m == nil || m[3] == "0" || m[2] == "" && (m[1] == "" || !hasPort(container, m[3])) {
		return arg, nil
	}
	if pod.Ports[m[3]] == 0 {
		free, err := FreePorts(1)
		if err != nil {
			return "", err
		}
		pod.Ports[m[3]] = free[0]
	}
	if m[2] == "" {
		return m[1] + strconv.Itoa(pod.Ports[m[3]]), nil
	}
	return fmt.Sprintf("%s127.0.0.1:%d", m[1], pod.Ports[m[3]]), nil
}

func hasPort(container kube.Tree, number string) bool {
	ports := kube.List(container["ports"])
	return slices.ContainsFunc(ports, func(p any) bool { return text(fields(p)["containerPort"]) == number })
}

// named adds the ports that are said by name or not by an argument, and finds the readiness probe.
func (pod *Pod) named(container kube.Tree) {
	ports := kube.List(container["ports"])
	for _, e := range ports {
		port := fields(e)
		number := text(port["containerPort"])
		if pod.Ports[number] == 0 {
			pod.Ports[number], _ = strconv.Atoi(number)
			pod.Fixed = append(pod.Fixed, pod.Ports[number])
		}
		if name := text(port["name"]); name != "" {
			pod.Ports[name] = pod.Ports[number]
		}
	}
	if get := fields(container, "readinessProbe", "httpGet"); get != nil && pod.Ports[text(get["port"])] != 0 {
		scheme := strings.ToLower(text(get["scheme"]))
		if scheme == "" {
			scheme = "http"
		}
		pod.Probe = fmt.Sprintf("%s://127.0.0.1:%d%v", scheme, pod.Ports[text(get["port"])], get["path"])
	}
}

// End asks the pod's process to end, as the kubelet does, and says how it took that.
func (pod *Pod) End(patience time.Duration) error {
	p := pod.plane
	p.Unlead(pod.led...)
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.processes, func(q *process) bool { return q.name == pod.Name })
	if i < 0 {
		return fmt.Errorf("%s does not run", pod.Name)
	}
	running := p.processes[i]
	p.processes = slices.Delete(p.processes, i, i+1)
	_ = running.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-running.done:
		if err != nil {
			err = &Ended{Name: pod.Name, Err: err, Log: excerpt(running.log)}
		}
		return err
	case <-time.After(patience):
		_ = running.cmd.Process.Kill()
		<-running.done
		return fmt.Errorf("%s did not end when it was asked to", pod.Name)
	}
}

// fields is an object within another; nil where there is none.
func fields(v any, path ...string) kube.Tree {
	o := kube.Map(v)
	for _, name := range path {
		o = kube.Map(o[name])
	}
	return o
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
