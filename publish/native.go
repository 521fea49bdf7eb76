package publish

import (
	"context"
	"os"
	"runtime"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

// Native returns the operator's program for this machine, compiled as the image's is. dir is the description's folder.
func Native(ctx context.Context, op *model.Operator, dir string) ([]byte, diag.List, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	b := &builder{op: op, opts: Options{Dir: dir}, root: root}
	return b.program(ctx, platform{runtime.GOOS, runtime.GOARCH, ""})
}
