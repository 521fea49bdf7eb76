package bundle

import (
	"maps"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// objects parts the installed objects: Deployments and the rules of service accounts go into the install strategy;
// webhooks become webhookdefinitions; the rest stands beside the ClusterServiceVersion. Namespaces are left out
// everywhere, since OLM installs where its OperatorGroup stands.
func (b *builder) objects() {
	var accounts []model.Object
	for _, o := range b.scope.Objects(watchedByOLM(b.m.Objects)) {
		if b.lose(o) {
			continue
		}
		if md, ok := o.Tree["metadata"].(map[string]any); ok {
			delete(md, "namespace")
		}
		switch {
		case o.Role == model.RoleRBAC, o.Role == model.RoleWebhook, o.Role == model.RoleWebhookService, o.Kind() == "Namespace":
		case o.Kind() == "Deployment" && o.Group() == "apps":
			b.deployments = append(b.deployments, o)
		case o.Kind() == "ServiceAccount" && o.APIVersion() == "v1":
			accounts = append(accounts, o)
		default:
			if note, ok := mistaken(o); ok {
				b.diags = append(b.diags, note)
			}
			b.others = append(b.others, o)
		}
	}
	b.install()
	b.foreign(accounts)
	b.lostAnnotations(accounts)
	for _, o := range accounts {
		b.account(o)
	}
}

// saidByItself reports whether the description speaks of a service account itself, and does not just use it.
func saidByItself(o model.Object) bool {
	return o.Role == model.RoleExtra || strings.HasPrefix(string(o.From), "/serviceAccounts/")
}

// account keeps a service account that OLM does not make. OLM makes those that have permissions, from nothing but
// their names, and those that a pod of the install strategy runs as have an entry there too: its validator refuses a
// manifest of one.
func (b *builder) account(o model.Object) {
	name := o.Name()
	if _, made := b.accounts[name]; !made {
		if saidByItself(o) {
			b.others = append(b.others, o)
		}
		return
	}
	if a := annotationsOf(o); len(a) > 0 && saidByItself(o) {
		b.diags = append(b.diags, diag.Warnf(diag.NotExpressible, o.From,
			"the annotations of the service account %s are not in the OLM bundle: OLM creates the account itself", name).
			WithHint("users of OLM must annotate the account in the cluster"))
	}
	for _, field := range kube.AccountFields {
		if v := o.Tree[field]; v != nil && v != true { // an account mounts its token by default
			b.diags = append(b.diags, diag.Warnf(diag.NotExpressible, o.From.Child(field),
				"%s of the service account %s is not in the OLM bundle: OLM creates the account itself", field, name).
				WithHint("set it in the pods, which OLM installs as they are"))
		}
	}
}

// foreign notes service accounts that the description leaves to others, and OLM makes all the same.
func (b *builder) foreign(said []model.Object) {
	for _, name := range slices.Sorted(maps.Keys(b.accounts)) {
		if name == "default" || slices.ContainsFunc(said, func(o model.Object) bool { return o.Name() == name }) {
			continue
		}
		b.diags = append(b.diags, diag.Warnf(diag.NotExpressible, b.accounts[name],
			"OLM creates the service account %s although it is null in the description: OLM creates every account that has permissions or runs a pod", name).
			WithHint("set serviceAccounts: {%s: {}} so that the other installers create it too, or accept the finding", name))
	}
}

func annotationsOf(o model.Object) model.Tree {
	return kube.Map(model.At(o.Tree, "metadata", "annotations"))
}

// lostAnnotations notes that an install strategy has no place for the annotations of a Deployment. Those that all
// objects have, as the service accounts that opc makes show, were not meant for it in particular.
func (b *builder) lostAnnotations(accounts []model.Object) {
	var common model.Tree
	if i := slices.IndexFunc(accounts, func(o model.Object) bool { return !saidByItself(o) }); i >= 0 {
		common = annotationsOf(accounts[i])
	}
	for _, o := range b.deployments {
		own := maps.Clone(annotationsOf(o))
		maps.DeleteFunc(own, func(key string, _ any) bool { _, ok := common[key]; return ok })
		if len(own) > 0 {
			note := diag.Warnf(diag.NotExpressible, o.From,
				"the annotations of the Deployment %s are not in the OLM bundle: an install strategy has no place for them", o.Name())
			note.Severity = diag.Note
			b.diags = append(b.diags, note)
		}
	}
}

// watchedByOLM lets containers read the watched namespaces from the annotation that OLM puts on the pods of an install
// strategy: which ones they are is the OperatorGroup's choice.
func watchedByOLM(objects []model.Object) []model.Object {
	out := make([]model.Object, len(objects))
	for i, o := range objects {
		out[i] = o
		if o.Kind() != "Deployment" {
			continue
		}
		out[i].Tree = model.Clone(o.Tree)
		for _, field := range []string{"initContainers", "containers"} {
			list := kube.List(model.At(out[i].Tree, "spec", "template", "spec", field))
			for _, c := range list {
				t := kube.Map(c)
				env := kube.List(t["env"])
				for _, e := range env {
					readTargets(e)
				}
			}
		}
	}
	return out
}

func readTargets(variable any) {
	t := kube.Map(variable)
	if t["value"] != model.Ref(model.OpWatch, "") {
		return
	}
	delete(t, "value")
	t["valueFrom"] = model.Tree{"fieldRef": model.Tree{"fieldPath": "metadata.annotations['olm.targetNamespaces']"}}
}
