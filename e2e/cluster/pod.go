package cluster

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/try/plane"
)

// RunPod starts a program in place of the pod of a Deployment, since kwok only says that a pod runs.
func (c *Cluster) RunPod(ctx context.Context, namespace, deployment, program string) (*plane.Pod, error) {
	o, err := c.Client.Get(ctx, "apps/v1", "Deployment", namespace, deployment)
	if err != nil {
		return nil, err
	}
	pod, err := c.NewPod(ctx, namespace, o, "", program)
	if err != nil {
		return nil, err
	}
	if err := c.lead(ctx, namespace, o, pod); err != nil {
		return nil, err
	}
	return pod, pod.Start(ctx)
}

// lead leads the API server from the pods that kwok plays for a Deployment to the process.
func (c *Cluster) lead(ctx context.Context, namespace string, deployment model.Tree, pod *plane.Pod) error {
	name := model.MetaString(deployment, "name")
	if _, err := c.Kubectl(ctx, "", "rollout", "status", "deployment", name, "-n", namespace, "--timeout="+Patience); err != nil {
		return err
	}
	selector, _ := model.At(deployment, "spec", "selector", "matchLabels").(model.Tree)
	var labels []string
	for _, k := range slices.Sorted(maps.Keys(selector)) {
		value, _ := selector[k].(string)
		labels = append(labels, k+"="+value)
	}
	pods, err := c.Get(ctx, "pods", "-n", namespace, "-l", strings.Join(labels, ","))
	if err != nil {
		return err
	}
	for _, p := range pods {
		ip, _ := model.At(p, "status", "podIP").(string)
		for port := range pod.Ports {
			if _, err := strconv.Atoi(port); err == nil { // a name's number is there too
				pod.LedFrom(ip+":"+port, port)
			}
		}
	}
	return nil
}
