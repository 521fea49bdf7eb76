package sink

import "testing"

func TestFirstDifference(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"field", "a: 1\nb: 2\n", "a: 1\nb: 3\n", "/b"},
		{"first of two", "a: 1\nb: 2\n", "a: 2\nb: 3\n", "/a"},
		{"deep", "a: {b: [{c: 1}, {c: 2}]}\n", "a: {b: [{c: 1}, {c: 3}]}\n", "/a/b/1/c"},
		{"escaped", "a/b: 1\n", "a/b: 2\n", "/a~1b"},
		{"field added by hand", "a: {b: 1, c: 2}\n", "a: {b: 1}\n", "/a"},
		{"field removed by hand", "a: {}\n", "a: {b: 1}\n", "/a/b"},
		{"item added by hand", "a: [1, 2]\n", "a: [1]\n", "/a"},
		{"another kind of value", "a: [1]\n", "a: {b: 1}\n", "/a"},
		{"second document", "a: 1\n---\nb: 1\n", "a: 1\n---\nb: 2\n", "/1/b"},
		{"document removed by hand", "a: 1\n", "a: 1\n---\nb: 2\n", ""},
		{"no YAML by now", "a: {\n", "a: 1\n", ""},
		{"template", "{{ if .x }}\na: 1\n", "a: 1\n", ""},
		{"text", "FROM a\n", "FROM b\n", ""},
		{"comment only", "# x\na: 1\n", "a: 1\n", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := firstDifference([]byte(test.old), []byte(test.new)); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
