package helm

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// KubeVersion rewrites a range of Kubernetes versions so that it also holds for those of vendors, such as
// v1.31.2-gke.100: to semver these are prereleases, and a range without "-0" holds no prerelease.
// (https://helm.sh/docs/topics/charts/#the-kubeversion-field). What it does not understand it leaves alone.
func KubeVersion(constraint string) string {
	var any []string
	for _, alternative := range strings.Split(constraint, "||") {
		all, ok := kubeRange(alternative)
		if !ok {
			return constraint
		}
		any = append(any, all)
	}
	return strings.Join(any, " || ")
}

var (
	hyphen     = regexp.MustCompile(`^\s*(\S+)\s+-\s+(\S+)\s*$`)
	comparison = regexp.MustCompile(`^\s*(<=|=<|>=|=>|!=|<|>|=|~>|~|\^)?\s*v?(\d+)(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:[\s,]+|$)`)
)

// kubeRange rewrites one list of comparisons.
func kubeRange(text string) (string, bool) {
	if h := hyphen.FindStringSubmatch(text); h != nil {
		text = ">=" + h[1] + " <=" + h[2]
	}
	var out []string
	for rest := text; strings.TrimSpace(rest) != ""; {
		p := comparison.FindStringSubmatch(rest)
		if p == nil {
			return "", false
		}
		rest = rest[len(p[0]):]
		if p[1] == "!=" && p[4] == "" {
			return "", false // a hole in the range is no list of comparisons
		}
		out = append(out, widen(p[1], parseKube(p[2:5]))...)
	}
	return strings.Join(out, " "), len(out) > 0
}

// partial is a version whose last parts may be missing.
type partial struct {
	part [3]int
	said int // how many parts
}

func parseKube(text []string) partial {
	var k partial
	for i, t := range text {
		n, err := strconv.Atoi(t)
		if err != nil {
			break
		}
		k.part[i], k.said = n, i+1
	}
	return k
}

// first is the least version of the range that k names, with all prereleases of it.
func (k partial) first() string { return fmt.Sprintf("%d.%d.%d-0", k.part[0], k.part[1], k.part[2]) }

// after is the least version behind the range that k names when its first parts count.
func (k partial) after(parts int) string {
	k.part[parts-1]++
	for i := parts; i < 3; i++ {
		k.part[i] = 0
	}
	return k.first()
}

// widen rewrites one comparison.
func widen(op string, k partial) []string {
	switch op {
	case ">=", "=>":
		return []string{">=" + k.first()}
	case ">":
		return []string{">=" + k.after(k.said)}
	case "<":
		return []string{"<" + k.first()}
	case "<=", "=<":
		return []string{"<" + k.after(k.said)}
	case "!=":
		return []string{"!=" + k.first()}
	case "^":
		return []string{">=" + k.first(), "<" + k.after(1)}
	case "~", "~>":
		return []string{">=" + k.first(), "<" + k.after(min(k.said, 2))}
	}
	return []string{">=" + k.first(), "<" + k.after(k.said)}
}
