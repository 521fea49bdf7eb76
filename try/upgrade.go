package try

import (
	"context"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
)

// Previous is the version that is upgraded from.
type Previous struct {
	Name  string // for people, such as git:v0.1.0
	Model *model.Operator
	Files *emit.FileSet
}

func (r *run) upgrade(ctx context.Context, w *Way) error { return nil }
