package kube

import (
	"encoding/json"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/opc-project/opc/schema/diag"
)

// immutable are the fields that the API server refuses to change in an object that exists, by group and kind, from the
// Validate…Update functions of k8s.io/kubernetes/pkg/apis/*/validation (v1.35). A field stands for all in it. What may
// change in one is listed in mutable.
var immutable = map[string][]string{
	"apps/DaemonSet":          {"/spec/selector"},
	"apps/Deployment":         {"/spec/selector"},
	"apps/ReplicaSet":         {"/spec/selector"},
	"apps/StatefulSet":        {"/spec"},
	"apps/ControllerRevision": {"/data"},
	"batch/Job":               {"/spec"},
	"certificates.k8s.io/CertificateSigningRequest": {"/spec"},
	"core/PersistentVolumeClaim":                    {"/spec"},
	"core/PersistentVolume":                         {"/spec"},
	"core/Pod":                                      {"/spec"},
	"core/ResourceQuota":                            {"/spec/scopes"},
	"core/Secret":                                   {"/type"},
	"discovery.k8s.io/EndpointSlice":                {"/addressType"},
	"networking.k8s.io/IngressClass":                {"/spec/controller"},
	"networking.k8s.io/IPAddress":                   {"/spec"},
	"networking.k8s.io/ServiceCIDR":                 {"/spec"},
	"node.k8s.io/RuntimeClass":                      {"/handler"},
	"rbac.authorization.k8s.io/ClusterRoleBinding":  {"/roleRef"},
	"rbac.authorization.k8s.io/RoleBinding":         {"/roleRef"},
	"resource.k8s.io/ResourceClaim":                 {"/spec"},
	"resource.k8s.io/ResourceClaimTemplate":         {"/spec"},
	"scheduling.k8s.io/PriorityClass":               {"/value", "/preemptionPolicy"},
	"storage.k8s.io/CSIDriver":                      {"/spec/attachRequired", "/spec/volumeLifecycleModes"},
	"storage.k8s.io/CSIStorageCapacity":             {"/nodeTopology", "/storageClassName"},
	"storage.k8s.io/StorageClass":                   {"/parameters", "/provisioner", "/reclaimPolicy", "/volumeBindingMode"},
	"storage.k8s.io/VolumeAttachment":               {"/spec"},
	"storage.k8s.io/VolumeAttributesClass":          {"/driverName", "/parameters"},
}

// mutable are the fields of immutable ones that may change all the same.
var mutable = map[string][]string{
	"apps/StatefulSet": {
		"/spec/replicas", "/spec/ordinals", "/spec/template", "/spec/updateStrategy", "/spec/persistentVolumeClaimRetentionPolicy", "/spec/minReadySeconds",
		"/spec/revisionHistoryLimit",
	},
	"batch/Job":                  {"/spec/parallelism", "/spec/activeDeadlineSeconds", "/spec/backoffLimit", "/spec/ttlSecondsAfterFinished", "/spec/suspend", "/spec/manualSelector"},
	"core/PersistentVolumeClaim": {"/spec/resources/requests", "/spec/volumeAttributesClassName"},
	"core/PersistentVolume": {
		"/spec/capacity", "/spec/accessModes", "/spec/persistentVolumeReclaimPolicy", "/spec/storageClassName", "/spec/mountOptions", "/spec/claimRef", "/spec/volumeAttributesClassName",
	},
	"core/Pod": {
		"/spec/containers/*/image", "/spec/initContainers/*/image", "/spec/activeDeadlineSeconds", "/spec/tolerations", "/spec/terminationGracePeriodSeconds", "/spec/schedulingGates",
	},
}

// defaults are what the API server fills in where an immutable field is not set, so that writing it changes nothing.
var defaults = map[string]map[string]any{
	"apps/StatefulSet":                {"/spec/podManagementPolicy": "OrderedReady"},
	"batch/Job":                       {"/spec/completionMode": "NonIndexed", "/spec/completions": int64(1), "/spec/podReplacementPolicy": "TerminatingOrFailed"},
	"core/PersistentVolume":           {"/spec/volumeMode": "Filesystem"},
	"core/PersistentVolumeClaim":      {"/spec/volumeMode": "Filesystem"},
	"core/Secret":                     {"/type": "Opaque"},
	"scheduling.k8s.io/PriorityClass": {"/preemptionPolicy": "PreemptLowerPriority", "/value": int64(0)},
	"storage.k8s.io/CSIDriver":        {"/spec/attachRequired": true},
	"storage.k8s.io/StorageClass":     {"/reclaimPolicy": "Delete", "/volumeBindingMode": "Immediate"},
}

