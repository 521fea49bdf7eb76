package main

import (
	"flag"
	"maps"
	"slices"
	"testing"
)

// The flags are a contract with whatever starts the manager.
func TestFlags(t *testing.T) {
	f := flag.NewFlagSet("manager", flag.ContinueOnError)
	new(settings).bind(f)
	var got []string
	f.VisitAll(func(fl *flag.Flag) { got = append(got, fl.Name) })
	want := []string{
		"enable-http2", "health-probe-bind-address", "leader-elect", "metrics-bind-address", "metrics-cert-key",
		"metrics-cert-name", "metrics-cert-path", "metrics-secure", "webhook-cert-key", "webhook-cert-name",
		"webhook-cert-path", "zap-devel", "zap-encoder", "zap-log-level", "zap-stacktrace-level", "zap-time-encoding",
	}
	if !slices.Equal(got, want) {
		t.Errorf("flags %v, want %v", got, want)
	}
}

func TestNamespaces(t *testing.T) {
	for list, want := range map[string][]string{"": nil, ",": nil, "a": {"a"}, "b, a,": {"a", "b"}} {
		got := namespaces(list)
		if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, want) || (want == nil) != (got == nil) {
			t.Errorf("namespaces(%q) is %v, want %v", list, got, want)
		}
	}
}
