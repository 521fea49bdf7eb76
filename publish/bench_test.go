package publish

import (
	"context"
	"path/filepath"
	"testing"
)

// BenchmarkBuild makes everything of a small operator with a prebuilt program: what opc does beside Go's compiler.
func BenchmarkBuild(b *testing.B) {
	text := replaced(description + "\x00dockerfile: {binary: manager}")
	dir := project(b, map[string]string{"operator.yaml": text, "manager": string(make([]byte, 20<<20))})
	out := compiled(b, dir)
	for b.Loop() {
		_, diags, err := Build(context.Background(), out, Options{Dir: dir, Out: filepath.Join(dir, "dist")})
		if err != nil || diags.HasErrors() {
			b.Fatal(err, diags)
		}
	}
}

// BenchmarkPublish sends it to a registry in this process, which is empty or has all of it.
func BenchmarkPublish(b *testing.B) {
	dist := prebuilt(b, "1.2.3", "stable")
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			mustPublish(b, Delivery{From: dist, To: server(b)})
		}
	})
	b.Run("again", func(b *testing.B) {
		to := server(b)
		for b.Loop() {
			mustPublish(b, Delivery{From: dist, To: to})
		}
	})
}
