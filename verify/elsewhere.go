package verify

import (
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify/finding"
)

// Told points findings of others, who judge the emitted files elsewhere than in memory, at the description, as Check does.
func Told(files *emit.FileSet, findings []finding.Finding) diag.List {
	return told(findings, (&check{files: files}).place)
}
