package registry

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opc-project/opc/e2e/project"
)

// BenchmarkShip builds the example and publishes it to the real registry, beside ko on the same source, for one
// platform. Cold is with nothing in Go's cache, first with nothing in the registry, and again with nothing changed. ko
// makes the image and its parts list; opc makes chart, bundle, catalog, install manifest and provenance, too.
func BenchmarkShip(b *testing.B) {
	example, err := project.Example(opc)
	if err != nil {
		b.Fatal(err)
	}
	ko, err := k8s.Tools.Path(b.Context(), "ko")
	if err != nil {
		b.Fatal(err)
	}
	s, err := Start(b.Context(), k8s.Tools, b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Stop()
	base := pushBase(b, s)
	out := filepath.Join(b.TempDir(), "dist")
	var cpu time.Duration
	command := func(dir string, env []string, name string, args ...string) {
		cpu += command(b, dir, env, name, args...)
	}
	ways := map[string]func(env []string, to string){
		"opc": func(env []string, to string) {
			command(example.Dir, env, opc, "build", "--quiet", "--out", out, "--set", `image.platforms=["linux/amd64"]`)
			command(example.Dir, env, opc, "publish", "--quiet", "--to", to, out)
		},
		"ko": func(env []string, to string) {
			env = append(env, "KO_DOCKER_REPO="+to+"/database-operator", "KO_DEFAULTBASEIMAGE="+base)
			command(example.Dir, env, ko, "build", "--bare", "--platform", "linux/amd64", "--insecure-registry", "./cmd")
		},
	}
	run := func(b *testing.B, once func()) {
		cpu = 0
		for b.Loop() {
			once()
		}
		b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s/op")
	}
	places := 0
	place := func() string { places++; return s.Host + "/" + strings.Repeat("a", places) }
	for _, name := range []string{"opc", "ko"} {
		ship := ways[name]
		b.Run(name+"/cold", func(b *testing.B) {
			run(b, func() { ship(append(os.Environ(), "GOCACHE="+b.TempDir()), place()) })
		})
		ship(os.Environ(), place())
		b.Run(name+"/first", func(b *testing.B) {
			run(b, func() { ship(os.Environ(), place()) })
		})
		again := place()
		ship(os.Environ(), again)
		b.Run(name+"/again", func(b *testing.B) {
			run(b, func() { ship(os.Environ(), again) })
		})
	}
}

// pushBase puts a base into the registry for ko, which has none inside.
func pushBase(b *testing.B, s *Server) string {
	b.Helper()
	crane, err := k8s.Tools.Path(b.Context(), "crane")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "passwd"), []byte("nonroot:x:65532:65532::/:/\n"), 0o644); err != nil {
		b.Fatal(err)
	}
	command(b, dir, os.Environ(), "tar", "cf", "base.tar", "passwd")
	command(b, dir, os.Environ(), crane, "append", "--new_layer", "base.tar", "--new_tag", s.Host+"/base:bare")
	command(b, dir, os.Environ(), crane, "mutate", s.Host+"/base:bare", "--set-platform", "linux/amd64", "--tag", s.Host+"/base:v1")
	return s.Host + "/base:v1"
}

// command runs a program and returns the processor time that it and its children took.
func command(b *testing.B, dir string, env []string, name string, args ...string) time.Duration {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), name, args...)
	cmd.Dir, cmd.Env = dir, env
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}
