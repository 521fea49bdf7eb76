package schema

import "github.com/opc-project/opc/schema/diag"

// Nearest returns the known name that a misspelt one was most likely meant as, or "" when none is near.
func Nearest(name string, known []string) string { return diag.Nearest(name, known) }
