package kube

import "regexp"

// variable is a reference to a variable in the value of another, or a dollar sign that is none.
var variable = regexp.MustCompile(`\$\$|\$\([^()]*\)`)

// Environment is what the variables of a container are known to be. The zero value is empty.
type Environment map[string]string

// Add takes the next variable, and returns its value as the container finds it: references are replaced by the values of
// variables before it (https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables).
// whole is false where one is not known: what is left is a placeholder, and no value to build on.
func (e Environment) Add(name, value string) (text string, whole bool) {
	whole = true
	text = variable.ReplaceAllStringFunc(value, func(ref string) string {
		if ref == "$$" {
			return "$"
		}
		known, ok := e[ref[2:len(ref)-1]]
		if !ok {
			whole = false
			return ref
		}
		return known
	})
	if whole {
		e[name] = text
	}
	return text, whole
}
