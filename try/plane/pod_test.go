package plane

import (
	"slices"
	"strings"
	"testing"

	"github.com/opc-project/opc/kube"
)

// TestArguments holds which arguments are changed: ports are moved to free ones, paths lead to the files, variables are filled
// in, and nothing else is touched.
func TestArguments(t *testing.T) {
	pod := &Pod{Ports: map[string]int{}, env: []string{"LEVEL=info"}}
	container := kube.Tree{
		"command": []any{"/manager", "serve"},
		"args":    []any{"--metrics=:8443", "--probe", "0.0.0.0:8081", "--webhook-port=9443", "--workers=8081", "--burst=100", "--level=$(LEVEL)", "--certs=/certs/tls", "--off=0"},
		"ports":   []any{map[string]any{"containerPort": int64(9443), "name": "webhook"}, map[string]any{"containerPort": int64(9999)}},
	}
	if err := pod.arguments(container, map[string]string{"/certs": "/tmp/files"}); err != nil {
		t.Fatal(err)
	}
	pod.named(container)
	if pod.args[0] != "serve" || !strings.HasPrefix(pod.args[1], "--metrics=127.0.0.1:") || strings.HasSuffix(pod.args[1], ":8443") || !strings.HasPrefix(pod.args[3], "127.0.0.1:") {
		t.Errorf("%q", pod.args)
	}
	if pod.args[4] == "--webhook-port=9443" || pod.Ports["webhook"] != pod.Ports["9443"] || pod.Ports["9443"] == 9443 {
		t.Errorf("the webhook's port: %q, %v", pod.args[4], pod.Ports)
	}
	if !slices.Equal(pod.args[5:], []string{"--workers=8081", "--burst=100", "--level=info", "--certs=/tmp/files/tls", "--off=0"}) {
		t.Errorf("%q", pod.args[5:])
	}
	if !slices.Equal(pod.Fixed, []int{9999}) {
		t.Errorf("no argument moves %v", pod.Fixed)
	}
}
