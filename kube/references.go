package kube

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// names lists the fields that name an object, by their last field names, with the kinds that it may be of. The fields that
// kustomize's namePrefix changes are all here (a test compares), and those that it forgets.
var names = map[string][]string{
	"serviceAccountName": {"ServiceAccount"}, "serviceAccount": {"ServiceAccount"}, "serviceAccountRef/name": {"ServiceAccount"},
	"secretName": {"Secret"}, "secret/name": {"Secret"}, "secretRef/name": {"Secret"}, "secretKeyRef/name": {"Secret"}, "secretRef": {"Secret"},
	"imagePullSecrets/name": {"Secret"}, "keySecret/name": {"Secret"}, "nodePublishSecretRef/name": {"Secret"}, "adminSecretName": {"Secret"},
	"userSecretName": {"Secret"}, "privateKeySecretRef/name": {"Secret"}, "bearerTokenSecret/name": {"Secret"}, "certificateRefs/name": {"Secret"},
	"configMap": {"ConfigMap"}, "configMap/name": {"ConfigMap"}, "configMapRef/name": {"ConfigMap"}, "configMapKeyRef/name": {"ConfigMap"},
	"configMapName": {"ConfigMap"},
	"ca/name":       {"Secret", "ConfigMap"}, "cert/name": {"Secret", "ConfigMap"}, "paramRef/name": nil,
	"claimName": {"PersistentVolumeClaim"}, "volumeName": {"PersistentVolume"},
	"service/name": {"Service"}, "serviceName": {"Service"}, "authProxyService/name": {"Service"},
	"issuerRef/name": {"Issuer", "ClusterIssuer"}, "gatewayClassName": {"GatewayClass"}, "parentRefs/name": {"Gateway", "Service"},
	"policyName":        {"ValidatingAdmissionPolicy", "MutatingAdmissionPolicy"},
	"priorityClassName": {"PriorityClass"}, "storageClassName": {"StorageClass"}, "ingressClassName": {"IngressClass"},
	"runtimeClassName": {"RuntimeClass"}, "volumeSnapshotClassName": {"VolumeSnapshotClass"}, "resourceClaimName": {"ResourceClaim"},
	"resourceClaimTemplateName": {"ResourceClaimTemplate"}, "volumeAttributesClassName": {"VolumeAttributesClass"},
}

// typed lists the fields beside which another field says the kind of the object; the kinds are for those that say none.
var typed = map[string][]string{
	"roleRef/name": {"Role", "ClusterRole"}, "subjects/name": {"ServiceAccount"}, "scaleTargetRef/name": {"Deployment"}, "targetRef/name": nil,
	"targetRefs/name": nil, "backendRefs/name": {"Service"}, "backendRef/name": {"Service"}, "resource/name": nil,
}

// inMetadata lists the annotations and labels that name an object, by its name or by namespace/name.
var inMetadata = map[string][]string{
	"kubernetes.io/service-account.name": {"ServiceAccount"}, InjectCA: {"Certificate"},
	"cert-manager.io/inject-ca-from-secret": {"Secret"}, "cert-manager.io/issuer": {"Issuer"}, "cert-manager.io/cluster-issuer": {"ClusterIssuer"},
	ServiceCASecret:                                        {"Secret"},
	"ingress.kubernetes.io/auth-secret":                    {"Secret"},
	"nginx.ingress.kubernetes.io/auth-secret":              {"Secret"},
	"nginx.ingress.kubernetes.io/auth-tls-secret":          {"Secret"},
	"nginx.ingress.kubernetes.io/fastcgi-params-configmap": {"ConfigMap"},
	"service.alpha.openshift.io/serving-cert-secret-name":  {"Secret"},
	"route.openshift.io/destination-ca-certificate-secret": {"Secret"},
}

// namespaceLabel is the label that every namespace has, with its name.
const namespaceLabel = "kubernetes.io/metadata.name"

