package kube

import "testing"

func TestIsImage(t *testing.T) {
	for ref, want := range map[string]bool{
		"busybox": true, "localhost:5000/a/b:v1": true, "example.com/a:v1@sha256:0123456789012345678901234567890123456789012345678901234567890123": true,
		"": false, "docker://example.com/a": false, "https://example.com/a": false, "example.com/A": false, "REPLACE_IMAGE": false, "example.com/a@sha256:0": false,
	} {
		if IsImage(ref) != want {
			t.Errorf("%q: want %t", ref, want)
		}
	}
}
