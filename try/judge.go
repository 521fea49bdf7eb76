package try

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// calling begins what the API server says where it can't call a webhook.
const calling = "failed calling webhook"

var (
	called     = regexp.MustCompile(`failed calling webhook "([^"]+)": (.*)`)
	converting = regexp.MustCompile(`conversion webhook for \S+,? (?:Kind=)?(\S+)? ?failed: (.*)`)
)

// refusedBy tells why an example was refused: by the API server at the example, and where a webhook can't be called at the
// webhook.
func (mg *managed) refusedBy(o *applied, code diag.Code, what string, err error) error {
	if ctxErr := errors.Unwrap(err); errors.Is(ctxErr, context.Canceled) {
		return err
	}
	if m := called.FindStringSubmatch(err.Error()); m != nil {
		hook, pointer := mg.hook(m[1])
		if hook != nil {
			reason := mg.reason(hook.Got, pointer, m[2])
			mg.run.say("", finding.Of(hook.Object, diag.WebhookFails, diag.Error, pointer, "the API server can't call the webhook %s: %s", m[1], reason))
			return nil
		}
	}
	if m := converting.FindStringSubmatch(err.Error()); m != nil {
		for _, d := range mg.objects {
			if d.Is(definitions, "CustomResourceDefinition") && model.At(d.Got, "spec", "names", "kind") == o.Kind() {
				mg.run.say("", finding.Of(d.Object, diag.WebhookFails, diag.Error, "/spec/conversion", "the API server can't convert it: %s", mg.reason(d.Got, "/spec/conversion/webhook", m[2])))
				return nil
			}
		}
	}
	return mg.run.refused("", o.Object, o.Tree, code, what, err)
}

// hook finds a webhook by its name.
func (mg *managed) hook(name string) (*applied, string) {
	for _, o := range mg.objects {
		hooks := kube.List(o.Got["webhooks"])
		for i, h := range hooks {
			if tree := kube.Map(h); tree["name"] == name {
				return o, fmt.Sprintf("/webhooks/%d", i)
			}
		}
	}
	return nil, ""
}

// reason adds what this package knows of the way to a webhook: whether its Service leads to the manager.
func (mg *managed) reason(o kube.Tree, pointer, said string) string {
	ref := kube.Map(kube.Get(o, pointer+"/clientConfig/service"))
	i := slices.IndexFunc(mg.objects, func(s *applied) bool {
		return s.Is("", "Service") && s.Name() == ref["name"] && kube.MetaString(s.Got, "namespace") == ref["namespace"]
	})
	if ref == nil || i < 0 {
		return said
	}
	service := mg.objects[i]
	selector := kube.Map(model.At(service.Got, "spec", "selector"))
	labels := kube.Map(model.At(mg.object.Got, "spec", "template", "metadata", "labels"))
	if !within(selector, labels) {
		return fmt.Sprintf("the Service %s selects no pod of the manager", service.Name())
	}
	port := ref["port"]
	if port == nil {
		port = int64(443)
	}
	ports := kube.List(model.At(service.Got, "spec", "ports"))
	for _, p := range ports {
		p := kube.Map(p)
		if text(p["port"]) != text(port) {
			continue
		}
		if mg.pod.Ports[text(p["targetPort"])] == 0 {
			return fmt.Sprintf("the manager has no port %s, to which the Service %s leads", text(p["targetPort"]), service.Name())
		}
		if strings.Contains(said, "Bad Gateway") {
			return fmt.Sprintf("the manager does not listen on the port %s, to which the Service %s leads", text(p["targetPort"]), service.Name())
		}
		return said
	}
	return fmt.Sprintf("the Service %s has no port %s", service.Name(), text(port))
}

