package bundle

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// Judge says what OLM would stumble over, and its validators don't see. With hub set it also says what is bad style in a
// catalog.
func (b *Bundle) Judge(hub bool) []finding.Finding {
	out := b.kinds()
	if b.CSV == nil {
		return out
	}
	j := &csvJudge{bundle: b}
	j.release()
	j.owned()
	j.modes()
	j.webhooks()
	if hub {
		j.accounts()
		j.placeholders()
	}
	j.certificates()
	return append(append(out, b.requirements()...), j.out...)
}

// kinds finds objects that OLM does not install from a bundle.
func (b *Bundle) kinds() []finding.Finding {
	var out []finding.Finding
	for _, o := range b.Manifests {
		if !kube.InBundle(o.Kind()) {
			out = append(out, finding.Of(o, diag.BundleKind, diag.Error, "/kind", "OLM does not install objects of the kind %s from a bundle", o.Kind()).
				WithHint("let the operator make it"))
		}
		if ns := model.MetaString(o.Tree, "namespace"); ns != "" {
			f := finding.Of(o, diag.BundleInvalid, diag.Warning, "/metadata/namespace", "the namespace %s is fixed: OLM installs into the namespace of the Subscription", ns)
			out = append(out, f.WithHint("leave metadata.namespace out"))
		}
	}
	return out
}

type csvJudge struct {
	bundle *Bundle
	out    []finding.Finding
}

func (j *csvJudge) fault(code diag.Code, severity diag.Severity, pointer, format string, args ...any) {
	j.out = append(j.out, finding.Of(j.bundle.CSV, code, severity, pointer, format, args...))
}

func (j *csvJudge) text(path ...string) string {
	return kube.Text(model.At(j.bundle.CSV.Tree, path...))
}

func (j *csvJudge) list(path ...string) []model.Tree {
	l := kube.List(model.At(j.bundle.CSV.Tree, path...))
	out := make([]model.Tree, len(l))
	for i, e := range l {
		out[i] = kube.Map(e)
	}
	return out
}

// release judges the names and edges of the version.
func (j *csvJudge) release() {
	name, version := j.bundle.CSV.Name(), j.text("spec", "version")
	if version == "" {
		j.fault(diag.BundleInvalid, diag.Error, "/spec/version", "the bundle has no version: catalogs can't order it")
	}
	// Names such as etcdoperator.v0.9.4-clusterwide hold more than the version.
	if _, said, ok := strings.Cut(name, ".v"); ok && version != "" && !strings.Contains(strings.ToLower(said), strings.ToLower(strings.ReplaceAll(version, "+", "-"))) && said != "" && said[0] >= '0' && said[0] <= '9' {
		j.fault(diag.BundleInvalid, diag.Error, "/spec/version", "the bundle is called %s and has the version %s", name, version)
	}
	if j.text("spec", "replaces") == name {
		j.fault(diag.BundleInvalid, diag.Error, "/spec/replaces", "the bundle replaces itself: nothing can upgrade to it")
	}
	skips := kube.List(model.At(j.bundle.CSV.Tree, "spec", "skips"))
	if i := slices.Index(skips, any(name)); i >= 0 {
		j.fault(diag.BundleInvalid, diag.Error, fmt.Sprintf("/spec/skips/%d", i), "the bundle skips itself")
	}
}

// owned finds APIs whose definition the bundle has under another name only. The validators look at the group, the version
// and the kind; OLM looks for the name, and waits for it without end.
func (j *csvJudge) owned() {
	for i, e := range j.list("spec", "customresourcedefinitions", "owned") {
		name := kube.Text(e["name"])
		_, group, _ := strings.Cut(name, ".")
		of := slices.IndexFunc(j.bundle.Manifests, func(o *kube.Object) bool {
			return o.Kind() == "CustomResourceDefinition" && model.At(o.Tree, "spec", "group") == group && model.At(o.Tree, "spec", "names", "kind") == e["kind"]
		})
		if of >= 0 && j.bundle.Manifests[of].Name() != name && j.crd(name) == nil {
			j.fault(diag.BundleInvalid, diag.Error, fmt.Sprintf("/spec/customresourcedefinitions/owned/%d/name", i), "there is no CustomResourceDefinition %s in the bundle: that of the kind %v is called %s", name, e["kind"], j.bundle.Manifests[of].Name())
		}
	}
}

