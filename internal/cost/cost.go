// Package cost lets tests bound what a call takes by what it allocates. Time depends on the machine and on what else
// runs there; the bytes that a call allocates do not.
package cost

import (
	"runtime"
	"testing"
)

// Bytes returns how many bytes a call allocates in all, freed or not. Nothing else may run beside it: call it from tests
// that are not parallel.
func Bytes(call func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// Within reports an error if a call allocates more than base plus so many bytes for each byte of its input.
func Within(t testing.TB, base int64, perByte, input int, call func()) {
	t.Helper()
	limit := base + int64(perByte)*int64(input)
	got := Bytes(call)
	t.Logf("%d bytes allocated for %d bytes of input", got, input)
	if got > limit {
		t.Errorf("opc allocates %[2]d bytes for an input of %[1]d bytes: expected at most %[3]d", input, got, limit)
	}
}
