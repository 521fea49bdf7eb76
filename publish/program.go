package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// platform is an operating system, an architecture and perhaps its variant.
type platform struct{ os, arch, variant string }

func parsePlatform(s string) platform {
	parts := append(strings.Split(s, "/"), "", "")
	return platform{parts[0], parts[1], parts[2]}
}

func (p platform) String() string {
	return strings.TrimSuffix(p.os+"/"+p.arch+"/"+p.variant, "/")
}

// program returns the operator's program for a platform: compiled, or read where the description says it stands.
func (b *builder) program(ctx context.Context, p platform) ([]byte, diag.List, error) {
	if b.op.Dockerfile.Binary != "" {
		return b.prebuilt(p)
	}
	return b.compiled(ctx, p)
}

func (b *builder) prebuilt(p platform) ([]byte, diag.List, error) {
	name := expand(b.op.Dockerfile.Binary, map[string]string{
		"TARGETOS": p.os, "TARGETARCH": p.arch, "TARGETVARIANT": p.variant, "TARGETPLATFORM": p.String(),
	})
	data, err := b.root.ReadFile(filepath.FromSlash(filepath.Clean(name)))
	if err != nil {
		d := diag.Errorf(diag.ProgramBroken, b.op.Dockerfile.From.Child("binary"), "there is no program %s for %s", name, p)
		return nil, diag.List{d.WithHint("build it first")}, nil
	}
	return data, nil, nil
}

var variable = regexp.MustCompile(`\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))`)

// expand replaces the variables that are known; others stay.
func expand(s string, values map[string]string) string {
	return variable.ReplaceAllStringFunc(s, func(ref string) string {
		if v, ok := values[variable.ReplaceAllString(ref, "$1$2")]; ok {
			return v
		}
		return ref
	})
}

// compiled runs go build as the Dockerfile does. What could change the bytes from one machine to another is set here or
// left out: flags and experiments of the user's own, the level of each architecture, and, where the description names a
// whole version of Go, the toolchain.
func (b *builder) compiled(ctx context.Context, p platform) ([]byte, diag.List, error) {
	d := b.op.Dockerfile
	dir, err := os.MkdirTemp("", "opc-build-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "program")
	stamp := map[string]string{"VERSION": b.op.Version, "REVISION": b.stamp.Revision, "CREATED": b.stamp.Created}
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=" + expand(d.Ldflags, stamp), "-o", out}
	if len(d.Tags) > 0 {
		args = append(args, "-tags="+strings.Join(d.Tags, ","))
	}
	settings, err := readGoSettings(ctx, dir)
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		return nil, diag.List{compileFault(d, p, err, "")}, nil
	}
	cmd := exec.CommandContext(ctx, "go", append(args, d.Package)...)
	cmd.Dir = b.opts.Dir
	cmd.Env = append(baseEnv(os.Environ(), settings), b.goEnv(p)...)
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stderr, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		return nil, diag.List{compileFault(d, p, err, stderr.String())}, nil
	}
	data, err := os.ReadFile(out)
	if errors.Is(err, os.ErrNotExist) || bytes.HasPrefix(data, []byte("!<arch>")) { // Go packs a library without complaint
		return nil, diag.List{diag.Errorf(diag.ProgramBroken, d.From.Child("package"), "the package %s is no program", d.Package)}, nil
	}
	return data, nil, err
}

func (b *builder) goEnv(p platform) []string {
	env := []string{"CGO_ENABLED=0", "GOOS=" + p.os, "GOARCH=" + p.arch, "GOFIPS140=off", "GO111MODULE=on"}
	if _, err := b.root.Stat("go.work"); err != nil {
		env = append(env, "GOWORK=off") // one further up is not part of the project
	}
	variants := map[string]string{
		"amd64": "GOAMD64=v1", "arm": "GOARM=7", "arm64": "GOARM64=v8.0", "ppc64le": "GOPPC64=power8", "riscv64": "GORISCV64=rva20u64",
		"386": "GO386=sse2", "mips": "GOMIPS=hardfloat", "mipsle": "GOMIPS=hardfloat", "mips64": "GOMIPS64=hardfloat",
	}
	if v, ok := variants[p.arch]; ok {
		switch {
		case p.variant != "" && p.arch == "amd64":
			v = "GOAMD64=" + p.variant
		case p.variant != "" && p.arch == "arm":
			v = "GOARM=" + strings.TrimPrefix(p.variant, "v")
		}
		env = append(env, v)
	}
	if v := b.op.Dockerfile.GoVersion; strings.Count(v, ".") == 2 {
		env = append(env, "GOTOOLCHAIN=go"+v)
	}
	return env
}

// compileFault shows the beginning of what Go said.
func compileFault(d model.Dockerfile, p platform, err error, output string) diag.Diagnostic {
	at := d.From.Child("package")
	if errors.Is(err, exec.ErrNotFound) {
		return diag.Errorf(diag.ProgramBroken, at, "there is no Go tool to build the program with").
			WithHint("install Go, or name a prebuilt program in dockerfile.binary")
	}
	lines := slices.Collect(strings.Lines(strings.TrimSpace(output)))
	if rest := len(lines) - 20; rest > 0 {
		lines = append(lines[:20], fmt.Sprintf("and %d lines more", rest))
	}
	return diag.Errorf(diag.ProgramBroken, at, "go build %s for %s: %v\n%s", d.Package, p, err, strings.Join(lines, ""))
}
