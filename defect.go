package opc

import (
	"fmt"
	"path"
	"runtime"
	"strings"

	"github.com/opc-project/opc/schema/diag"
)

// recover turns a defect into a finding, so that one description's doesn't take the others' results with it.
func (r *Result) recover(name string) {
	if v := recover(); v != nil {
		d := diag.Errorf(diag.Internal, "", "%v, at %s", v, panicked())
		r.Findings = append(r.Findings, d.WithHint("this is a defect in opc: please report it, and attach %s", name))
		r.Operator, r.Emitted, r.Output = nil, nil, nil
	}
}

// panicked is the place in opc that the panic came from.
func panicked() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
	seen := false
	for {
		f, more := frames.Next()
		if seen && strings.HasPrefix(f.Function, "github.com/opc-project/opc/") {
			return fmt.Sprintf("%s:%d", path.Base(f.File), f.Line)
		}
		seen = seen || f.Function == "runtime.gopanic"
		if !more {
			return "an unknown place"
		}
	}
}