// modes finds install modes that are listed twice: OLM takes the last one.
func (j *csvJudge) modes() {
	seen := map[any]bool{}
	for i, m := range j.list("spec", "installModes") {
		if seen[m["type"]] {
			j.fault(diag.BundleInvalid, diag.Warning, fmt.Sprintf("/spec/installModes/%d", i), "the install mode %v is listed twice: OLM uses the last one", m["type"])
		}
		seen[m["type"]] = true
	}
}

// webhooks judges what OLM makes of webhookdefinitions.
func (j *csvJudge) webhooks() {
	names := map[string]bool{}
	for _, d := range j.list("spec", "install", "spec", "deployments") {
		name := kube.Text(d["name"])
		names[name] = true
	}
	seen := map[string]bool{}
	for i, w := range j.list("spec", "webhookdefinitions") {
		at := fmt.Sprintf("/spec/webhookdefinitions/%d", i)
		deployment := kube.Text(w["deploymentName"])
		generate := kube.Text(w["generateName"])
		if !names[deployment] {
			j.fault(diag.WebhookUncalled, diag.Error, at+"/deploymentName", "the webhook %s is served by the Deployment %s, which the bundle does not have", generate, deployment)
		}
		if service := kube.OLMService(deployment); len(service) > 63 {
			j.fault(diag.InvalidObject, diag.Error, at+"/deploymentName", "OLM calls the webhook's Service %s, which has %d characters: 63 are allowed", service, len(service))
		}
		key := fmt.Sprint(w["type"], " ", generate)
		if seen[key] {
			j.fault(diag.BundleInvalid, diag.Error, at+"/generateName", "two webhooks of this type are called %s", generate)
		}
		seen[key] = true
		j.refusedRules(w, at, generate)
		j.conversions(w, at)
	}
	j.unconverted()
}

// refusedRules finds webhooks for which OLM v0 puts the version into the phase Failed: it refuses rules that could stop
// OLM itself or other webhooks (ValidWebhookRules), and keeps the webhook's name in a label.
func (j *csvJudge) refusedRules(w model.Tree, at, name string) {
	if len(name) > 63 {
		j.fault(diag.BundleInvalid, diag.Warning, at+"/generateName", "the webhook's name %s has %d characters: OLM v0 stores it in a label, which can have 63", name, len(name))
	}
	for i, r := range rulesOf(w) {
		groups := kube.List(r["apiGroups"])
		resources := kube.List(r["resources"])
		where := fmt.Sprintf("%s/rules/%d", at, i)
		switch {
		case slices.Contains(groups, any("*")):
			j.fault(diag.BundleInvalid, diag.Warning, where+"/apiGroups", "OLM v0 does not install the webhook %s, which is for all API groups", name)
		case slices.Contains(groups, any("operators.coreos.com")):
			j.fault(diag.BundleInvalid, diag.Warning, where+"/apiGroups", "OLM v0 does not install the webhook %s, which is for OLM's own API group operators.coreos.com", name)
		case slices.Contains(groups, any(kube.AdmissionGroup)) && slices.ContainsFunc(resources, func(r any) bool {
			kind := kube.Text(r)
			return kind == "*" || kube.IsWebhookConfiguration(kind)
		}):
			j.fault(diag.BundleInvalid, diag.Warning, where+"/resources", "OLM v0 does not install the webhook %s, which is for webhook configurations", name)
		}
	}
}

func (j *csvJudge) conversions(w model.Tree, at string) {
	names := kube.List(w["conversionCRDs"])
	for k, n := range names {
		name := kube.Text(n)
		crd := j.crd(name)
		if crd == nil {
			j.fault(diag.LeadsNowhere, diag.Error, fmt.Sprintf("%s/conversionCRDs/%d", at, k), "the bundle has no CustomResourceDefinition %s", name)
		}
	}
}

