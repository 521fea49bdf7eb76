package equal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit/olm"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// managedByOLM marks the truth of a bundle, so that the rule that takes the label away can see where it stood.
const managedByOLM = "OLM"

// featureCertManager is the feature whose objects OLM refuses.
const featureCertManager = "certManager"

// OLMOverlay is the install that OLM's must equal: as by default, less the features that a bundle does not have.
func OLMOverlay(m *model.Operator) model.Overlay {
	ov := m.DefaultOverlay()
	for _, f := range m.Features {
		ov.Features[f.Name] = f.Enabled && f.OLM && f.Name != featureCertManager
	}
	for range m.Features {
		for _, f := range m.Features {
			for _, need := range f.Requires {
				ov.Features[f.Name] = ov.Features[f.Name] && ov.Features[need]
			}
		}
	}
	ov.Features[model.AtomOLM] = true
	return ov
}

// OLMTruth is what OLM must leave. What the description says for the bundle alone stands in the place of what it says
// for every installer.
func OLMTruth(m *model.Operator, ov model.Overlay) []*kube.Object {
	out := Truth(m, ov, managedByOLM)
	for _, o := range m.OLM.Manifests {
		tree := o.Tree
		if _, ok := tree["metadata"].(map[string]any); ok && !kube.BundledInCluster(o.Kind()) {
			tree = model.Clone(tree)
			tree["metadata"].(map[string]any)["namespace"] = ov.Namespace
		}
		made := &kube.Object{Tree: tree, From: o.Trace}
		out = slices.DeleteFunc(out, func(w *kube.Object) bool {
			same := w.Is(made.Group(), made.Kind()) && w.Name() == made.Name()
			if same && made.Kind() == crdKind && m.Converts(made.Name()) {
				made.Tree = converted(tree, model.At(w.Tree, "spec", "conversion"))
			}
			return same
		})
		out = append(out, made)
	}
	return out
}

func converted(definition model.Tree, conversion any) model.Tree {
	out := model.Clone(definition)
	if spec, ok := out["spec"].(map[string]any); ok {
		spec["conversion"] = conversion
	}
	return out
}

