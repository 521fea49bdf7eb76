package chart

import "testing"

func TestCovering(t *testing.T) {
	for n := range 40 {
		rows := Covering(n)
		for i := range n {
			if !rows[0][i] || rows[1][i] {
				t.Fatalf("%d: the first row is not all on, or the second not all off", n)
			}
			for j := range i {
				seen := map[[2]bool]bool{}
				for _, r := range rows {
					seen[[2]bool{r[i], r[j]}] = true
				}
				if len(seen) != 4 {
					t.Fatalf("%d: the switches %d and %d take only the states %v", n, i, j, seen)
				}
			}
		}
		if n > 1 && n <= 10 && len(rows) > 7 {
			t.Errorf("%d: %d rows", n, len(rows))
		}
	}
}
