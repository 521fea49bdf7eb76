package diff

import (
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
)

const hookPath = "webhooks/*/{webhook}"

// webhookRules are about webhooks, and what serves them.
var webhookRules = []*Rule{
	{
		ID: "HOOK001", Title: "webhook removed", Category: Webhook, Verdict: Minor,
		Why: "Invalid objects are no longer rejected, and defaults are no longer set: objects can be stored that the operator does not expect.",
		On:  []string{"removed " + hookPath}, Claims: servedBy,
		Say:     "the webhook {webhook} is gone",
		Example: Example{Before: hookA, After: ""},
	},
	{
		ID: "HOOK002", Title: "webhook added", Category: Webhook, Verdict: Minor,
		Why: "Requests that were accepted before may be changed or rejected. While the webhook is unavailable, requests are accepted unchanged; a new API has no requests yet.",
		On:  []string{"added " + hookPath}, Claims: servedBy, If: func(c *Case) bool { return !refuses(c) },
		Say:     "there is a new webhook, {webhook}",
		Example: Example{Before: "", After: hookWith("failurePolicy: Ignore")},
	},
	{
		ID: "HOOK012", Title: "webhook with failurePolicy Fail added", Category: Webhook, Verdict: Major,
		Why: "Requests that were accepted before may be rejected or changed, and all of them are rejected while the webhook is unavailable (failurePolicy Fail). Start with failurePolicy Ignore, or document in the release notes which requests are rejected.",
		On:  []string{"added " + hookPath}, Claims: servedBy,
		Say:     "there is a new webhook, {webhook}, which rejects requests while it is unavailable",
		Example: Example{Before: "", After: hookA},
	},
	{
		ID: "HOOK003", Title: "webhook renamed", Category: Webhook, Verdict: Patch,
		Why:     "Exceptions that users configured for the webhook by name no longer apply.",
		On:      []string{"renamed " + hookPath},
		Say:     "the webhook {was} is now called {webhook}",
		Example: Example{Before: hookA, After: hookB},
	},
	{
		ID: "HOOK004", Title: "failure of a webhook rejects requests", Category: Webhook, Verdict: Major,
		Why: "While the operator is unavailable, all requests that the webhook matches are rejected. Before, they were accepted.",
		On:  []string{"changed " + hookPath + "/failurePolicy"}, If: func(c *Case) bool { return c.Change.New != "Ignore" },
		Say:     "requests are now refused when the webhook {webhook} does not answer",
		Example: Example{Before: hookWith("failurePolicy: Ignore"), After: hookWith("failurePolicy: Fail")},
	},
	{
		ID: "HOOK005", Title: "failure of a webhook is ignored", Category: Webhook, Verdict: Minor,
		Why:     "While the operator is unavailable, requests are accepted that it would have rejected or changed.",
		On:      []string{"changed " + hookPath + "/failurePolicy"},
		Say:     "requests are now taken when the webhook {webhook} does not answer",
		Example: Example{Before: hookWith("failurePolicy: Fail"), After: hookWith("failurePolicy: Ignore")},
	},
	{
		ID: "HOOK006", Title: "webhook for more requests", Category: Webhook, Verdict: Major,
		Why:     "Requests that the webhook did not match before may be rejected or changed. With failurePolicy Fail, all of them are rejected while the operator is unavailable.",
		On:      []string{"added|changed " + hookPath + "/rules/{group}/{version}/{resource}/{operation}/{scope}"},
		By:      []string{"webhook"},
		Say:     "the webhook {webhook} is now also for {operation} of {resource} in {group}/{version}",
		Example: Example{Before: hookA, After: hookWith("rules: [{apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: [CREATE, UPDATE]}]")},
	},
	{
		ID: "HOOK007", Title: "webhook for fewer requests", Category: Webhook, Verdict: Minor,
		Why:     "Requests that the webhook matched before are accepted unchanged.",
		On:      []string{"removed " + hookPath + "/rules/{group}/{version}/{resource}/{operation}/{scope}"},
		By:      []string{"webhook"},
		Say:     "the webhook {webhook} is no longer for {operation} of {resource} in {group}/{version}",
		Example: Example{Before: hookWith("rules: [{apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: [CREATE, UPDATE]}]"), After: hookA},
	},
	{
		ID: "HOOK013", Title: "webhook for more objects", Category: Webhook, Verdict: Major,
		Why: "A selector or condition that kept requests from the webhook is gone: requests that the operator did not see before may be rejected or changed, and all of them are rejected while it is unavailable (with failurePolicy Fail).",
		On:  []string{"* " + hookPath + "/{what}", "* " + hookPath + "/{what}/**"}, If: choosesMore, By: []string{"webhook"},
		Claims: func(c *Case) []pattern {
			return []pattern{form("* webhooks/*/?/?/**", c.Named["webhook"], c.Named["what"]), form("* webhooks/*/?/?", c.Named["webhook"], c.Named["what"])}
		},
		Say:     "the webhook {webhook} is now also for objects that it was not for: {what}",
		Example: Example{Before: hookWith("objectSelector: {matchLabels: {demo: \"yes\"}}"), After: hookA},
	},
	{
		ID: "HOOK008", Title: "webhook chooses requests differently", Category: Webhook, Verdict: Minor,
		Why: "With the new selectors, conditions or match policy, the webhook matches fewer requests, or different ones if a condition changed.",
		On:  []string{"* " + hookPath + "/{what}", "* " + hookPath + "/{what}/**"},
		If: func(c *Case) bool {
			return oneOf(c.Named["what"], "namespaceSelector", "objectSelector", "matchConditions", "matchPolicy", "when")
		},
		By:      []string{"webhook"},
		Say:     "the webhook {webhook} chooses requests differently: {what}",
		Example: Example{Before: hookA, After: hookWith("objectSelector: {matchLabels: {demo: \"yes\"}}")},
	},
	{
		ID: "HOOK009", Title: "webhook called differently", Category: Webhook, Verdict: Patch,
		Why:     "The address, the timeout or the reinvocation policy of the webhook changed.",
		On:      []string{"* " + hookPath + "/{what}", "* " + hookPath + "/{what}/**"},
		By:      []string{"webhook"},
		Say:     "the webhook {webhook} is called differently: {what}",
		Example: Example{Before: hookA, After: hookWith("timeoutSeconds: 5")},
	},
	{
		ID: "HOOK010", Title: "source of the webhook certificate changed", Category: Webhook, Verdict: Major,
		Why: "The source of the certificate must be in the cluster before the upgrade: cert-manager, OpenShift's service CA, or a Secret that the user provides. Otherwise the API server can't call the webhooks.",
		On:  []string{"changed webhooks/certificates"}, Claims: func(*Case) []pattern {
			return []pattern{
				whenNamed("certManager"), parse("* features/certManager"), parse("* workloads/*/pod/volumes/webhook-certs/**"),
				form("* objects/Service/*/annotations/?", "service.beta.openshift.io/serving-cert-secret-name"),
			}
		},
		Say:     "the certificate of the webhooks came from {old} and comes from {new}",
		Example: Example{Before: hookA, After: "webhooks: {certificates: secret, hooks: [" + theHook + "]}"},
	},
	{
		ID: "HOOK011", Title: "certificate Secret or port of the webhooks changed", Category: Webhook, Verdict: Minor,
		Why: "Users must adapt a Secret that they provide, or a NetworkPolicy or firewall that allows the API server.",
		On:  []string{"* webhooks/certificates|secret|mountPath|servicePort|port"},
		By:  []string{},
		Claims: func(*Case) []pattern {
			return []pattern{
				parse("* workloads/*/pod/volumes/webhook-certs/**"), parse("* " + hookPath + "/port|target"), parse("* objects/Certificate/*/spec/secretName"),
			}
		},
		Say:     "the certificate or port of the webhooks is elsewhere",
		Example: Example{Before: hookA, After: "webhooks: {secret: my-cert, hooks: [" + theHook + "]}"},
	},
}

