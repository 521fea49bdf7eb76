package diff

import (
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// crdFacts are what a CustomResourceDefinition says. What Kubernetes would fill in is filled in, and what
// apiextensions.k8s.io/v1beta1 says once for all versions is said of each.
func crdFacts(c model.CRD, v view) *node {
	spec, at := fields(c.Tree["spec"]), c.From.Child("spec") // a schema has no expressions
	names := fields(spec["names"])
	n := group(c.From)
	n.text("scope", c.Scope, at.Child("scope"))
	n.text("kind", c.Kind, at.Child("names").Child("kind"))
	n.text("listKind", text(names["listKind"], c.Kind+"List"), at.Child("names").Child("listKind"))
	n.text("singular", text(names["singular"], strings.ToLower(c.Kind)), at.Child("names").Child("singular"))
	n.set("shortNames", words(names["shortNames"]), at.Child("names").Child("shortNames"))
	n.set("categories", words(names["categories"]), at.Child("names").Child("categories"))
	n.put("preserveUnknownFields", leaf(spec["preserveUnknownFields"] == true, at.Child("preserveUnknownFields")))
	n.put("conversion", conversion(fields(v.scope.Resolve(spec["conversion"])), at.Child("conversion")))
	meta := fields(v.scope.Resolve(c.Tree["metadata"]))
	n.put("labels", tree(fields(meta["labels"]), c.From.Child("metadata").Child("labels")))
	n.put("annotations", tree(fields(meta["annotations"]), c.From.Child("metadata").Child("annotations")))
	versions := group(at.Child("versions"))
	list := kube.List(spec["versions"])
	for i, ver := range c.Versions {
		said, from := model.Tree{}, at
		if i < len(list) {
			said, from = fields(list[i]), at.Child("versions").Index(i)
		}
		versions.kids[ver.Name] = versionFacts(ver, said, spec, from)
	}
	n.put("versions", versions)
	return n
}

func text(v any, otherwise string) string {
	if s := kube.Text(v); s != "" {
		return s
	}
	return otherwise
}

func conversion(t model.Tree, from diag.Path) *node {
	n := group(from)
	n.text("strategy", text(t["strategy"], "None"), from.Child("strategy"))
	hook := fields(t["webhook"])
	if len(hook) == 0 { // apiextensions.k8s.io/v1beta1
		hook = model.Tree{"clientConfig": t["webhookClientConfig"], "conversionReviewVersions": t["conversionReviewVersions"]}
	}
	n.set("reviewVersions", words(hook["conversionReviewVersions"]), from.Child("webhook").Child("conversionReviewVersions"))
	client := group(from.Child("webhook").Child("clientConfig"))
	service := fields(fields(hook["clientConfig"])["service"])
	client.put("service", tree(service, client.from.Child("service")))
	client.text("url", text(fields(hook["clientConfig"])["url"], ""), client.from)
	n.put("client", client)
	return n
}

func versionFacts(ver model.CRDVersion, t, spec model.Tree, from diag.Path) *node {
	shared := func(name, old string) any {
		if v := t[name]; v != nil {
			return v
		}
		return spec[old]
	}
	n := group(from)
	n.put("served", leaf(ver.Served, from.Child("served")))
	n.put("storage", leaf(ver.Storage, from.Child("storage")))
	n.put("deprecated", leaf(t["deprecated"] == true, from.Child("deprecated")))
	n.text("deprecationWarning", text(t["deprecationWarning"], ""), from.Child("deprecationWarning"))
	sub := fields(shared("subresources", "subresources"))
	if sub["status"] != nil {
		n.put("status", leaf(true, from.Child("subresources").Child("status")))
	}
	n.put("scale", tree(fields(sub["scale"]), from.Child("subresources").Child("scale")))
	columns := group(from.Child("additionalPrinterColumns"))
	list := kube.List(shared("additionalPrinterColumns", "additionalPrinterColumns"))
	for i, e := range list {
		m := fields(e)
		columns.put(text(m["name"], "?"), leaf(m, columns.from.Index(i)))
	}
	n.put("columns", columns)
	selectable := group(from.Child("selectableFields"))
	list = kube.List(t["selectableFields"])
	for i, e := range list {
		path := text(fields(e)["jsonPath"], "?")
		selectable.kids[path] = leaf(path, selectable.from.Index(i))
	}
	n.put("selectableFields", selectable)
	schema := fields(fields(t["schema"])["openAPIV3Schema"])
	where := from.Child("schema").Child("openAPIV3Schema")
	if schema == nil {
		schema, where = fields(fields(spec["validation"])["openAPIV3Schema"]), "" // apiextensions.k8s.io/v1beta1
	}
	if schema == nil {
		schema = model.Tree{}
	}
	if where == "" {
		where = from
	}
	n.kids["schema"] = &node{schema: schema, from: where}
	return n
}
