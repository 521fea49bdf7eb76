package model

import (
	"strings"
	"testing"
)

// TestParseImage splits references in each form, and joins them again.
func TestParseImage(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	for ref, want := range map[string][3]string{
		"anchor":                              {"anchor"},
		"anchor:2":                            {"anchor", "2"},
		"registry.example.com:5000/anchor":    {"registry.example.com:5000/anchor"},
		"registry.example.com:5000/a/b:1.0-x": {"registry.example.com:5000/a/b", "1.0-x"},
		"localhost:5000/anchor@" + digest:     {"localhost:5000/anchor", "", digest},
		"anchor:2@" + digest:                  {"anchor", "2", digest},
	} {
		i := ParseImage(ref)
		if got := [3]string{i.Repository, i.Tag, i.Digest}; got != want {
			t.Errorf("%s: %q, want %q", ref, got, want)
		}
	}
}
