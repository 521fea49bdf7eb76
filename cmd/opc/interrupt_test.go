package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestInterrupt sends signals to commands that can't stop by themselves: each ends with the code of an interrupt, and
// calls it nothing else. The evaluation would go on until the bound, which is out of reach here.
func TestInterrupt(t *testing.T) {
	s := newScratch(t)
	s.write("operator.cue", "import \"list\"\nname: \"slow\"\nversion: \"1.0.0\"\n_n: list.Range(0, 9000, 1)\nsummary: \"\\(len([for a in _n for b in _n {a * b}]))\"\n")
	s.run(false, "mkdir -p shop/templates; printf 'apiVersion: v2\\nname: shop\\nversion: 1.0.0\\n' >shop/Chart.yaml; "+
		"printf '{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}' >shop/templates/a.yaml")
	for _, args := range [][]string{
		{"check", "."}, {"compile", "."}, {"diff", ".", "--against", "."}, {"build", "."}, {"verify", "shop"}, {"import", "shop", "--out", "new"},
	} {
		for _, signals := range [][]syscall.Signal{{syscall.SIGINT}, {syscall.SIGTERM}, {syscall.SIGINT, syscall.SIGTERM}} {
			cmd := exec.Command(filepath.Join(s.dir, "opc"), args...)
			var out bytes.Buffer
			cmd.Dir, cmd.Stdout, cmd.Stderr = s.repo, &out, &out
			cmd.Env = append(s.env, "OPC_EVALUATE_SECONDS=100000", "OPC_EVALUATE_MIB=100000")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second) // it has begun, on most machines; if not, the signal ends it all the same
			for _, sig := range signals {
				_ = cmd.Process.Signal(sig)
			}
			err := cmd.Wait()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 3 && exit.ExitCode() != -1 || exit.ExitCode() == 3 && out.String() != "opc: interrupted\n" {
				t.Errorf("%v after %v: %v\n%s", args, signals, err, out.String())
			}
			if _, err := os.Stat(filepath.Join(s.repo, "dist")); err == nil {
				t.Errorf("%v left an output folder", args)
			}
		}
	}
}
