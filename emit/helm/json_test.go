package helm

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadableJSON finds what fits into a line on one line, the rest a member a line, and the same value in both.
func TestReadableJSON(t *testing.T) {
	long := strings.Repeat("x", 90)
	for _, c := range []struct {
		v    any
		want string
	}{
		{map[string]any{"b": []any{1, "a,b:\"c\\"}, "a": true}, `{"a": true, "b": [1, "a,b:\"c\\"]}`},
		{map[string]any{}, "{}"},
		{long, `"` + long + `"`},
		{[]any{long, map[string]any{"<k>": 1}}, "[\n  \"" + long + "\",\n  {\"<k>\": 1}\n]"},
		{map[string]any{"list": []any{long, nil}}, "{\n  \"list\": [\n    \"" + long + "\",\n    null\n  ]\n}"},
	} {
		got, err := readableJSON(c.v)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want+"\n", string(got)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestReadableJSONIsTheSame reads what it wrote of a value that is larger than any buffer.
func TestReadableJSONIsTheSame(t *testing.T) {
	v := map[string]any{}
	for i := range 2000 {
		v[fmt.Sprintf("key, %d", i)] = map[string]any{"a": []any{strings.Repeat("\\\"", i%40), float64(i), nil}, "b": map[string]any{}}
	}
	data, err := readableJSON(v)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v, got); diff != "" {
		t.Error(diff)
	}
}
