//go:build !unix

package sandbox

import "time"

// spent returns how long this process runs: there is no processor time to ask for here.
func spent() time.Duration { return time.Since(started) }
