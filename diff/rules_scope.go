package diff

import (
	"slices"

	"k8s.io/pod-security-admission/api"

	"github.com/opc-project/opc/compiler/model"
)

// scopeRules are about the namespaces that are watched and installed into.
var scopeRules = []*Rule{
	{
		ID: "SCOPE001", Title: "install mode removed", Category: Scope, Verdict: Major,
		Why:     "OLM does not upgrade operators that are installed in a mode that the new version does not support.",
		On:      []string{"removed watch/modes/{mode}"},
		Claims:  watchVariable,
		Say:     "the install mode {mode} is not supported any more",
		Example: Example{Before: "watch: {modes: [AllNamespaces, OwnNamespace]}", After: "watch: {modes: [AllNamespaces], env: WATCH_NAMESPACE}"},
	},
	{
		ID: "SCOPE002", Title: "install mode added", Category: Scope, Verdict: Minor,
		Why:     "The operator can be installed in an additional mode.",
		On:      []string{"added watch/modes/{mode}"},
		Claims:  func(*Case) []pattern { return []pattern{parse("added watch/env")} },
		Say:     "the install mode {mode} is now supported",
		Example: Example{Before: "watch: {modes: [AllNamespaces], env: WATCH_NAMESPACE}", After: "watch: {modes: [AllNamespaces, OwnNamespace]}"},
	},
	{
		ID: "SCOPE003", Title: "watched namespaces read from another variable", Category: Scope, Verdict: Major,
		Why: "Settings of the old variable, in an overlay or a patch, have no effect: the operator watches other namespaces than intended.",
		On:  []string{"changed|removed watch/env"}, Claims: func(c *Case) []pattern {
			return []pattern{
				form("* workloads/*/containers|initContainers/*/env/?", text(c.Change.Old, "")), form("* workloads/*/containers|initContainers/*/env/?", text(c.Change.New, "")),
			}
		},
		Say:     "the variable that the watched namespaces are read from {turn}",
		Example: Example{Before: "watch: {modes: [AllNamespaces, OwnNamespace]}", After: "watch: {modes: [AllNamespaces, OwnNamespace], env: NAMESPACES}"},
	},
	{
		ID: "SCOPE004", Title: "installed into another namespace", Category: Scope, Verdict: Major,
		Why: "Applying the manifests or an overlay creates a second installation. The first one keeps running.",
		On:  []string{"changed namespace"}, Claims: func(c *Case) []pattern {
			return []pattern{parse("changed overlays/*/namespace")}
		},
		Say:     "a plain install goes into the namespace {new}, it was {old}",
		Example: Example{Before: "namespace: demo-a", After: "namespace: demo-b"},
	},
	{
		ID: "SCOPE005", Title: "watched namespaces configurable", Category: Scope, Verdict: Minor,
		Why:     "Users can configure which namespaces the operator watches.",
		On:      []string{"added watch/env"},
		Claims:  watchVariable,
		Say:     "the watched namespaces can now be told, in {new}",
		Example: Example{Before: "watch: {modes: [AllNamespaces]}", After: "watch: {modes: [AllNamespaces], env: WATCH_NAMESPACE}"},
	},
	{
		ID: "SCOPE006", Title: "Namespace enforces a stricter Pod Security level", Category: Scope, Verdict: Major,
		Why: "The API server rejects new pods in the Namespace that it accepted before: the operator's own if a patch or value gave them more privileges, and pods of other applications there. Running pods are not affected until they are restarted.",
		On:  []string{"* installNamespace/labels/pod-security.kubernetes.io~1enforce"}, If: stricter,
		Say:     "the Pod Security level that the operator's Namespace enforces {turn}",
		Example: Example{Before: "namespace: {name: demo, labels: {pod-security.kubernetes.io/enforce: baseline}}", After: "namespace: {name: demo, labels: {pod-security.kubernetes.io/enforce: restricted}}"},
	},
	{
		ID: "SCOPE007", Title: "informational labels of the Namespace changed", Category: Scope, Verdict: Patch,
		Why: "The labels identify the operator; they do not affect how the cluster treats the Namespace.",
		On:  []string{"* installNamespace/labels/{label}"}, If: func(c *Case) bool { return model.NamesOnly(c.Named["label"]) }, By: []string{},
		Say:     "labels of the operator's Namespace changed: {label}",
		Example: Example{Before: "", After: "namespace: {name: demo-system, labels: {app.kubernetes.io/part-of: shop}}"},
	},
	{
		ID: "SCOPE008", Title: "labels or annotations of the Namespace changed", Category: Scope, Verdict: Minor,
		Why: "They can affect everything in the Namespace: monitoring, service meshes and pod admission select namespaces by them.",
		On:  []string{"* installNamespace/{what}", "* installNamespace/labels|annotations/{what}"}, By: []string{},
		Say:     "labels or annotations of the operator's Namespace changed: {what}",
		Example: Example{Before: "", After: "namespace: {name: demo-system, labels: {app.kubernetes.io/name: demo, app.kubernetes.io/managed-by: opc, control-plane: controller-manager, mesh: ambient}}"},
	},
}

// stricter reports whether a Namespace admits fewer pods than before. One without the label enforces nothing, unless the
// cluster was set up to.
func stricter(c *Case) bool {
	before, after := text(c.Change.Old, string(api.LevelPrivileged)), text(c.Change.New, string(api.LevelPrivileged))
	return slices.Index(levels, after) < slices.Index(levels, before)
}

// watchVariable is what a container is told of the watched namespaces.
func watchVariable(c *Case) []pattern {
	out := []pattern{parse("added|removed watch/env")}
	for _, name := range []string{c.Old.Watch.Env, c.New.Watch.Env} {
		out = append(out, form("* workloads/*/containers|initContainers/*/env/?", name))
	}
	return out
}
