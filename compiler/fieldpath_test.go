package compiler

import (
	"slices"
	"testing"
)

func TestFieldPath(t *testing.T) {
	for path, want := range map[string][]string{
		"spec.type":                            {"spec", "type"},
		"spec.containers.[name=a.b].args.0":    {"spec", "containers", "[name=a.b", "args", "0"},
		"metadata.annotations.[example.com/a]": {"metadata", "annotations", "example.com/a"},
		"args.[=--to=a[0]]":                    {"args", "[=--to=a[0]"},
		"":                                     nil,
		"a..b":                                 nil,
		"a.[b":                                 nil,
		"a.[b]c":                               nil,
	} {
		got, ok := fieldPath(path)
		if ok != (want != nil) || ok && !slices.Equal(got, want) {
			t.Errorf("%q is %q, %v: want %q", path, got, ok, want)
		}
	}
}
