package cluster

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// copied is a copy of a module's sources that may be changed.
func copied(ctx context.Context, t *Tools, dir string, b binary) (string, error) {
	src, err := t.Module(ctx, b.module, b.version)
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "build")
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, os.CopyFS(dir, os.DirFS(src))
}

// olmOnAnyPort builds OLM v0, whose programs serve their health on a port that no flag changes. With it two runs on one
// machine would meet.
func olmOnAnyPort(ctx context.Context, t *Tools, dir string, b binary) (tree, error) {
	dir, err := copied(ctx, t, dir, b)
	if err != nil {
		return tree{}, err
	}
	file := filepath.Join(dir, "pkg/lib/server/server.go")
	text, err := os.ReadFile(file)
	if err != nil {
		return tree{}, err
	}
	if !bytes.Contains(text, []byte(`":8080"`)) {
		return tree{}, fmt.Errorf("%s does not name the port 8080 any more", file)
	}
	text = bytes.Replace(text, []byte(`":8080"`), []byte(`"127.0.0.1:0"`), 1)
	return tree{dir: dir, flags: []string{"-mod=readonly"}}, os.WriteFile(file, text, 0o644)
}

// standIn has what operator-controller needs of boxcutter to compile.
//
//go:embed testdata/boxcutter
var standIn embed.FS

const boxcutter = "pkg.package-operator.run/boxcutter"

// operatorController builds OLM v1's controller. It needs the module boxcutter for a feature gate that is off by
// default, and its module can't be had from every proxy. Then a stand-in takes its place: the default way to install
// does not use it, but for watching what it installed.
func operatorController(ctx context.Context, t *Tools, dir string, b binary) (tree, error) {
	out, err := inCache(ctx, t, dir, b)
	if err != nil {
		return tree{}, err
	}
	out.flags = append(out.flags, noCgo)
	version, err := output(ctx, out.dir, "go", "list", "-mod=mod", "-m", "-f", "{{.Version}}", boxcutter)
	if err == nil {
		_, err = t.Module(ctx, boxcutter, string(bytes.TrimSpace(version)))
	}
	if err == nil {
		return out, nil
	}
	t.log("operator-controller is built without boxcutter: %v", err)
	if out.dir, err = copied(ctx, t, dir, b); err != nil {
		return tree{}, err
	}
	parts, err := fs.Sub(standIn, "testdata/boxcutter")
	if err != nil {
		return tree{}, err
	}
	for from, to := range map[string]string{
		"managedcache.go": "boxcutter/managedcache/managedcache.go",
		"controllers.go":  "internal/operator-controller/controllers/standin.go",
	} {
		text, err := fs.ReadFile(parts, from)
		if err != nil {
			return tree{}, err
		}
		if err := write(filepath.Join(out.dir, to), text); err != nil {
			return tree{}, err
		}
	}
	if err := write(filepath.Join(out.dir, "boxcutter/go.mod"), []byte("module "+boxcutter+"\n\ngo 1.26.0\n")); err != nil {
		return tree{}, err
	}
	_, err = output(ctx, out.dir, "go", "mod", "edit", "-replace="+boxcutter+"=./boxcutter")
	out.flags = []string{"-mod=mod", noCgo + ",standard"} // the tag leaves out what is only for the feature gate
	return out, err
}
