package plane

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/opc-project/opc/kube"
)

// Unstartable is the error for a pod that no kubelet would start. Pointer says where in its container, or in the pod, the
// fault is.
type Unstartable struct {
	Container, Pod string // JSON pointers: one of them is set
	Message        string
}

func (e *Unstartable) Error() string { return e.Message }

// kubelet prepares one container.
type kubelet struct {
	plane                     *Plane
	pod                       *Pod
	template, spec, container kube.Tree
}

// environment is the container's environment.
func (k *kubelet) environment(ctx context.Context) ([]string, error) {
	var out []string
	from := kube.List(k.container["envFrom"])
	for i, e := range from {
		more, err := k.all(ctx, fields(e))
		if err != nil {
			return nil, &Unstartable{Container: fmt.Sprintf("/envFrom/%d", i), Message: err.Error()}
		}
		out = append(out, more...)
	}
	list := kube.List(k.container["env"])
	for i, e := range list {
		v := fields(e)
		value, ok, err := k.value(ctx, v)
		if err != nil {
			return nil, &Unstartable{Container: fmt.Sprintf("/env/%d", i), Message: fmt.Sprintf("the variable %v: %v", v["name"], err)}
		}
		if !ok {
			continue
		}
		for _, before := range out { // the kubelet expands what stands before
			name, was, _ := strings.Cut(before, "=")
			value = strings.ReplaceAll(value, "$("+name+")", was)
		}
		out = append(out, text(v["name"])+"="+value)
	}
	return out, nil
}

// all are the variables of an entry of envFrom.
func (k *kubelet) all(ctx context.Context, from kube.Tree) ([]string, error) {
	var out []string
	kinds := map[string]string{"secretRef": "Secret", "configMapRef": "ConfigMap"}
	for _, field := range slices.Sorted(maps.Keys(kinds)) {
		kind, ref := kinds[field], fields(from, field)
		if ref == nil {
			continue
		}
		data, err := k.data(ctx, kind, text(ref["name"]))
		if err != nil && ref["optional"] != true {
			return nil, err
		}
		for _, key := range slices.Sorted(maps.Keys(data)) {
			out = append(out, text(from["prefix"])+key+"="+string(data[key]))
		}
	}
	return out, nil
}

// value is that of one variable; ok is false where it is optional and not there.
func (k *kubelet) value(ctx context.Context, v kube.Tree) (value string, ok bool, err error) {
	from := fields(v, "valueFrom")
	if from == nil {
		return text(v["value"]), true, nil
	}
	for field, kind := range map[string]string{"secretKeyRef": "Secret", "configMapKeyRef": "ConfigMap"} {
		ref := fields(from, field)
		if ref == nil {
			continue
		}
		data, err := k.data(ctx, kind, text(ref["name"]))
		found, has := data[text(ref["key"])]
		if err == nil && !has {
			err = fmt.Errorf("the %s %v has no key %v", kind, ref["name"], ref["key"])
		}
		if err != nil && ref["optional"] == true {
			return "", false, nil
		}
		return string(found), has, err
	}
	if ref := fields(from, "fieldRef"); ref != nil {
		value, err := k.field(text(ref["fieldPath"]))
		return value, err == nil, err
	}
	if ref := fields(from, "resourceFieldRef"); ref != nil {
		return "1", true, nil // what the kubelet makes of a limit of one
	}
	return "", false, fmt.Errorf("it is read from %v, which nobody plays here", from)
}

// field is a field of the pod.
func (k *kubelet) field(path string) (string, error) {
	for _, of := range []string{"labels", "annotations"} {
		if key, ok := strings.CutPrefix(path, "metadata."+of+"['"); ok {
			return text(fields(k.template, "metadata", of)[strings.TrimSuffix(key, "']")]), nil
		}
	}
	switch path {
	case "metadata.namespace":
		return k.pod.Namespace, nil
	case "metadata.name":
		return k.pod.Name, nil
	case "metadata.uid":
		return "00000000-0000-0000-0000-000000000000", nil
	case "spec.serviceAccountName":
		return k.pod.Account, nil
	case "spec.nodeName":
		return "node", nil
	case "status.podIP", "status.podIPs", "status.hostIP", "status.hostIPs":
		return "127.0.0.1", nil
	}
	return "", fmt.Errorf("it is read from %s, which nobody plays here", path)
}