func (j *csvJudge) crd(name string) *kube.Object {
	for _, o := range j.bundle.Manifests {
		if o.Kind() == "CustomResourceDefinition" && o.Name() == name {
			return o
		}
	}
	return nil
}

// unconverted finds definitions that ask for a webhook which no webhookdefinition gives: OLM sets no CA for it.
func (j *csvJudge) unconverted() {
	for _, o := range j.bundle.Manifests {
		if j.bundle.unconverted(o) {
			j.out = append(j.out, finding.Of(o, diag.WebhookUncalled, diag.Error, "/spec/conversion", "the versions are converted by a webhook without a webhookdefinition in the ClusterServiceVersion: OLM creates no certificate for it"))
		}
	}
}

func (b *Bundle) unconverted(o *kube.Object) bool {
	if o.Kind() != "CustomResourceDefinition" || model.At(o.Tree, "spec", "conversion", "strategy") != "Webhook" || slices.Contains(b.Converted, o.Name()) {
		return false
	}
	j := csvJudge{bundle: b}
	return !slices.ContainsFunc(j.list("spec", "webhookdefinitions"), func(w model.Tree) bool {
		names := kube.List(w["conversionCRDs"])
		return slices.Contains(names, any(o.Name()))
	})
}

// accounts judges the service accounts of the install strategy.
func (j *csvJudge) accounts() {
	granted := map[string]bool{"": true, "default": true}
	for _, field := range []string{"permissions", "clusterPermissions"} {
		for i, p := range j.list("spec", "install", "spec", field) {
			name := kube.Text(p["serviceAccountName"])
			if !granted[name] && !j.ours(name) {
				at := fmt.Sprintf("%s/%s/%d/serviceAccountName", strategy, field, i)
				f := finding.Of(j.bundle.CSV, diag.BundleQuality, diag.Warning, at, "the service account is called %s, which other operators in the namespace may use too: OLM does not share service accounts", name)
				j.out = append(j.out, f.WithHint("name it after the operator"))
			}
			granted[name] = true
		}
	}
}

// placeholder is a text that a scaffold leaves for people to replace.
var placeholder = regexp.MustCompile(`\bTODO\b|your@email\.com|maintainer-name|^Provider Name$|your-(name|domain|company)\b`)

// placeholders finds what a scaffold wrote and nobody replaced (operator-sdk generate kustomize manifests).
func (j *csvJudge) placeholders() {
	judge := func(at, text string) {
		if found := placeholder.FindString(text); found != "" {
			j.fault(diag.BundleQuality, diag.Warning, at, "%q is what a scaffold writes for somebody to replace", found)
		}
	}
	for _, field := range []string{"displayName", "description"} {
		judge("/spec/"+field, j.text("spec", field))
	}
	judge("/spec/provider/name", j.text("spec", "provider", "name"))
	judge("/metadata/annotations/description", j.text("metadata", "annotations", "description"))
	for i, m := range j.list("spec", "maintainers") {
		for _, field := range []string{"name", "email"} {
			text := kube.Text(m[field])
			judge(fmt.Sprintf("/spec/maintainers/%d/%s", i, field), text)
		}
	}
}

// unlisted finds images that containers run and relatedImages does not name.
func (j *csvJudge) unlisted() {
	listed := map[any]bool{}
	for _, r := range j.list("spec", "relatedImages") {
		listed[r["image"]] = true
	}
	for i, d := range j.list("spec", "install", "spec", "deployments") {
		for _, field := range []string{"initContainers", "containers"} {
			containers := kube.List(model.At(d, "spec", "template", "spec", field))
			for k, c := range containers {
				container := kube.Map(c)
				if ref := container["image"]; ref != nil && !listed[ref] {
					at := fmt.Sprintf("%s/deployments/%d/spec/template/spec/%s/%d/image", strategy, i, field, k)
					j.fault(diag.BundleQuality, diag.Error, at, "the image %v is not among relatedImages, which certification requires: mirrors would lack it", ref)
				}
			}
		}
	}
}

