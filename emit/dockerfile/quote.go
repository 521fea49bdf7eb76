package dockerfile

import (
	"regexp"
	"slices"
	"strings"
)

// plain is what stands in a Dockerfile as it is.
var plain = regexp.MustCompile(`^[A-Za-z0-9@%+=:,./_-]+$`)

// quote makes one word of a LABEL or ARG instruction whose value is exactly s. The builder expands variables and reads
// backslashes within double quotes (https://docs.docker.com/reference/dockerfile/#environment-replacement).
func quote(s string) string {
	if plain.MatchString(s) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(s) + `"`
}

// variable is a reference as users write it: $NAME or ${NAME}.
var variable = regexp.MustCompile(`\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))`)

// shellQuote makes one word of a shell command out of s, in which only the allowed variables are expanded; it returns
// those that were used, in the order in which they are allowed.
func shellQuote(s string, allowed []string) (word string, used []string) {
	var b strings.Builder
	literal := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`)
	end := 0
	for _, at := range variable.FindAllStringSubmatchIndex(s, -1) {
		name := variable.ReplaceAllString(s[at[0]:at[1]], "$1$2")
		if !slices.Contains(allowed, name) {
			continue
		}
		b.WriteString(literal.Replace(s[end:at[0]]) + "${" + name + "}")
		used, end = append(used, name), at[1]
	}
	b.WriteString(literal.Replace(s[end:]))
	return `"` + b.String() + `"`, inOrder(used, allowed)
}

// inOrder returns the elements of all that are among some.
func inOrder(some, all []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return !slices.Contains(some, s) })
}
