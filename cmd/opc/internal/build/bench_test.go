package build

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/opc-project/opc/emit/all"
)

// BenchmarkCompile is a whole compile of the example operator, and of a real kubebuilder project where one is at hand,
// with its proof and without; nothing is written. The difference is what the proof costs.
func BenchmarkCompile(b *testing.B) {
	dirs := map[string]string{"example": filepath.Join("..", "..", "..", "..", "examples", "database-operator")}
	if real := os.Getenv("OPC_BENCH_PROJECT"); real != "" {
		dirs["project"] = real
	}
	for name, dir := range dirs {
		dir, err := filepath.Abs(dir)
		if err != nil {
			b.Fatal(err)
		}
		for _, proof := range []bool{false, true} {
			b.Run(name+map[bool]string{false: "/without proof", true: "/with proof"}[proof], func(b *testing.B) {
				before := cpu(b)
				for b.Loop() {
					opts := Options{Mode: Compare, Cwd: dir, Targets: all.Targets, Unverified: !proof}
					if r := Run(context.Background(), Input{dir, "operator.cue"}, opts); r.Findings.HasErrors() || r.Err != nil {
						b.Fatal(r.Findings, r.Err)
					}
				}
				b.ReportMetric(float64(cpu(b)-before)/float64(b.N)/1e6, "cpu-ms/op")
			})
		}
	}
}

// cpu is the processor time of this process so far: on a busy machine the only figure that means something.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
