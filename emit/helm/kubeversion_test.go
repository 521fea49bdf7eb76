package helm

import (
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
)

func TestKubeVersion(t *testing.T) {
	for _, c := range []struct{ said, want, holds, not string }{
		{">=1.28", ">=1.28.0-0", "1.28.0-eks-1 1.28.0 1.31.2-gke.100 1.36.0+k3s1", "1.27.9 1.27.9-gke.1"},
		{">=1.30 <1.34", ">=1.30.0-0 <1.34.0-0", "1.30.1-gke.1 1.33.9+rke2", "1.34.0-eks-1 1.34.0 1.29.0"},
		{">= 1.28, < 1.34.2", ">=1.28.0-0 <1.34.2-0", "1.34.1", "1.34.2-gke.1"},
		{">1.28", ">=1.29.0-0", "1.29.0-gke.1", "1.28.5-gke.1 1.28.5"},
		{">v1.28.3", ">=1.28.4-0", "1.28.4-gke.1", "1.28.3 1.28.3-gke.1"},
		{"<=1.33", "<1.34.0-0", "1.33.5-gke.1", "1.34.0"},
		{"~1.30", ">=1.30.0-0 <1.31.0-0", "1.30.9-gke.1", "1.31.0"},
		{"~1.30.4", ">=1.30.4-0 <1.31.0-0", "1.30.4-gke.1", "1.30.3 1.31.0"},
		{"^1.30", ">=1.30.0-0 <2.0.0-0", "1.40.0-x", "2.0.0"},
		{"1.30.x", ">=1.30.0-0 <1.31.0-0", "1.30.7-gke.1", "1.31.0"},
		{"1.28 - 1.30", ">=1.28.0-0 <1.31.0-0", "1.30.9-gke.1", "1.31.0"},
		{"=1.30.2", ">=1.30.2-0 <1.30.3-0", "1.30.2-gke.1 1.30.2", "1.30.3"},
		{">=1.28 !=1.30.0", ">=1.28.0-0 !=1.30.0-0", "1.30.1", "1.27.0"},
		{"<1.25 || >=1.28", "<1.25.0-0 || >=1.28.0-0", "1.24.9-x 1.28.0-x", "1.26.0 1.25.0-x"},
		{"!=1.30", "!=1.30", "", ""},
		{"*", "*", "", ""},
	} {
		got := KubeVersion(c.said)
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.said, got, c.want)
		}
		constraint, err := semver.NewConstraint(got)
		if err != nil {
			t.Errorf("%s: %v", got, err)
			continue
		}
		for _, v := range strings.Fields(c.holds) {
			if !constraint.Check(semver.MustParse(v)) {
				t.Errorf("%s does not hold %s", got, v)
			}
		}
		for _, v := range strings.Fields(c.not) {
			if constraint.Check(semver.MustParse(v)) {
				t.Errorf("%s holds %s", got, v)
			}
		}
	}
}
