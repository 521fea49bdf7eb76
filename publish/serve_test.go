package publish

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

func TestServe(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for i, version := range []string{"1.2.3", "1.2.4"} {
		ctx, stop := context.WithCancel(context.Background())
		ready := 0
		diags, err := Serve(ctx, Service{From: prebuilt(t, version, "stable"), Data: data, Address: "127.0.0.1:0", Ready: func(at string, done []Published) {
			defer stop()
			ready++
			got := standing(t, at+"/ring-operator")
			if got["latest"] != got["v"+version] || got["v1.2.3"] == "" {
				t.Errorf("%s: %v", version, got)
			}
			complete(t, at)
			if len(done) != 4*(i+1) {
				t.Errorf("%d artifacts", len(done))
			}
			for _, path := range []string{"/charts/index.yaml", "/charts/ring-operator-1.2.3.tgz"} {
				resp, err := http.Get("http://" + at + path)
				if err != nil {
					t.Fatal(err)
				}
				text, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				if resp.StatusCode != http.StatusOK || strings.HasSuffix(path, ".yaml") && !strings.Contains(string(text), version) {
					t.Errorf("%s: %s\n%s", path, resp.Status, text)
				}
			}
		}})
		if err != nil || len(diags) > 0 || ready != 1 {
			t.Fatal(err, diags, ready)
		}
	}
}
