package registry

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opc-project/opc/e2e/cluster"
	"github.com/opc-project/opc/e2e/project"
)

// Shared by all tests of the package: one control plane, which signs certificates too, and one build of opc.
var (
	k8s *cluster.Cluster
	opc string // the program
)

func TestMain(m *testing.M) { os.Exit(cluster.Main(40*time.Minute, prepare, m.Run)) }

func prepare(ctx context.Context, s *cluster.Session) (err error) {
	if opc, err = project.Build(ctx, s.Dir); err != nil {
		return err
	}
	if err = s.Tools.Build(ctx, "registry", "crane", "opm", "helm"); err != nil {
		return err
	}
	if k8s, err = s.Start(ctx); err != nil {
		return err
	}
	_, err = k8s.Kubectl(ctx, project.Neighbours(), "apply", "--server-side", "-f", "-")
	return err
}

// start runs a registry for one test.
func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), k8s.Tools, t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// client is where a test's programs run: in a folder, with no credentials but those of the test.
type client struct {
	t   *testing.T
	dir string
	env []string
}

func newClient(t *testing.T) *client {
	dir := t.TempDir()
	config := filepath.Join(dir, ".config")
	policy := filepath.Join(config, "containers", "policy.json")
	if err := os.MkdirAll(filepath.Dir(policy), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(policy, []byte(anyImage), 0o644); err != nil {
		t.Fatal(err)
	}
	return &client{t, dir, append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+config, "DOCKER_CONFIG="+dir, "REGISTRY_AUTH_FILE="+filepath.Join(dir, "config.json"))}
}

// anyImage is the signature policy that opm reads images by. opm refuses every image where a machine has none
// (https://github.com/containers/image/blob/main/docs/containers-policy.json.5.md).
const anyImage = `{"default": [{"type": "insecureAcceptAnything"}]}`

// run runs a program of package cluster, or opc, and returns its output and exit code.
func (c *client) run(name string, args ...string) (stdout, stderr string, code int) {
	c.t.Helper()
	path := opc
	if name != "opc" {
		var err error
		if path, err = k8s.Tools.Path(c.t.Context(), name); err != nil {
			c.t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(c.t.Context(), path, args...)
	cmd.Dir, cmd.Env = c.dir, c.env
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// must runs a program that has to succeed.
func (c *client) must(name string, args ...string) string {
	c.t.Helper()
	stdout, stderr, code := c.run(name, args...)
	if code != 0 {
		c.t.Fatalf("%s %s: exit code %d\n%s%s", name, strings.Join(args, " "), code, stdout, stderr)
	}
	return stdout
}

const ring = `name: ring-operator
version: %s
image: {repository: %s/ring-operator, platforms: [linux/amd64]}
crds: [crd.yaml]
dockerfile: {binary: manager}
`

const ringCRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: rings.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Ring, plural: rings, singular: ring, listKind: RingList}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object}}}}
`

// build makes a version of a small operator whose program is three megabytes that don't compress, and returns the
// output folder.
func build(t *testing.T, c *client, version, repository string, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	program := make([]byte, 3<<20)
	seed := [32]byte{}
	copy(seed[:], version)
	_, _ = rand.NewChaCha8(seed).Read(program)
	for name, data := range map[string]string{
		"operator.yaml": fmt.Sprintf(ring, version, repository), "crd.yaml": ringCRD, "manager": string(program),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c.must("opc", append([]string{"build", dir}, flags...)...)
	return filepath.Join(dir, "dist")
}

// published reads what opc publish prints: the tags of each repository@digest.
func published(t *testing.T, stdout string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for line := range strings.Lines(stdout) {
		fields := strings.Fields(line)
		if len(fields) < 2 || !strings.Contains(fields[0], "@sha256:") {
			t.Fatalf("not a line of a digest: %q", line)
		}
		out[fields[0]] = fields[1:]
	}
	return out
}
