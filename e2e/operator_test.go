package e2e

import (
	"testing"

	"github.com/opc-project/opc/e2e/operator"
)

// TestOperator runs a project's own program as the chart installs it.
func TestOperator(t *testing.T) {
	each(t, func(t *testing.T, p *compiled) {
		ov := p.Model.DefaultOverlay()
		ov.Namespace = "running-" + p.Name
		p.install(t, p.Dist, ov)
		defer p.uninstall(t, ov.Namespace)
		in := operator.Install{
			Cluster: k8s, Project: p.Project, Version: p.Version, Program: p.program, Namespace: ov.Namespace, Examples: "data-" + p.Name,
		}
		in.Works(t)
	})
}