// owners notes the right to finalizers where the manager made objects that keep their owner from being deleted first:
// clusters that guard owner references, such as OpenShift's, ask for it, and nothing logs it here.
func (mg *managed) owners(ctx context.Context) {
	client := mg.run.plane.Client
	seen := map[string]bool{}
	for _, q := range slices.Clone(mg.audit.all) {
		if !q.writes() || q.name == "" || strings.Contains(q.resource, "/") {
			continue
		}
		o, err := client.ByResource(ctx, q.group, q.resource, q.namespace, q.name)
		if err != nil {
			continue // it is gone
		}
		refs := kube.List(model.At(o, "metadata", "ownerReferences"))
		for _, r := range refs {
			ref := kube.Map(r)
			plural, group := client.Plural(text(ref["apiVersion"]), text(ref["kind"]))
			if ref["blockOwnerDeletion"] != true || plural == "" || seen[group+"/"+plural] {
				continue
			}
			seen[group+"/"+plural] = true
			need := request{verb: "update", group: group, resource: plural + "/finalizers", namespace: q.namespace, name: text(ref["name"]), code: 200}
			need.forbidden = !mg.may(need)
			mg.audit.all = append(mg.audit.all, need)
		}
	}
}

// may reports whether the roles allow a request.
func (mg *managed) may(q request) bool {
	return slices.ContainsFunc(grants(mg.objects, mg.pod.Namespace, mg.pod.Account), func(g grant) bool { return g.allows(q.what(), q.namespace, q.name) })
}

// judge says what the manager lacked, and what it did not use.
func (mg *managed) judge(context.Context) {
	list := grants(mg.objects, mg.pod.Namespace, mg.pod.Account)
	mg.ran.Requests = len(mg.audit.all)
	mg.missing(list)
	var used []right
	mg.ran.Unused, used = use(list, mg.audit.all)
	for _, q := range mg.audit.all {
		if r := q.what(); q.forbidden && !slices.Contains(used, r) {
			used = append(used, r)
		}
	}
	mg.ran.Rules = least(used)
	if mg.ran.Ready == 0 {
		mg.ran.Unused = nil // it did not get far enough to say
	}
	for _, u := range mg.ran.Unused {
		what := "part of the permission"
		if u.Whole {
			what = "the permission"
		}
		mg.run.say("", finding.Finding{Code: diag.RightUnused, Severity: diag.Note, Path: u.Path,
			Message: fmt.Sprintf("the manager did not use %s: %s", what, strings.Join(u.Rights, ", "))})
	}
}

// missing tells each thing that was forbidden, with the rule that allows it: at the rule that grants something else on it,
// or else where the permissions are.
func (mg *managed) missing(list []grant) {
	verbs := map[right][]string{}
	for _, q := range mg.audit.all {
		if !q.forbidden {
			continue
		}
		r := q.what()
		r.verb = ""
		if !slices.Contains(verbs[r], q.verb) {
			verbs[r] = append(verbs[r], q.verb)
		}
	}
	for _, r := range slices.SortedFunc(maps.Keys(verbs), func(a, b right) int { return strings.Compare(a.String(), b.String()) }) {
		slices.Sort(verbs[r])
		add := fmt.Sprintf(`{apiGroups: [%q], resources: [%q], verbs: ["%s"]}`, r.group, r.resource, strings.Join(verbs[r], `", "`))
		if r.path != "" {
			add = fmt.Sprintf(`{nonResourceURLs: [%q], verbs: ["%s"]}`, r.path, strings.Join(verbs[r], `", "`))
		}
		what := strings.TrimSpace(strings.Join(verbs[r], ", ") + " " + strings.TrimSpace(r.String()))
		mg.run.say("", finding.Finding{Code: diag.RightMissing, Severity: diag.Error, Path: mg.near(list, r),
			Message: fmt.Sprintf("the manager may not %s: no role of its service account %s allows it", what, mg.ran.Account),
			Hint:    "add to permissions: " + add})
	}
}

// near is the rule for the same resource, or its main resource, or the first rule, or the permissions as a whole.
func (mg *managed) near(list []grant, r right) diag.Path {
	main, _, _ := strings.Cut(r.resource, "/")
	for _, resource := range []string{r.resource, main} {
		for _, g := range list {
			if g.role.From != nil && slices.Contains(texts(g.rule["apiGroups"]), r.group) && slices.Contains(texts(g.rule["resources"]), resource) {
				return g.path()
			}
		}
	}
	if p := mg.run.m.Permissions; len(p) > 0 {
		return p[0].From
	}
	return "/permissions"
}
