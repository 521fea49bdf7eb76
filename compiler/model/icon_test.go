package model

import "testing"

func TestPlainIcon(t *testing.T) {
	for _, c := range []struct {
		data, want string
		ok         bool
	}{
		{"PHN2Zy8+", "PHN2Zy8+", true},
		{"PHN2\nZy8+\n", "PHN2Zy8+", true},
		{" PHN2 Zy8+", "PHN2Zy8+", true},
		{"docs/icon.svg?", "docs/icon.svg?", false},
	} {
		got, ok := (&Icon{Base64: c.data}).Plain()
		if got != c.want || ok != c.ok {
			t.Errorf("%q: %q, %v", c.data, got, ok)
		}
	}
}
