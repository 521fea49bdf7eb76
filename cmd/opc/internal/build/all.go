package build

import (
	"context"
	"runtime"
	"sync"
)

// All runs several inputs side by side, as many as there are processors, and returns their results in the inputs'
// order. started is called when an input's turn comes; it may be nil.
func All(ctx context.Context, inputs []Input, opts Options, started func(Input)) []*Result {
	results := make([]*Result, len(inputs))
	turn := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, in := range inputs {
		wg.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			if started != nil {
				started(in)
			}
			results[i] = Run(ctx, in, opts)
		})
	}
	wg.Wait()
	return results
}
