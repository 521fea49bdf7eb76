package cli

import (
	"cmp"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// pair is two versions of an operator of the shared corpus, which is not part of the project.
type pair struct {
	name  string
	dirs  []string // in the order of their names
	bytes int64
}

// largest are the pairs of the corpus with the most bytes.
func largest(b *testing.B, n int) []pair {
	b.Helper()
	shared := os.Getenv("OPC_SHARED")
	if shared == "" {
		shared = "../../../../../shared"
	}
	operators, _ := filepath.Glob(filepath.Join(shared, "corpus", "*"))
	var out []pair
	for _, dir := range operators {
		manifests, _ := filepath.Glob(filepath.Join(dir, "*", "manifests"))
		if len(manifests) != 2 {
			continue
		}
		p := pair{name: filepath.Base(dir)}
		for _, m := range manifests {
			p.dirs = append(p.dirs, filepath.Dir(m))
		}
		err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
			if err == nil && e.Type().IsRegular() {
				info, err := e.Info()
				p.bytes += info.Size()
				return err
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		out = append(out, p)
	}
	if len(out) == 0 {
		b.Skip("the corpus is not here: set OPC_SHARED")
	}
	slices.SortFunc(out, func(x, y pair) int { return cmp.Compare(y.bytes, x.bytes) })
	return out[:min(n, len(out))]
}

// BenchmarkDiff runs the whole command on the largest pairs of the corpus: it reads both bundles, judges, and prints.
func BenchmarkDiff(b *testing.B) {
	for _, p := range largest(b, 3) {
		b.Run(p.name, func(b *testing.B) {
			env := Env{Stdout: io.Discard, Stderr: io.Discard, Dir: b.TempDir(), Now: time.Now, Getenv: func(string) string { return "" }}
			for b.Loop() {
				if code := Run(context.Background(), env, []string{"diff", p.dirs[1], "--against", p.dirs[0]}); code > exitFindings {
					b.Fatalf("exit code %d", code)
				}
			}
			b.ReportMetric(float64(p.bytes)/1000, "kB")
		})
	}
}
