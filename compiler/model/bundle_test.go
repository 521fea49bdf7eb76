package model

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBundleAnnotations(t *testing.T) {
	base := func() *Operator {
		return &Operator{
			OLM:     OLM{Package: "database-operator"},
			Release: Release{Channels: []string{"candidate", "stable"}, DefaultChannel: "stable"},
		}
	}
	const prefix = "operators.operatorframework.io."
	with := func(change func(*Operator)) *Operator { o := base(); change(o); return o }
	full := func(change func(map[string]string)) map[string]string {
		m := map[string]string{
			prefix + "bundle.mediatype.v1":       "registry+v1",
			prefix + "bundle.manifests.v1":       "manifests/",
			prefix + "bundle.metadata.v1":        "metadata/",
			prefix + "bundle.package.v1":         "database-operator",
			prefix + "bundle.channels.v1":        "candidate,stable",
			prefix + "bundle.channel.default.v1": "stable",
			prefix + "test.mediatype.v1":         "scorecard+v1",
			prefix + "test.config.v1":            "tests/scorecard/",
		}
		change(m)
		return m
	}
	cases := []struct {
		name string
		op   *Operator
		want map[string]string
	}{
		{"defaults", base(), full(func(map[string]string) {})},
		{"own annotations stand beside and win", with(func(o *Operator) {
			o.OLM.BundleAnnotations = map[string]*string{"com.redhat.openshift.versions": text("v4.16"), prefix + "bundle.channels.v1": text("fast")}
		}), full(func(m map[string]string) {
			m["com.redhat.openshift.versions"], m[prefix+"bundle.channels.v1"] = "v4.16", "fast"
		})},
		{"null removes", with(func(o *Operator) {
			o.OLM.BundleAnnotations = map[string]*string{prefix + "bundle.channel.default.v1": nil}
		}), full(func(m map[string]string) { delete(m, prefix+"bundle.channel.default.v1") })},
		{"no default channel", with(func(o *Operator) { o.Release.DefaultChannel = "" }),
			full(func(m map[string]string) { delete(m, prefix+"bundle.channel.default.v1") })},
		{"own scorecard configuration", with(func(o *Operator) { o.OLM.Scorecard = map[string]any{"stages": []any{}} }),
			full(func(map[string]string) {})},
		{"no scorecard", with(func(o *Operator) { o.OLM.Scorecard = false }), full(func(m map[string]string) {
			delete(m, prefix+"test.mediatype.v1")
			delete(m, prefix+"test.config.v1")
		})},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			before := len(tc.op.OLM.BundleAnnotations)
			if diff := cmp.Diff(tc.want, tc.op.BundleAnnotations()); diff != "" {
				t.Error(diff)
			}
			if len(tc.op.OLM.BundleAnnotations) != before {
				t.Error("the model was changed")
			}
		})
	}
}

func text(s string) *string { return &s }
