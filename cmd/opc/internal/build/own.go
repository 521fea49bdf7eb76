package build

import (
	"io/fs"
	"os"

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/emit/all"
	"github.com/opc-project/opc/internal/regular"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/target"
)

// FilesOf are the files in an input's folder, for listing them.
func FilesOf(in Input) fs.FS { return os.DirFS(in.Dir) }

// OwnTargets reads the targets beside a description, to list them.
func OwnTargets(in Input) ([]*emit.Target, diag.List, error) {
	root, err := os.OpenRoot(in.Dir)
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	own, found := target.Find(target.Description{Files: regular.Files(root.FS())}, nil, all.Targets)
	return own, found, nil
}
