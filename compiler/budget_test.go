package compiler

import "testing"

func TestBudget(t *testing.T) {
	tests := map[string]int64{
		"": 0, "40MB": 40e6, "40 MB": 40e6, "1.5GB": 15e8, "40MiB": 40 << 20, "40Mi": 40 << 20, "512kB": 512e3, "7B": 7,
		"40": -1, "MB": -1, "-4MB": -1, "0MB": -1, "40mb": -1, "4 0MB": -1, "40TB": -1,
	}
	for text, want := range tests {
		s := &state{}
		got := s.budget(text)
		if len(s.diags) > 0 {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
