package verify

import (
	"os"
	"syscall"
	"testing"
	"time"
)

// BenchmarkCheck is what verification adds to a compile of the example operator: with Helm's linter and without.
func BenchmarkCheck(b *testing.B) {
	c := compile(b, "database-operator", os.DirFS("../examples/database-operator"))
	for _, with := range []struct {
		name string
		opts Options
	}{{"whole", Options{Scratch: scratch(b)}}, {"without lint", Options{}}} {
		b.Run(with.name, func(b *testing.B) {
			before := cpu()
			for b.Loop() {
				Check(b.Context(), c.model, c.files, with.opts)
			}
			b.ReportMetric(float64(cpu()-before)/float64(b.N)/1e6, "cpu-ms/op")
		})
	}
}

// cpu is the processor time of this process so far: on a busy machine the only figure that means something.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
