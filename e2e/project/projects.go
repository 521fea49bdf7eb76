package project

import (
	_ "embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Example is the example of this repository.
func Example(opc string) (*Project, error) {
	root, err := Root()
	return &Project{Name: "example", Dir: filepath.Join(root, "examples", "database-operator"), OPC: opc}, err
}

// description is what someone with a kubebuilder project writes to have it compiled.
//
//go:embed testdata/kubebuilder.cue
var description []byte

// ErrNotHere is the error for a project that this machine does not have.
var ErrNotHere = errors.New("the kubebuilder project is not here: OPC_SHARED names no folder with real/database-operator")

// Kubebuilder is a project that kubebuilder made, with two versions of an API and a webhook that converts them. It
// stands in the folder that $OPC_SHARED names, by default ../shared, and is copied to dir together with a description.
func Kubebuilder(opc, dir string) (*Project, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	shared := os.Getenv("OPC_SHARED")
	if shared == "" {
		shared = filepath.Join(root, "..", "shared")
	}
	there := &Project{Name: "kubebuilder", Dir: filepath.Join(shared, "real", "database-operator"), OPC: opc}
	if _, err := os.Stat(there.Dir); errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotHere
	}
	p, err := there.Copy(dir, "bundle", "dist-opc", ".git")
	if err != nil {
		return nil, err
	}
	return p, os.WriteFile(filepath.Join(dir, "operator.cue"), description, 0o644)
}