var olmRules = []Rule{
	{
		ID: "olm-lost", Installer: OLM, What: "Objects that a bundle can't contain: those of kinds that OLM rejects, and those in a namespace other than the operator's.",
		Why:   "A bundle can only contain a fixed list of kinds, and OLM installs into one namespace; the compiler warns about each object that is left out (OPC3001, OPC3002).",
		apply: func(c *Case) bool { return c.lost(olm.Target) },
	},
	{
		ID: "olm-features", Installer: OLM, What: "Features that are on by default but disabled for OLM.",
		Why: "They, or a feature that they require, are set to olm: false in the description.",
		apply: func(c *Case) bool {
			return slices.ContainsFunc(c.Model.Features, func(f model.Feature) bool {
				return f.Enabled && !c.Overlay.Features[f.Name] && f.Name != featureCertManager
			})
		},
	},
	{
		ID: "olm-cert-manager", Installer: OLM, What: "Issuers, Certificates and annotations that request a CA from cert-manager.",
		Why: "OLM rejects these kinds, and creates the certificates of webhooks itself.",
		apply: func(c *Case) bool {
			return slices.ContainsFunc(c.Model.Features, func(f model.Feature) bool { return f.Enabled && f.Name == featureCertManager })
		},
	},
	{ID: "olm-namespace", Installer: OLM, What: "The bundle contains no Namespace.", Why: "OLM installs into the namespace of the OperatorGroup, or the one that the ClusterExtension names.", apply: noNamespace},
	{
		ID: "olm-managed-by", Installer: OLM, What: "The label app.kubernetes.io/managed-by.",
		Why: "It names the installer, and OLM sets labels of its own.",
		apply: func(c *Case) bool {
			used := false
			for _, w := range c.want {
				used = drop(w.mapAt("metadata", "labels"), model.LabelManagedBy, managedByOLM) || used
			}
			return used
		},
	},
	{
		ID: "olm-csv", Installer: OLM, What: "Changes to the install strategy and to webhooks by the raw overlay on the ClusterServiceVersion.",
		Why:   "It applies to OLM only. The bundle is written again without it, and that is compared.",
		apply: func(c *Case) bool { return OverlaysInstall(c.Model) },
	},
	{
		ID: "olm-accounts", Installer: OLM, What: "Everything except the names of the service accounts in the install strategy.",
		Why: "OLM creates these accounts from their names only. The compiler warns about everything that is lost (OPC3001).",
		apply: func(c *Case) bool {
			return c.each(func(w, g *side) bool {
				if w.Kind() != "ServiceAccount" || g.Inner == nil {
					return false
				}
				delete(w.tree["metadata"].(map[string]any), "labels")
				delete(w.tree["metadata"].(map[string]any), "annotations")
				for _, field := range kube.AccountFields {
					delete(w.tree, field)
				}
				return true
			})
		},
	},
	{
		ID: "olm-made-accounts", Installer: OLM, What: "Service accounts that are null in the description.",
		Why: "OLM creates every account that has permissions or runs a pod. The compiler warns about it (OPC3001).",
		apply: func(c *Case) bool {
			used := false
			for id, g := range c.got {
				if _, asked := c.want[id]; !asked && g.Inner != nil && g.Is("", "ServiceAccount") {
					delete(c.got, id)
					used = true
				}
			}
			return used
		},
	},
	{
		ID: "olm-idle-accounts", Installer: OLM, What: "Service accounts without pods and permissions.",
		Why: "OLM creates the accounts that permissions and pods refer to. Nothing uses the others.",
		apply: func(c *Case) bool {
			used := false
			for id, w := range c.want {
				if _, made := c.got[id]; !made && w.Is("", "ServiceAccount") && !c.needsAccount(id) {
					delete(c.want, id)
					used = true
				}
			}
			return used
		},
	},
	{
		ID: "olm-deployment-annotations", Installer: OLM, What: "Annotations of Deployments.",
		Why: "The entries of the install strategy have labels, but no annotations.",
		apply: func(c *Case) bool {
			return c.each(func(w, g *side) bool {
				if w.Kind() != "Deployment" || g.Inner == nil || w.mapAt("metadata", "annotations") == nil {
					return false
				}
				delete(w.tree["metadata"].(map[string]any), "annotations")
				for _, field := range []string{"automountServiceAccountToken", "imagePullSecrets", "secrets"} {
					delete(w.tree, field)
				}
				return true
			})
		},
	},
	{
		ID: "olm-target-namespaces", Installer: OLM, What: "The value of the environment variable for the watched namespaces.",
		Why:   "The OperatorGroup selects the namespaces. OLM writes them into an annotation of the pods, from which the variable is set.",
		apply: func(c *Case) bool { return c.each(func(w, g *side) bool { return targetNamespaces(c, w, g) }) },
	},
	{
		ID: "olm-permissions", Installer: OLM, What: "Names, labels and number of the roles and bindings for the service accounts of the install strategy.",
		Why:   "OLM creates roles of its own from the rules. The rules, their subjects and their namespaces are compared.",
		apply: (*Case).grants,
	},
	{
		ID: "olm-watched", Installer: OLM, What: "Rules for watched namespaces apply to the namespaces of the OperatorGroup, not to the whole cluster.",
		Why:   "The OperatorGroup selects the watched namespaces. OLM binds the permissions in each of them, or in the cluster if it selects all.",
		apply: (*Case).watched,
	},
	{
		ID: "olm-webhooks", Installer: OLM, What: "Names and Services of webhooks, and the number of configurations.",
		Why:   "OLM creates a Service for each Deployment and a configuration for each webhook. The pods, ports and paths that are called are compared.",
		apply: (*Case).calls,
	},
	{
		ID: "olm-replaced-service", Installer: OLM, What: "Services with the name that OLM gives the Service of a Deployment's webhooks.",
		Why:   "OLM replaces them by its own. The compiler warns about it (OPC3001).",
		apply: (*Case).replacedServices,
	},
	{
		ID: "olm-unserved-webhooks", Installer: OLM, What: "Webhooks that a StatefulSet or DaemonSet serves.",
		Why:   "OLM installs Deployments only, and the webhooks that they serve. The compiler warns about it (OPC3001).",
		apply: (*Case).unserved,
	},
	{
		ID: "olm-own-service", Installer: OLM, What: "Pods and port of webhooks that use a Service in the description with another selector or port than the webhooks.",
		Why:   "OLM creates its own Service for the webhooks, and calls that one. The Service in the description is compared as an object.",
		apply: func(c *Case) bool { return c.each(ownServices) },
	},
	{
		ID: "olm-webhook-fields", Installer: OLM, What: "namespaceSelector and matchConditions of webhooks.",
		Why:   "A webhookdefinition has no such fields. The compiler warns about the loss (OPC3001).",
		apply: webhookFields,
	},
	{
		ID: "olm-conversion-reviews", Installer: OLM, What: "conversionReviewVersions of a CustomResourceDefinition, if its webhook has different admissionReviewVersions.",
		Why:   "OLM writes the versions of the webhook into the definition. The compiler warns about it (OPC3001).",
		apply: conversionReviews,
	},
}

