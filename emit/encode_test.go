package emit_test

import (
	"testing"

	"github.com/opc-project/opc/emit"
)

// TestQuoted holds that a text stays a text to every reader of YAML, also to those of YAML 1.1, for which 20:00 is a
// number of base 60 (https://yaml.org/type/int.html, https://yaml.org/type/float.html) and = the default value's key.
func TestQuoted(t *testing.T) {
	quoted := []string{
		"", "~", "null", "true", "Yes", "no", "ON", "off", "y", "N", "1", "0x1f", "0777", "0o17", "0b1", "1_000", "1e3", ".5", "1.", ".inf", ".NaN",
		"2026-01-02", "2026-01-02T03:04:05Z", "20:00", "1:20:30", "-1:20", "190:20:30.15", "=", "<<", "- a", "a: b", "a #b", "*a", "&a", "!a", "@a", "`a", "%a", "{", "[",
	}
	for _, text := range quoted {
		if got := string(emit.YAML(map[string]any{"k": text}, "")); got != "k: \""+text+"\"\n" && got != "k: '"+text+"'\n" {
			t.Errorf("%q is not quoted: %s", text, got)
		}
	}
	plain := []string{"a", "1-5", "20:60", "20:00Z", ":8443", "10.0.0.1:443", "v1", "1.2.3", "a:b", "Europe/Rome", "yes please", "2026-1"}
	for _, text := range plain {
		if got, want := string(emit.YAML(map[string]any{"k": text}, "")), "k: "+text+"\n"; got != want {
			t.Errorf("%q is written as %s", text, got)
		}
	}
}
