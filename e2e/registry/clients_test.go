package registry

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opc-project/opc/e2e/project"
)

// TestClientsReadTheExample publishes the example and lets each client do with it what people do.
func TestClientsReadTheExample(t *testing.T) {
	s := start(t, Options{})
	c := newClient(t)
	example, err := project.Example(opc)
	if err != nil {
		t.Fatal(err)
	}
	dist := filepath.Join(t.TempDir(), "dist")
	c.env = os.Environ() // the Go tool needs its caches to build the example's program
	c.must("opc", "build", "--out", dist, "--set", "image.repository="+s.Host+"/team/database-operator",
		"--set", `image.platforms=["linux/amd64","linux/arm64"]`, example.Dir)
	c = newClient(t)
	plan := c.must("opc", "publish", "--dry-run", dist)
	out := c.must("opc", "publish", dist)
	if plan != out {
		t.Errorf("the plan was\n%s\nand this was done\n%s", plan, out)
	}
	at := map[string]string{} // by the last part of the repository
	for ref, tags := range published(t, out) {
		repo, digest, _ := strings.Cut(ref, "@")
		at[strings.TrimPrefix(repo, s.Host+"/team/")] = ref
		for _, tag := range tags {
			if got := strings.TrimSpace(c.must("crane", "digest", repo+":"+tag)); got != digest {
				t.Errorf("%s:%s is %s, want %s", repo, tag, got, digest)
			}
		}
		if !strings.Contains(repo, "/charts/") {
			c.must("crane", "validate", "--remote", ref)
		}
	}
	if len(at) != 4 {
		t.Fatalf("published %v", at)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		c.must("crane", "validate", "--platform", "linux/"+arch, "--remote", at["database-operator"])
	}
	t.Run("helm", func(t *testing.T) { helmInstalls(t, s, dist) })
	t.Run("opm", func(t *testing.T) {
		opmReads(t, at["database-operator-bundle"], at["database-operator-catalog"], at["database-operator"])
	})
}

// helmInstalls pulls the chart from the registry, and installs it from there into the control plane.
func helmInstalls(t *testing.T, s *Server, dist string) {
	c := newClient(t)
	chart := "oci://" + s.Host + "/team/charts/database-operator"
	c.must("helm", "pull", chart, "--version", "0.2.0", "--plain-http")
	pulled, err := os.ReadFile(filepath.Join(c.dir, "database-operator-0.2.0.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile(filepath.Join(dist, "packages", "database-operator-0.2.0.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pulled, packed) {
		t.Error("helm pulled something else than was packed")
	}
	c.must("helm", "lint", "database-operator-0.2.0.tgz")
	c.env = append(c.env, "KUBECONFIG="+k8s.Kubeconfig)
	c.must("helm", "install", "db", chart, "--version", "0.2.0", "--plain-http", "--namespace", "published", "--create-namespace", "--wait")
	images := c.must("kubectl", "get", "deployments", "-n", "published", "-o", "jsonpath={.items[*].spec.template.spec.containers[*].image}")
	if !strings.Contains(images, s.Host+"/team/database-operator@sha256:") {
		t.Errorf("the installed program is %s", images)
	}
	c.must("helm", "uninstall", "db", "--namespace", "published", "--wait")
}

// opmReads renders bundle and catalog, validates the catalog, and follows its digests.
func opmReads(t *testing.T, bundle, catalog, image string) {
	c := newClient(t)
	of := func(text, schema string) (found map[string]any) {
		for d := json.NewDecoder(strings.NewReader(text)); ; {
			var blob map[string]any
			if d.Decode(&blob) != nil {
				return found
			}
			if blob["schema"] == schema {
				found = blob
			}
		}
	}
	fromBundle := of(c.must("opm", "render", "--use-http", bundle), "olm.bundle")
	rendered := c.must("opm", "render", "--use-http", catalog)
	fromCatalog := of(rendered, "olm.bundle")
	if fromCatalog["image"] != bundle || fromCatalog["name"] != fromBundle["name"] {
		t.Errorf("the catalog has %v from %v, want %v from %s", fromCatalog["name"], fromCatalog["image"], fromBundle["name"], bundle)
	}
	if related, _ := json.Marshal(fromBundle["relatedImages"]); !strings.Contains(string(related), `"`+image+`"`) {
		t.Errorf("the bundle does not name the image by its digest: %s", related)
	}
	dir := filepath.Join(c.dir, "catalog")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "catalog.json"), []byte(rendered), 0o644); err != nil {
		t.Fatal(err)
	}
	c.must("opm", "validate", dir)
}
