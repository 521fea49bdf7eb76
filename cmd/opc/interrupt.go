package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// grace is what a command gets to stop by itself after a signal, and to remove what it made.
const grace = 700 * time.Millisecond

// interruptible runs a command, and returns its exit code. The first interrupt or SIGTERM asks the command to stop; some
// libraries can't, such as CUE's evaluator and a read that blocks, so the program ends without them after a while. The
// second signal ends it at once. What was written until then is whole: the sink replaces files and folders as a whole,
// and the next run clears what it left.
func interruptible(stderr io.Writer, command func(context.Context) int) int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan int, 1)
	go func() { ended <- command(ctx) }()
	select {
	case code := <-ended:
		return code
	case <-signals:
		cancel()
	}
	select {
	case code := <-ended:
		return code
	case <-signals:
	case <-time.After(grace):
	}
	fmt.Fprintln(stderr, "opc: interrupted")
	return 3
}
