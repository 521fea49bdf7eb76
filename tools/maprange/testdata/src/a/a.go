package a

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

func unsorted(m map[string]int) []string {
	var out []string
	for k := range m {
		out = append(out, k) // want "out gets the entries of a map and is not sorted afterwards"
	}
	return out
}

func sortedBefore(m map[string]int) []string {
	var out []string
	slices.Sort(out)
	for k := range m {
		out = append(out, k) // want "out gets the entries of a map"
	}
	return out
}

func sorted(m map[string]int) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func inverted(m map[string][]string) map[string][]string {
	out := map[string][]string{}
	for k, list := range m {
		var own []string
		for _, e := range list {
			own = append(own, e)
		}
		out[k] = own
	}
	return out
}

func writes(m map[string]int) string {
	var b strings.Builder
	for k, v := range m {
		b.WriteString(k)                 // want "WriteString in a loop over a map"
		fmt.Fprintln(os.Stderr, "is", v) // want "Fprintln in a loop over a map"
	}
	return b.String()
}

func first(m map[string]int) string {
	for k, v := range m {
		if v > 1 {
			return k // want "returns one entry of a map"
		}
	}
	return ""
}

func only(m map[string]int) string {
	for k := range m {
		return k
	}
	return ""
}

func has(m map[string]int) bool {
	for _, v := range m {
		if v > 1 {
			return true
		}
	}
	return false
}
