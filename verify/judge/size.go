package judge

import (
	"encoding/base64"
	"encoding/json"
	"strconv"

	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// Limits of one object.
const (
	maxRequest = 3 << 19 // what etcd takes by default, --max-request-bytes (https://etcd.io/docs/v3.5/dev-guide/limit/)
	maxData    = 1 << 20 // the data of a ConfigMap or a Secret (k8s.io/api/core/v1.MaxSecretSize)
)

// size finds objects that no cluster can store.
func size(o *kube.Object, report Report) {
	if n := jsonSize(o.Tree); n > maxRequest {
		hint := "split the object"
		if o.Kind() == "CustomResourceDefinition" {
			hint = "shorten the descriptions in its schema (controller-gen's crd:maxDescLen=0), or serve fewer versions"
		}
		report(finding.Of(o, diag.InvalidObject, diag.Error, "", "the object has %d KiB as JSON: etcd stores %d KiB at most, so no installer can create it", n>>10, maxRequest>>10).WithHint("%s", hint))
		return
	}
	if o.Group() != "" || o.Kind() != "ConfigMap" && o.Kind() != "Secret" {
		return
	}
	if n := dataSize(o); n > maxData {
		report(finding.Of(o, diag.InvalidObject, diag.Error, "/data", "the %s has %d KiB of data: the API server takes %d KiB at most", o.Kind(), n>>10, maxData>>10).
			WithHint("split it, or put the data into an image"))
	}
}

// dataSize is what the API server counts of a ConfigMap or a Secret.
func dataSize(o *kube.Object) int {
	n := 0
	for _, field := range []string{"data", "binaryData", "stringData"} {
		values := kube.Map(o.Tree[field])
		for _, v := range values {
			text := kube.Text(v)
			if field == "binaryData" || field == "data" && o.Kind() == "Secret" {
				n += base64.StdEncoding.DecodedLen(len(text))
			} else {
				n += len(text)
			}
		}
	}
	return n
}

// jsonSize is the length of a value as compact JSON, without making it: most objects are small, and all are looked at.
func jsonSize(v any) int {
	switch t := v.(type) {
	case map[string]any:
		n := 2 + max(len(t)-1, 0)
		for k, e := range t {
			n += textSize(k) + 1 + jsonSize(e)
		}
		return n
	case []any:
		n := 2 + max(len(t)-1, 0)
		for _, e := range t {
			n += jsonSize(e)
		}
		return n
	case string:
		return textSize(t)
	case int64:
		return len(strconv.FormatInt(t, 10))
	case bool:
		return len(strconv.FormatBool(t))
	}
	text, _ := json.Marshal(v)
	return len(text)
}

// textSize is the length of a text as the API server writes it, without the escapes for HTML that Go has by default.
func textSize(s string) int {
	n := 2
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\' || c == '\n' || c == '\t' || c == '\r':
			n += 2
		case c < ' ':
			n += 6
		default:
			n++
		}
	}
	return n
}