// Follower gives names and namespaces of a tree other texts.
type Follower struct {
	// Name returns what stands for the name of an object, which is of a kind that is asked for.
	Name func(is func(kind string) bool, name string) string
	// Namespace returns what stands for a namespace.
	Namespace func(name string) string
	// Words makes it follow whole words in arguments and variables of containers, too.
	Words bool
	// Own is a word that is more than the name of an object, such as the operator's: it is followed only where the flag or
	// the variable says what it names.
	Own string
	// Skip returns how many bytes at the begin of a text are no text; nil is none.
	Skip func(text string) int
}

// Follow changes every text of an object that names another object or a namespace, in place. It is the only place that
// knows them: see names, typed and inMetadata for fields, and text.go for names within texts.
func Follow(tree Tree, by Follower) {
	w := &followWalk{Follower: by, holder: tree}
	for _, k := range slices.Sorted(maps.Keys(tree)) {
		tree[k] = w.value(tree, []string{k}, tree[k])
	}
}

type followWalk struct {
	Follower
	holder Tree
}

// value follows what is in a value; in is the map that it is in.
func (w *followWalk) value(in Tree, path []string, v any) any {
	switch t := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(t)) {
			t[k] = w.value(t, append(path, k), t[k])
		}
	case []any:
		for i, e := range t {
			t[i] = w.value(in, path, e)
		}
	case string:
		skip := 0
		if w.Skip != nil {
			skip = w.Skip(t)
		}
		if t[skip:] != "" {
			return t[:skip] + w.text(in, path, t[skip:])
		}
	}
	return v
}

// text follows one text.
func (w *followWalk) text(in Tree, path []string, text string) string {
	last := path[len(path)-1]
	field := last
	if len(path) > 1 {
		field = path[len(path)-2] + "/" + last
	}
	if kinds, ok := inMetadata[last]; ok && len(path) > 1 && path[0] == "metadata" {
		return w.qualified(kinds, text)
	}
	switch {
	case isNamespace(path, in):
		return w.Namespace(text)
	case path[0] == "metadata" && (last == "name" || last == "namespace") && len(path) == 2:
		return text // its own
	case last == "resourceNames":
		return w.resource(in, text)
	case field == "secrets/name" && w.holder["kind"] == "ServiceAccount":
		return w.named([]string{"Secret"}, text)
	case w.Words && isWord(path):
		return w.word(in, last, text)
	}
	if kinds, ok := typed[field]; ok {
		if kind, ok := in["kind"].(string); ok {
			kinds = []string{kind}
		}
		return w.account(w.named(kinds, text))
	}
	for _, key := range []string{field, last} {
		if kinds, ok := names[key]; ok {
			return w.named(kinds, text)
		}
	}
	return w.hosts(w.account(text))
}

func (w *followWalk) named(kinds []string, name string) string {
	return w.Name(func(kind string) bool { return kinds == nil || slices.Contains(kinds, kind) }, name)
}

// qualified follows namespace/name, or a name.
func (w *followWalk) qualified(kinds []string, text string) string {
	namespace, name, ok := strings.Cut(text, "/")
	if !ok {
		return w.named(kinds, text)
	}
	return w.Namespace(namespace) + "/" + w.named(kinds, name)
}

// resource follows a name in a rule of a role, which says the resources that it is of.
func (w *followWalk) resource(rule Tree, name string) string {
	resources := List(rule["resources"])
	return w.Name(func(kind string) bool {
		plural, _ := meta.UnsafeGuessKindToResource(schema.GroupVersionKind{Kind: kind})
		return slices.ContainsFunc(resources, func(r any) bool {
			text := Text(r)
			resource, _, _ := strings.Cut(text, "/")
			return resource == "*" || resource == plural.Resource
		})
	}, name)
}

// isNamespace reports whether a field holds the name of a namespace.
func isNamespace(path []string, in Tree) bool {
	last := path[len(path)-1]
	switch {
	case last == "namespace" || last == "namespaces" || last == "targetNamespace":
		return len(path) < 2 || path[len(path)-2] != "metadata"
	case len(path) < 2:
		return false
	case path[len(path)-2] == "namespaceSelector" && last == "matchNames":
		return true
	case last == namespaceLabel:
		return path[len(path)-2] == "matchLabels"
	}
	return last == "values" && path[len(path)-2] == "matchExpressions" && in["key"] == namespaceLabel
}
