package cluster

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opc-project/opc/try/plane"
)

// endless, in the environment, makes this binary a session that starts a program and never ends by itself.
const endless = "OPC_E2E_ENDLESS"

// endlessly is that session. It prints its folder and the program's process.
func endlessly() int {
	return Main(time.Minute, func(_ context.Context, s *Session) error {
		c := &plane.Plane{Dir: filepath.Join(s.Dir, "cluster")}
		if err := os.Mkdir(c.Dir, 0o755); err != nil {
			return err
		}
		s.AtEnd(c.Stop)
		cmd := exec.Command("sleep", "600")
		if err := c.Launch("sleep", cmd); err != nil {
			return err
		}
		fmt.Println(s.Dir, cmd.Process.Pid)
		return nil
	}, func() int { select {} })
}

// TestNothingStays interrupts a session, and kills one.
func TestNothingStays(t *testing.T) {
	for _, tt := range []struct {
		name   string
		signal syscall.Signal
		tidy   bool // whether its folder is gone too
	}{{"an interrupt", syscall.SIGINT, true}, {"an end", syscall.SIGTERM, true}, {"a kill", syscall.SIGKILL, false}} {
		t.Run(tt.name, func(t *testing.T) {
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(self)
			cmd.Env = append(os.Environ(), endless+"=1", "TMPDIR="+t.TempDir(), "OPC_E2E_CACHE="+t.TempDir())
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(out).ReadString('\n')
			var dir string
			var pid int
			if _, scan := fmt.Sscan(line, &dir, &pid); err != nil || scan != nil {
				t.Fatalf("it said %q: %v", line, err)
			}
			if err := cmd.Process.Signal(tt.signal); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			for end := time.Now().Add(time.Minute); running(pid); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatal("the program that it started still runs")
				}
			}
			if _, err := os.Stat(dir); tt.tidy && err == nil {
				t.Errorf("%s is still there", dir)
			}
		})
	}
}

// running reports whether a process is there and not dead.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}
