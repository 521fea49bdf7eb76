package kube

import (
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	type ship struct {
		Name string `json:"name"`
		Crew int    `json:"crew"`
	}
	cases := []struct {
		name, text string
		known      bool
		want       ship
		fault      string
	}{
		{name: "a document", text: "name: gull\ncrew: 3\n", want: ship{"gull", 3}},
		{name: "the first of several", text: "---\nname: gull\n---\nname: tern\n", want: ship{Name: "gull"}},
		{name: "none", text: "# nothing\n"},
		{name: "a duplicate key", text: "name: gull\ncrew: 3\nname: tern\n", fault: "line 3: duplicate key"},
		{name: "a field of others", text: "name: gull\nmast: tall\n", want: ship{Name: "gull"}},
		{name: "a field that nobody knows", text: "name: gull\nmast: tall\n", known: true, fault: "mast"},
		{name: "another type", text: "crew: many\n", fault: "crew"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var got ship
			read := Decode
			if tc.known {
				read = DecodeKnown
			}
			err := read("ship.yaml", []byte(tc.text), &got)
			switch {
			case tc.fault == "" && (err != nil || got != tc.want):
				t.Errorf("got %v, %v; want %v", got, err, tc.want)
			case tc.fault != "" && (err == nil || !strings.Contains(err.Error(), tc.fault)):
				t.Errorf("got the error %v; want one with %q", err, tc.fault)
			}
		})
	}
}