// Immutable returns the pointers of what differs between two versions of one object and can't be changed in a cluster:
// the API server refuses the update until the object is deleted. Objects that Helm makes anew by a hook never are
// updated.
func Immutable(old, new Tree) []string {
	if kindOf(old) != kindOf(new) || hooked(new) {
		return nil
	}
	kind := kindOf(old)
	fields := slices.Clone(immutable[kind])
	if (kind == "core/ConfigMap" || kind == "core/Secret") && old["immutable"] == true {
		fields = append(fields, "/data", "/binaryData", "/stringData", "/immutable")
	}
	if kind == "core/Service" {
		fields = append(fields, serviceFields(old, new)...)
	}
	w := immutableWalk{kind: kind}
	for _, f := range fields {
		w.compare(f, Get(old, f), Get(new, f))
	}
	if kind == "core/PersistentVolumeClaim" && shrinks(old, new) {
		w.out = append(w.out, "/spec/resources/requests/storage")
	}
	slices.Sort(w.out)
	return w.out
}

type immutableWalk struct {
	kind string
	out  []string
}

// compare goes down to the smallest objects that differ. A list is one thing.
func (w *immutableWalk) compare(at string, old, new any) {
	if slices.ContainsFunc(mutable[w.kind], func(m string) bool { return pointerMatches(m, at) }) {
		return
	}
	if fill, ok := defaults[w.kind][at]; ok {
		if old == nil {
			old = fill
		}
		if new == nil {
			new = fill
		}
	}
	a, x := old.(map[string]any)
	b, y := new.(map[string]any)
	l, isList := old.([]any)
	m, isToo := new.([]any)
	switch {
	case (x || old == nil) && (y || new == nil) && (strings.Count(at, "/") < 2 || w.hasInner(at)):
		keys := map[string]bool{}
		for k := range a {
			keys[k] = true
		}
		for k := range b {
			keys[k] = true
		}
		for k := range defaults[w.kind] {
			if rest, ok := strings.CutPrefix(k, at+"/"); ok {
				keys[rest] = true
			}
		}
		for k := range keys {
			w.compare(at+"/"+diag.Escape(k), a[k], b[k])
		}
	case isList && isToo && len(l) == len(m):
		for i := range l {
			w.element(at, l[i], m[i])
		}
	case !sameJSON(old, new):
		w.out = append(w.out, at)
	}
}

// hasInner reports whether something in a field may change.
func (w *immutableWalk) hasInner(at string) bool {
	return slices.ContainsFunc(mutable[w.kind], func(m string) bool { return strings.HasPrefix(m, at+"/") })
}

// element compares two elements of a list, of which some fields may change.
func (w *immutableWalk) element(at string, old, new any) {
	a, x := old.(map[string]any)
	b, y := new.(map[string]any)
	if x && y {
		a, b = Clone(a), Clone(b)
		for _, m := range mutable[w.kind] {
			if field, ok := strings.CutPrefix(m, at+"/*/"); ok {
				delete(a, field)
				delete(b, field)
			}
		}
		old, new = a, b
	}
	if !sameJSON(old, new) && !slices.Contains(w.out, at) {
		w.out = append(w.out, at)
	}
}

func pointerMatches(pattern, pointer string) bool {
	return pointer == pattern || strings.HasPrefix(pointer, pattern+"/")
}

// serviceFields are those of a Service that are immutable once they are set, as long as its type is served by them.
func serviceFields(old, new Tree) []string {
	var out []string
	if Get(old, "/spec/type") == "ExternalName" || Get(new, "/spec/type") == "ExternalName" {
		return nil
	}
	for _, f := range []string{"/spec/clusterIP", "/spec/clusterIPs", "/spec/loadBalancerClass", "/spec/healthCheckNodePort"} {
		was, is := Get(old, f), Get(new, f)
		given := strings.HasPrefix(f, "/spec/clusterIP") // the cluster chose one where none was set
		if !sameJSON(was, is) && (given && is != nil || !given && was != nil) {
			out = append(out, f)
		}
	}
	return out
}

// shrinks reports whether a claim asks for less storage than before.
func shrinks(old, new Tree) bool {
	size := func(t Tree) (resource.Quantity, bool) {
		s := Text(Get(t, "/spec/resources/requests/storage"))
		q, err := resource.ParseQuantity(s)
		return q, err == nil
	}
	a, ok := size(old)
	b, ok2 := size(new)
	return ok && ok2 && b.Cmp(a) < 0
}

// kindOf is the group and kind of an object, with core for the group that has no name.
func kindOf(t Tree) string {
	apiVersion := Text(t["apiVersion"])
	kind := Text(t["kind"])
	group, _, found := strings.Cut(apiVersion, "/")
	if !found {
		group = "core"
	}
	return group + "/" + kind
}

// hooked reports whether Helm deletes and makes an object anew.
func hooked(t Tree) bool {
	meta := Map(t["metadata"])
	notes := Map(meta["annotations"])
	_, hook := notes["helm.sh/hook"]
	return hook
}

func sameJSON(a, b any) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && string(x) == string(y)
}
