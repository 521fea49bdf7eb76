package schema

// Nearest returns the known name that a misspelt one was most likely meant as, or "" when none is near.
func Nearest(name string, known []string) string { return nearest(name, known) }
