package kustomize

import (
	"path"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
)

// kustomize's field namePrefix renames objects and the fields that it knows to refer to one. It does not change names inside
// strings, such as the Certificate in cert-manager.io/inject-ca-from and the Service in a host name, nor conversion webhooks.
// So the folder called namespace replaces those too, and the base configures which field of a CustomResourceDefinition
// refers to a Service.

// nameFollower is a text in a layer's objects that contains the name of an object next to the namespace.
type nameFollower struct {
	follower
	source model.Object
}

// nameFollowers lists the texts of a layer that contain a name: NAMESPACE/NAME, and NAME.NAMESPACE.svc.
func (t *tree) nameFollowers(l *layer) []nameFollower {
	return collect(t, l, t.namesIn)
}

func (t *tree) namesIn(n int, tree model.Tree, with set) []nameFollower {
	var out []nameFollower
	o := t.subjects[n].Object
	visit(o, nil, tree, func(at place, text string) {
		before, after, found := strings.Cut(text, model.Namespace())
		if !found {
			return
		}
		name, delimiter, index := "", "", 0
		if rest, ok := strings.CutPrefix(after, "/"); ok && before == "" {
			name, delimiter, index = rest, "/", 1
		} else if rest, ok := strings.CutSuffix(before, "."); ok && !strings.Contains(rest, ".") && strings.HasPrefix(after, ".svc") {
			name, delimiter = rest, "."
		}
		if source, ok := t.called(name, with); ok {
			out = append(out, nameFollower{follower{at: at, delimiter: delimiter, index: index, subject: o}, source})
		}
	})
	return out
}

// called finds an object in the operator's namespace by its name, which is there whenever some features are on.
func (t *tree) called(name string, with set) (model.Object, bool) {
	i := slices.IndexFunc(t.subjects, func(s subject) bool {
		return name != "" && s.Name() == name && with.contains(s.home) && !s.passing && model.MetaString(s.Tree, "namespace") == model.Namespace() &&
			slices.Contains([]string{"Certificate", "Service", "Secret"}, s.Kind())
	})
	if i < 0 {
		return model.Object{}, false
	}
	return t.subjects[i].Object, true
}

// nameReplacements copy names into the texts that contain them.
func nameReplacements(list []nameFollower) []any {
	var out []any
	for i := 0; i < len(list); {
		source := list[i].source
		var same []follower
		for ; i < len(list) && list[i].source.Name() == source.Name() && list[i].source.Kind() == source.Kind(); i++ {
			same = append(same, list[i].follower)
		}
		for _, r := range replacements(source, same) {
			r.(map[string]any)["source"].(map[string]any)["fieldPath"] = "metadata.name"
			out = append(out, r)
		}
	}
	return out
}

// conversionNames tells kustomize which field of a definition names a Service. Kustomizations above read it too.
func (w *writer) conversionNames(dir string) []any {
	converts := slices.ContainsFunc(w.m.CRDs, func(c model.CRD) bool {
		_, conversion := model.Condition(model.At(c.Tree, "spec", "conversion"))
		t := kube.Map(conversion)
		return model.At(t, "webhook", "clientConfig", "service") != nil
	})
	if !converts {
		return nil
	}
	config := map[string]any{"nameReference": []any{map[string]any{
		"kind": "Service", "version": "v1",
		"fieldSpecs": []any{map[string]any{"group": "apiextensions.k8s.io", "kind": "CustomResourceDefinition", "path": "spec/conversion/webhook/clientConfig/service/name"}},
	}}}
	w.add(path.Join(dir, "namereference.yaml"), emit.YAML(config, "The conversion webhook's Service follows the namePrefix of any kustomization above."), emit.Origin{Path: "/webhooks"})
	return []any{"namereference.yaml"}
}
