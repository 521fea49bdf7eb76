package equal

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

func tree(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := yaml.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCanonical holds what does not count for import, which compares canonical forms.
func TestCanonical(t *testing.T) {
	pod := func(rest string) string { return "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n" + rest }
	workload := func(rest string) string {
		return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {" + rest + "}}"
	}
	cases := []struct{ name, a, b, want string }{
		{"quantities", pod("spec: {containers: [{name: c, resources: {limits: {cpu: 0.5, memory: 1024Mi}}}]}"),
			pod("spec: {containers: [{name: c, resources: {limits: {cpu: 500m, memory: 1Gi}}}]}"), ""},
		{"defaults that are left out", pod("spec: {hostNetwork: false, containers: []}"), pod("spec: {containers: []}"), ""},
		{"what a workload says", workload("spec: {hostNetwork: false, containers: [{name: a, stdin: false, ports: [{hostPort: 0, containerPort: 1}], colour: false}]}"),
			workload("spec: {containers: [{name: a, ports: [{containerPort: 1}]}]}"),
			"spec/template/spec/containers/0/ports/0/hostPort spec/template/spec/containers/0/stdin spec/template/spec/hostNetwork"},
		{"unknown fields", pod("spec: {containers: [], colour: red}"), pod("spec: {containers: []}"), ""},
		{"status and creation time", pod("status: {phase: Running}\nspec: {containers: []}"), pod("spec: {containers: []}"), ""},
		{"the order of sets", pod("spec: {containers: [], volumes: [{name: a, emptyDir: {}}, {name: b, emptyDir: {}}]}"),
			pod("spec: {containers: [], volumes: [{name: b, emptyDir: {}}, {name: a, emptyDir: {}}]}"), ""},
		{"an empty map that means something", pod("spec: {containers: [], volumes: [{name: a, emptyDir: {}}]}"),
			pod("spec: {containers: [], volumes: [{name: a}]}"), "spec/volumes/0/emptyDir"},
		{"the order of arguments", pod("spec: {containers: [{name: c, args: [a, b]}]}"),
			pod("spec: {containers: [{name: c, args: [b, a]}]}"), "spec/containers/0/args/0 spec/containers/0/args/1"},
		{"selectors of webhooks that select everything", "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: a}\nwebhooks: [{name: w, objectSelector: {}}]",
			"apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: a}\nwebhooks: [{name: w, namespaceSelector: {}}]", ""},
		{"a label", pod("spec: {containers: []}"), "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {x: z}}\nspec: {containers: []}", "metadata/labels"},
		{"an unknown type counts as it is", "apiVersion: x/v1\nkind: X\nmetadata: {name: a}\nspec: {a: 1, n: null}",
			"apiVersion: x/v1\nkind: X\nmetadata: {name: a}\nspec: {a: 1.0}", ""},
		{"properties of a schema are no set", crd("x: {type: string, enum: [a, b]}"), crd("x: {type: string, enum: [b, a]}"), ""},
		{"examples are JSON", csvText(`[{"kind": "A", "spec": {}}]`, "1.2.0"), csvText(`[ {"spec":{},"kind":"A"} ]`, "v1.2"), ""},
		{"a description", csvText("[]", "1.2.0"), csvText("[]", "1.2.1"), "spec/version"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			a, err := Canonical(tree(t, tc.a))
			if err != nil {
				t.Fatal(err)
			}
			b, err := Canonical(tree(t, tc.b))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range Trees(a, b) {
				got = append(got, strings.Join(d.Path, "/"))
			}
			if diff := cmp.Diff(tc.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCorrect(t *testing.T) {
	o := tree(t, "apiVersion: operators.coreos.com/v1alpha1\nkind: ClusterServiceVersion\nspec: {colour: red, displayname: lost, displayName: A, links: [{name: a}, {Name: b, note: c}]}")
	for _, u := range UnknownFields(o) {
		u.Correct(o)
	}
	want := tree(t, "apiVersion: operators.coreos.com/v1alpha1\nkind: ClusterServiceVersion\nspec: {displayName: A, links: [{name: a}, {name: b}]}")
	if diff := cmp.Diff(want, o); diff != "" {
		t.Error(diff)
	}
}

// TestDivisors holds that the divisor that a type writes by itself is not the author's, and that a field of that name in an
// object of another type stays.
func TestDivisors(t *testing.T) {
	for text, want := range map[string]any{
		"apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}]}]}":  nil,
		"apiVersion: example.com/v1\nkind: Scale\nspec: {containers: [{env: [{valueFrom: {resourceFieldRef: {resource: a, divisor: '0'}}}]}]}": "0",
	} {
		normal, err := Normal(tree(t, text))
		if err != nil {
			t.Fatal(err)
		}
		containers, _ := normal["spec"].(map[string]any)["containers"].([]any)
		env, _ := containers[0].(map[string]any)["env"].([]any)
		from, _ := env[0].(map[string]any)["valueFrom"].(map[string]any)
		if got := from["resourceFieldRef"].(map[string]any)["divisor"]; got != want {
			t.Errorf("%s: the divisor is %v, want %v", text, got, want)
		}
	}
}

func crd(properties string) string {
	return "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: as.x.io}\n" +
		"spec: {group: x.io, scope: Namespaced, names: {kind: A, plural: as}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {" + properties + "}}}}]}"
}

func csvText(examples, version string) string {
	return "apiVersion: operators.coreos.com/v1alpha1\nkind: ClusterServiceVersion\nmetadata: {name: a, namespace: placeholder, annotations: {alm-examples: '" +
		examples + "'}}\nspec: {displayName: A, version: " + version + "}"
}

func TestTypeMismatch(t *testing.T) {
	_, err := Normal(tree(t, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: many}"))
	if err == nil || !strings.Contains(err.Error(), "spec.replicas") {
		t.Errorf("got %v: want an error that names spec.replicas", err)
	}
}

func TestUnknownFields(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"of a pod", "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, imagee: b, resources: {limits: {anything: 1}}}], colour: red}", "spec/colour spec/containers/0/imagee"},
		{"by capitals", "apiVersion: operators.coreos.com/v1alpha1\nkind: ClusterServiceVersion\nspec: {MinKubeVersion: 1.20.0}", "spec/MinKubeVersion=minKubeVersion"},
		{"in a schema", crd("x: {type: array, desciprtion: a, items: {type: object, nullble: true}}"),
			"spec/versions/0/schema/openAPIV3Schema/properties/x/desciprtion spec/versions/0/schema/openAPIV3Schema/properties/x/items/nullble"},
		{"of an unknown type", "apiVersion: x/v1\nkind: X\nspec: {colour: red}", ""},
		{"values that are free", "apiVersion: v1\nkind: ConfigMap\ndata: {anything: goes}\nmetadata: {labels: {any: thing}, finalizer: []}", "metadata/finalizer"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, u := range UnknownFields(tree(t, tc.text)) {
				text := strings.Join(u.Path, "/")
				if u.As != "" {
					text += "=" + u.As
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(tc.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