// conversionReviews drops the versions of a conversion's reviews where the webhook and the definition say others.
func conversionReviews(c *Case) bool {
	const field = "conversionReviewVersions"
	return c.each(func(w, g *side) bool {
		want, got := w.mapAt("spec", "conversion", "webhook"), g.mapAt("spec", "conversion", "webhook")
		if w.Object.Kind() != crdKind || !c.Model.Converts(w.Object.Name()) || want == nil || got == nil || reflect.DeepEqual(want[field], got[field]) {
			return false
		}
		delete(want, field)
		delete(got, field)
		return true
	})
}

// replacedServices takes out the Services in the place of which OLM creates its own, unless the comparison of webhooks did.
func (c *Case) replacedServices() bool {
	used := false
	for _, o := range c.Model.Install(c.Overlay, "") {
		if _, replaced := c.Model.ReplacedByOLM(o); replaced {
			delete(c.want, (&kube.Object{Tree: o.Tree}).ID())
			used = true
		}
	}
	return used
}

// needsAccount reports whether a pod of what is wanted runs as a service account, or a binding gives it a role.
func (c *Case) needsAccount(id kube.ID) bool {
	for _, w := range c.want {
		pod := kube.Map(model.At(w.tree, "spec", "template", "spec"))
		if name := cmp.Or(pod["serviceAccountName"], pod["serviceAccount"]); name == any(id.Name) {
			return true
		}
		for _, s := range subjects(w.tree) {
			if s["kind"] == "ServiceAccount" && s["name"] == any(id.Name) {
				return true
			}
		}
	}
	return false
}

// OverlaysInstall reports whether a raw overlay of the description changes what OLM makes of the ClusterServiceVersion.
func OverlaysInstall(m *model.Operator) bool {
	return model.At(m.OLM.CSV, "spec", "install") != nil || model.At(m.OLM.CSV, "spec", "webhookdefinitions") != nil
}

// WithoutOverlay returns an operator whose ClusterServiceVersion is installed as the model alone says.
func WithoutOverlay(m *model.Operator) *model.Operator {
	out := *m
	out.OLM.CSV = model.Clone(m.OLM.CSV)
	if spec, ok := out.OLM.CSV["spec"].(map[string]any); ok {
		delete(spec, "install")
		delete(spec, "webhookdefinitions")
	}
	return &out
}

// targetNamespaces puts OLM's annotation in the place of the namespaces to watch: the bundle must read it.
func targetNamespaces(c *Case, w, g *side) bool {
	const path = "metadata.annotations['olm.targetNamespaces']"
	if w.Kind() != "Deployment" || g.Inner == nil || c.Model.Watch.Env == "" {
		return false
	}
	used := false
	for _, list := range []string{"initContainers", "containers"} {
		wanted := kube.List(model.At(w.tree, "spec", "template", "spec", list))
		got := kube.List(model.At(g.tree, "spec", "template", "spec", list))
		for i := range min(len(wanted), len(got)) {
			we, ge := variable(wanted[i], c.Model.Watch.Env), variable(got[i], c.Model.Watch.Env)
			if we == nil || ge == nil || we["valueFrom"] != nil {
				continue
			}
			ref := map[string]any{"fieldPath": path}
			if v := model.At(ge, "valueFrom", "fieldRef", "apiVersion"); v == "v1" {
				ref["apiVersion"] = v // a cluster writes its default
			}
			delete(we, "value")
			we["valueFrom"] = map[string]any{"fieldRef": ref}
			used = true
		}
	}
	return used
}

func variable(container any, name string) model.Tree {
	c := kube.Map(container)
	env := kube.List(c["env"])
	for _, e := range env {
		if v := kube.Map(e); v["name"] == name {
			return v
		}
	}
	return nil
}

// webhookFields drops what a webhookdefinition can't say.
func webhookFields(c *Case) bool {
	return c.each(func(w, g *side) bool {
		if w.Kind() != callKind {
			return false
		}
		used := false
		for _, field := range []string{"namespaceSelector", "matchConditions"} {
			if _, said := w.tree[field]; said && g.tree[field] == nil {
				delete(w.tree, field)
				used = true
			}
		}
		return used
	})
}

// key writes a value so that equal values have equal keys.
func key(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}

// synthetic makes an object that stands for several in a comparison.
func synthetic(kind, name string, tree model.Tree, like *side) *side {
	tree = model.Clone(tree)
	tree["kind"], tree["metadata"] = kind, map[string]any{"name": name}
	o := &kube.Object{Tree: model.Tree{"kind": kind, "metadata": map[string]any{"name": name}}, From: func(string) diag.Path { return "" }}
	if like != nil {
		o.At, o.From = like.Place(""), like.From
		if like.From != nil {
			from := like.From("")
			o.From = func(string) diag.Path { return from }
		}
	}
	return &side{Object: o, tree: tree}
}