const theHook = "{type: validating, name: v.example.com, path: /validate, rules: [{apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: [CREATE]}]}"

const (
	hookA = "webhooks: {hooks: [" + theHook + "]}"
	hookB = "webhooks: {hooks: [{type: validating, name: w.example.com, path: /validate, rules: [{apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: [CREATE]}]}]}"
)

// hookWith is the webhook of the examples with other fields.
func hookWith(said string) string {
	base := "{type: validating, name: v.example.com, path: /validate, "
	if len(said) < 5 || said[:5] != "rules" {
		base += "rules: [{apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: [CREATE]}], "
	}
	return "webhooks: {hooks: [" + base + said + "}]}"
}

// refuses reports whether a new webhook refuses requests while nothing answers, of APIs that there were before.
func refuses(c *Case) bool {
	said := fields(c.Change.New)
	if said["failurePolicy"] == "Ignore" {
		return false
	}
	rules := kube.List(said["rules"])
	for _, r := range rules {
		f := strings.Fields(text(r, "")) // group version resource operation scope
		isNew := len(f) == 5 && slices.ContainsFunc(c.New.CRDs, func(n model.CRD) bool {
			return n.Group == f[0] && n.Plural == f[2] && !slices.ContainsFunc(c.Old.CRDs, func(o model.CRD) bool { return o.Name == n.Name })
		})
		if !isNew {
			return true
		}
	}
	return len(rules) == 0
}

// servedBy is what comes and goes with the first or last webhook.
func servedBy(c *Case) []pattern {
	if len(c.Old.Webhooks.Hooks) > 0 && len(c.New.Webhooks.Hooks) > 0 {
		return nil
	}
	return []pattern{
		parse("* features/webhook"), parse("* features/certManager"), whenNamed("webhook"), whenNamed("certManager"),
		parse("* webhooks/certificates|secret|mountPath|servicePort|port"),
	}
}