// data is what a Secret or ConfigMap holds.
func (k *kubelet) data(ctx context.Context, kind, name string) (map[string][]byte, error) {
	o, err := k.plane.Client.Get(ctx, "v1", kind, k.pod.Namespace, name)
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("there is no %s %s in the namespace %s: the container would not start", kind, name, k.pod.Namespace)
	}
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for key, v := range fields(o, "data") {
		if out[key] = []byte(text(v)); kind == "Secret" {
			if out[key], err = base64.StdEncoding.DecodeString(text(v)); err != nil {
				return nil, err
			}
		}
	}
	for key, v := range fields(o, "binaryData") {
		if out[key], err = base64.StdEncoding.DecodeString(text(v)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// volumes writes the files that the container mounts, and returns their folders by mount path.
func (k *kubelet) volumes(ctx context.Context) (map[string]string, error) {
	out := map[string]string{}
	mounts := kube.List(k.container["volumeMounts"])
	volumes := kube.List(k.spec["volumes"])
	for _, m := range mounts {
		mount := fields(m)
		i := slices.IndexFunc(volumes, func(v any) bool { return fields(v)["name"] == mount["name"] })
		if i < 0 {
			return nil, fmt.Errorf("the pod has no volume %v", mount["name"])
		}
		dir := filepath.Join(k.plane.Dir, "volumes", k.pod.Namespace, text(mount["name"]))
		if err := k.fill(ctx, fields(volumes[i]), dir); err != nil {
			return nil, &Unstartable{Pod: fmt.Sprintf("/volumes/%d", i), Message: fmt.Sprintf("the volume %v: %v", mount["name"], err)}
		}
		if sub := text(mount["subPath"]); sub != "" {
			dir = filepath.Join(dir, filepath.FromSlash(sub))
		}
		out[text(mount["mountPath"])] = dir
	}
	return out, nil
}

// fill writes the files of a volume. What is no Secret and no ConfigMap is an empty folder.
func (k *kubelet) fill(ctx context.Context, volume kube.Tree, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if source := fields(volume, "secret"); source != nil {
		return k.files(ctx, "Secret", text(source["secretName"]), source, dir)
	}
	if source := fields(volume, "configMap"); source != nil {
		return k.files(ctx, "ConfigMap", text(source["name"]), source, dir)
	}
	sources := kube.List(fields(volume, "projected")["sources"])
	for _, s := range sources {
		for field, kind := range map[string]string{"secret": "Secret", "configMap": "ConfigMap"} {
			if source := fields(s, field); source != nil {
				if err := k.files(ctx, kind, text(source["name"]), source, dir); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// files writes those of a Secret or ConfigMap.
func (k *kubelet) files(ctx context.Context, kind, name string, source kube.Tree, dir string) error {
	data, err := k.data(ctx, kind, name)
	if err != nil {
		if source["optional"] == true {
			return nil
		}
		return err
	}
	paths := map[string]string{}
	for key := range data {
		paths[key] = key
	}
	if items, ok := source["items"].([]any); ok {
		paths = map[string]string{}
		for _, i := range items {
			paths[text(fields(i)["key"])] = text(fields(i)["path"])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(paths)) {
		content, ok := data[key]
		if !ok {
			return fmt.Errorf("the %s %s has no key %s: the container would not start", kind, name, key)
		}
		if err := write(filepath.Join(dir, filepath.FromSlash(paths[key])), content); err != nil {
			return err
		}
	}
	return nil
}