// ours reports whether a name has something of the package's or a Deployment's.
func (j *csvJudge) ours(name string) bool {
	candidates := []string{j.bundle.Package, j.bundle.CSV.Name()}
	for _, d := range j.list("spec", "install", "spec", "deployments") {
		deployment := kube.Text(d["name"])
		candidates = append(candidates, deployment)
	}
	for _, c := range candidates {
		for word := range strings.FieldsFuncSeq(c, func(r rune) bool { return r == '-' || r == '.' }) {
			if len(word) > 2 && strings.Contains(name, word) {
				return true
			}
		}
	}
	return false
}

// protected are the paths at which OLM mounts the certificate of webhooks, and the names of the volumes.
var (
	protected = []string{"/tmp/k8s-webhook-server/serving-certs", "/apiserver.local.config/certificates"}
	reserved  = []string{"webhook-cert", "apiservice-cert"}
)

// certificates finds mounts in the way of those that OLM adds to pods that serve webhooks.
func (j *csvJudge) certificates() {
	serving := map[string]bool{}
	for _, w := range j.list("spec", "webhookdefinitions") {
		name := kube.Text(w["deploymentName"])
		serving[name] = true
	}
	for i, d := range j.list("spec", "install", "spec", "deployments") {
		if name := kube.Text(d["name"]); !serving[name] {
			continue
		}
		containers := kube.List(model.At(d, "spec", "template", "spec", "containers"))
		for k, c := range containers {
			container := kube.Map(c)
			mounts := kube.List(container["volumeMounts"])
			for l, m := range mounts {
				mount := kube.Map(m)
				mountPath := kube.Text(mount["mountPath"])
				name := kube.Text(mount["name"])
				if slices.Contains(protected, mountPath) && !slices.Contains(reserved, name) {
					at := fmt.Sprintf("%s/deployments/%d/spec/template/spec/containers/%d/volumeMounts/%d", strategy, i, k, l)
					j.fault(diag.BundleInvalid, diag.Warning, at, "OLM mounts the webhooks' certificate at %s itself: a second mount there is dropped by some versions of OLM, and keeps the pod from starting with others", mountPath)
				}
			}
		}
	}
}

// ExamplesAt is where the examples stand, as JSON in a text. Pointers into them go on below it.
const ExamplesAt = "/metadata/annotations/alm-examples"

// Examples are the objects of alm-examples.
func (b *Bundle) Examples() ([]*kube.Object, []finding.Finding) {
	if b.CSV == nil {
		return nil, nil
	}
	annotations := kube.Map(model.At(b.CSV.Tree, "metadata", "annotations"))
	text := kube.Text(annotations["alm-examples"])
	if text == "" {
		return nil, nil
	}
	var list []any
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, []finding.Finding{finding.Of(b.CSV, diag.BundleInvalid, diag.Error, ExamplesAt, "alm-examples is not a JSON list: %v", err)}
	}
	var out []*kube.Object
	for i, e := range list {
		tree, ok := whole(e).(map[string]any)
		o := &kube.Object{Tree: tree, At: b.CSV.At, Inner: func(pointer string) string { return fmt.Sprintf("%s/%d%s", ExamplesAt, i, pointer) }}
		if ok && !b.lacks(o) {
			out = append(out, o)
		}
	}
	return out, nil
}

// lacks reports whether an object is of an API that the bundle says it owns and has no definition of, which is told
// elsewhere.
func (b *Bundle) lacks(o *kube.Object) bool {
	owned := kube.List(model.At(b.CSV.Tree, "spec", "customresourcedefinitions", "owned"))
	return slices.ContainsFunc(owned, func(e any) bool {
		entry := kube.Map(e)
		name := kube.Text(entry["name"])
		return entry["kind"] == o.Kind() && strings.HasSuffix(name, "."+o.Group()) && !b.has("CustomResourceDefinition", name)
	})
}

// whole turns numbers without a fraction into integers, as Kubernetes reads them.
func whole(v any) any {
	switch t := v.(type) {
	case map[string]any:
		for k, e := range t {
			t[k] = whole(e)
		}
	case []any:
		for i, e := range t {
			t[i] = whole(e)
		}
	case float64:
		if t == float64(int64(t)) {
			return int64(t)
		}
	}
	return v
}
