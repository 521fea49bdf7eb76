package judge

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/verify/finding"
)

func TestSize(t *testing.T) {
	text := strings.Repeat("a \"loom\"\n", 1<<17) // 9 characters, 12 in JSON
	plain := strings.ReplaceAll(text, "\n", "-")
	plain = strings.ReplaceAll(plain, "\"", "'")
	crd := func(description string) kube.Tree {
		return kube.Tree{
			"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": map[string]any{"name": "looms.example.com"},
			"spec": map[string]any{"description": description},
		}
	}
	config := func(kind, field, value string) kube.Tree {
		return kube.Tree{"apiVersion": "v1", "kind": kind, "metadata": map[string]any{"name": "pattern"}, field: map[string]any{"a": value}}
	}
	binary := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 1<<20-2))
	for _, c := range []struct {
		name string
		tree kube.Tree
		want string
	}{
		{"a definition in bounds", crd(text[:len(text)*2/3]), ""},
		{"a definition too large", crd(text + text[:1<<18]), "etcd stores 1536 KiB at most"},
		{"a ConfigMap too large", config("ConfigMap", "data", plain), "the ConfigMap has 1152 KiB of data"},
		{"a Secret in bounds", config("Secret", "data", binary), ""},
		{"a Secret too large", config("Secret", "stringData", plain), "the Secret has 1152 KiB of data"},
		{"binary data in bounds", config("ConfigMap", "binaryData", binary), ""},
	} {
		var got []string
		size(&kube.Object{Tree: c.tree}, func(f finding.Finding) { got = append(got, f.Text()) })
		if joined := strings.Join(got, "\n"); (joined == "") != (c.want == "") || !strings.Contains(joined, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, joined, c.want)
		}
	}
}

func TestJSONSize(t *testing.T) {
	tree := map[string]any{"a": []any{int64(-12), 1.5, true, nil, "x\"\\\n\t\u0001é<"}, "b": map[string]any{}, "c": []any{}, "d": map[string]any{"e": "f", "g": int64(0)}}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(tree); err != nil {
		t.Fatal(err)
	}
	if got, want := jsonSize(tree), b.Len()-1; got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}
