package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// nodeObject is the node that kwok plays: it schedules pods, runs none, and says that all are ready.
const nodeObject = `apiVersion: v1
kind: Node
metadata:
  name: fake-0
  annotations: {node.alpha.kubernetes.io/ttl: "0", kwok.x-k8s.io/node: fake}
  labels: {type: kwok, kubernetes.io/hostname: fake-0, kubernetes.io/os: linux, kubernetes.io/arch: amd64}
status:
  allocatable: {cpu: "32", memory: 256Gi, pods: "110"}
  capacity: {cpu: "32", memory: 256Gi, pods: "110"}
  nodeInfo: {architecture: amd64, operatingSystem: linux, kubeletVersion: fake}
`

// node starts kwok and waits for its node.
func (c *Cluster) node(ctx context.Context, port int) error {
	stages, err := c.stages(ctx)
	if err != nil {
		return err
	}
	err = c.Spawn(ctx, "kwok", "--config="+stages, "--kubeconfig="+c.Kubeconfig, "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
		"--node-lease-duration-seconds=40", fmt.Sprintf("--server-address=127.0.0.1:%d", port), "--cidr=10.244.0.0/16", "--node-ip=127.0.0.1")
	if err != nil {
		return err
	}
	if _, err := c.Kubectl(ctx, nodeObject, "apply", "-f", "-"); err != nil {
		return err
	}
	_, err = c.Kubectl(ctx, "", "wait", "--for=condition=Ready", "node/fake-0", "--timeout="+Patience)
	return err
}

// stages collects kwok's own stages, which its binary lacks, and one that lets the pod of `helm test` complete: kwok
// completes only pods of Jobs.
func (c *Cluster) stages(ctx context.Context) (string, error) {
	dir, err := c.Tools.Module(ctx, "sigs.k8s.io/kwok", Kwok)
	if err != nil {
		return "", err
	}
	var all strings.Builder
	for _, name := range []string{
		"node/fast/node-initialize", "node/heartbeat-with-lease/node-heartbeat-with-lease", "pod/fast/pod-ready", "pod/fast/pod-complete", "pod/fast/pod-delete",
	} {
		data, err := os.ReadFile(filepath.Join(dir, "kustomize/stage", name+".yaml"))
		if err != nil {
			return "", err
		}
		text := string(data)
		all.WriteString(text + "\n---\n")
		if name == "pod/fast/pod-complete" {
			text = strings.ReplaceAll(text, "name: pod-complete", "name: pod-complete-helm-test")
			text = strings.ReplaceAll(text, "'.metadata.ownerReferences.[].kind'", `'.metadata.annotations["helm.sh/hook"]'`)
			all.WriteString(strings.ReplaceAll(text, "- 'Job'", "- 'test'") + "\n---\n")
		}
	}
	file := filepath.Join(c.Dir, "stages.yaml")
	return file, os.WriteFile(file, []byte(all.String()), 0o600)
}
