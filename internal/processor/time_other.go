//go:build !unix

package processor

import "time"

// Time returns how long this process runs: there is no processor time to ask for here.
func Time() time.Duration { return time.Since(started) }

var started = time.Now()
