package main

import (
	"fmt"
	"os"
	"runtime/metrics"
	"strconv"
	"time"

	"github.com/opc-project/opc/internal/processor"
)

// limits bound what the evaluation of a description in CUE may take. Real ones take 0.1 seconds and 100 MiB.
type limits struct {
	seconds, mib uint64 // of processor time, and of memory
}

// limitsOf are the limits, raised by the environment.
func limitsOf(getenv func(string) string) limits {
	l := limits{seconds: 10, mib: 2048}
	for name, limit := range map[string]*uint64{"OPC_EVALUATE_SECONDS": &l.seconds, "OPC_EVALUATE_MIB": &l.mib} {
		if n, err := strconv.ParseUint(getenv(name), 10, 32); err == nil && n > 0 {
			*limit = n
		}
	}
	return l
}

// bound runs an evaluation and watches it. The evaluator can't be stopped: what passed a limit goes on, so where memory
// grows the program ends soon after. The result still holds its memory when evaluate returns, so a large one is found
// however fast it was made.
func (l limits) bound(evaluate func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		evaluate()
	}()
	before := processor.Time()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true // what it took between two ticks counts, too
		case <-tick.C:
		}
		if processor.Time()-before > time.Duration(l.seconds)*time.Second {
			return fmt.Errorf("the evaluation takes more than %d seconds of processor time", l.seconds)
		}
		if memory() > l.mib<<20 {
			time.AfterFunc(lastWords, func() { os.Exit(1) })
			return fmt.Errorf("the evaluation takes more than %d MiB of memory", l.mib)
		}
	}
	return nil
}

// lastWords is how long the program may live after an evaluation took too much memory. It ends by itself as soon as the
// finding is printed, which takes some seconds on a loaded machine.
const lastWords = 20 * time.Second

// memory is what the program has taken of the system's.
func memory() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64() - sample[1].Value.Uint64()
}
