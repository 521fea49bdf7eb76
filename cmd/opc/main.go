// Command opc compiles one description of a Kubernetes operator into everything needed to ship it.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"golang.org/x/term"

	"github.com/opc-project/opc/cmd/opc/internal/cli"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/try/plane"
)

func main() { os.Exit(run()) }

func run() int {
	log.SetOutput(io.Discard) // Helm's library writes to it what opc tells as findings
	if len(os.Args) == 2 && os.Args[1] == cli.Renderer {
		return cli.Render(os.Stdin, os.Stdout, os.Stderr)
	}
	if err := plane.Enter(); err != nil { // opc try runs the manager through opc
		fmt.Fprintln(os.Stderr, "opc:", err)
		return 3
	}
	// A run is short and makes much garbage: collecting it less often saves a fifth of the time, for some memory.
	debug.SetGCPercent(400)
	// The largest operators would take over 1 GiB with that. With this limit they take a third less, for a tenth more CPU
	// time; with 400 MiB the collector takes more time than opc.
	debug.SetMemoryLimit(600 << 20)
	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(os.Stderr, "opc:", err)
		return 3
	}
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, "opc:", err)
		return 3
	}
	env := cli.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv: os.Getenv, Now: time.Now, Dir: dir, Terminal: term.IsTerminal(int(os.Stderr.Fd())), Screen: term.IsTerminal(int(os.Stdout.Fd())),
		Renderer: []string{self, cli.Renderer},
	}
	if env.Cache = os.Getenv("OPC_CACHE"); env.Cache == "" {
		if cache, err := os.UserCacheDir(); err == nil {
			env.Cache = filepath.Join(cache, "opc")
		}
	}
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = null // kustomize's library writes there, which would stand between the findings
	}
	stderr := env.Stderr
	schema.Bound = limitsOf(os.Getenv).bound
	return interruptible(stderr, func(ctx context.Context) int { return cli.Run(ctx, env, os.Args[1:]) })
}
