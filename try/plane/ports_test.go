package plane

import (
	"slices"
	"testing"
)

// TestFreePorts holds that a port is given once, and never one that the kernel gives to clients.
func TestFreePorts(t *testing.T) {
	var all []int
	for range 50 {
		ports, err := FreePorts(4)
		if err != nil || len(ports) != 4 {
			t.Fatal(ports, err)
		}
		for _, p := range ports {
			if slices.Contains(all, p) || p < firstPort || p >= lastPort {
				t.Errorf("the port %d", p)
			}
			all = append(all, p)
		}
	}
}
