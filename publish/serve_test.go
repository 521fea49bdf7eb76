package publish

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"sigs.k8s.io/yaml"

	"github.com/opc-project/opc/schema/diag"
)

// served runs a service until a function returns.
func served(t *testing.T, s Service, f func(at string, done []Published)) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ready := 0
	s.Address = "127.0.0.1:0"
	s.Ready = func(at string, done []Published) {
		defer stop()
		ready++
		f(at, done)
	}
	diags, err := Serve(ctx, s)
	if err != nil || len(diags) > 0 || ready != 1 {
		t.Fatal(err, diags, ready)
	}
}

func get(t *testing.T, url string) (string, int) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), resp.StatusCode
}

// chartVersions lists what a Helm repository has of the small operator's chart.
func chartVersions(t *testing.T, at string) []string {
	t.Helper()
	text, code := get(t, "http://"+at+"/charts/index.yaml")
	var index struct {
		Entries map[string][]struct {
			Version string
			URLs    []string
		}
	}
	if err := yaml.Unmarshal([]byte(text), &index); err != nil || code != http.StatusOK {
		t.Fatalf("%d %v\n%s", code, err, text)
	}
	var out []string
	for _, e := range index.Entries["ring-operator"] {
		out = append(out, e.Version)
		if _, code := get(t, "http://"+at+"/charts/"+e.URLs[0]); code != http.StatusOK {
			t.Errorf("%v: %d", e.URLs, code)
		}
	}
	return out
}

func TestServe(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	var versions []string
	for _, version := range []string{"1.2.3", "1.2.4"} {
		versions = slices.Insert(versions, 0, version)
		served(t, Service{From: prebuilt(t, version, "stable"), Data: data}, func(at string, done []Published) {
			got := standing(t, at+"/ring-operator")
			if got["latest"] != got["v"+version] || got["v1.2.3"] == "" {
				t.Errorf("%s: %v", version, got)
			}
			complete(t, at)
			if len(done) != 4 {
				t.Errorf("%d artifacts", len(done))
			}
			if got := chartVersions(t, at); !slices.Equal(got, versions) {
				t.Errorf("charts: %v, want %v", got, versions)
			}
			if _, code := get(t, "http://"+at+"/charts/nothing.tgz"); code != http.StatusNotFound {
				t.Errorf("nothing.tgz: %d", code)
			}
		})
	}
	diags, err := Serve(context.Background(), Service{From: prebuilt(t, "1.2.4", "other"), Data: data, Address: "127.0.0.1:0"})
	if err != nil || len(diags) == 0 || diags[0].Code != diag.TagTaken {
		t.Error(diags, err)
	}
}

// TestServeKeepsPushes pushes an index and an image beside what was built, and takes one away.
func TestServeKeepsPushes(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	index, err := random.Index(1000, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	image, err := random.Image(1000, 1)
	if err != nil {
		t.Fatal(err)
	}
	ref := func(at, s string) name.Reference {
		r, err := name.ParseReference(at + "/other/people:" + s)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	served(t, Service{Data: data}, func(at string, done []Published) {
		for _, err := range []error{
			remote.WriteIndex(ref(at, "index"), index), remote.Write(ref(at, "image"), image), remote.Write(ref(at, "gone"), image),
			remote.Delete(ref(at, "gone")),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		mustPublish(t, Delivery{From: prebuilt(t, "1.2.3", "stable"), To: at})
	})
	served(t, Service{Data: data}, func(at string, done []Published) {
		got := standing(t, at+"/other/people")
		if want, _ := index.Digest(); got["index"] != want.String() {
			t.Errorf("index: %v", got)
		}
		if want, _ := image.Digest(); got["image"] != want.String() || len(got) != 2 {
			t.Errorf("image: %v", got)
		}
		complete(t, at)
		if got := chartVersions(t, at); !slices.Equal(got, []string{"1.2.3"}) {
			t.Errorf("charts: %v", got)
		}
		if got := standing(t, at+"/ring-operator"); got["latest"] == "" || got["latest"] != got["v1.2.3"] {
			t.Error(got)
		}
	})
	served(t, Service{}, func(at string, done []Published) { // nothing is kept without a folder
		if got := chartVersions(t, at); len(got) > 0 {
			t.Error(got)
		}
	})
	if _, err := Serve(context.Background(), Service{Address: "127.0.0.1:99999"}); err == nil || !strings.Contains(err.Error(), "--port") {
		t.Error(err)
	}
}
