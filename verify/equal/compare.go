package equal

import (
	"encoding/json"
	"fmt"
)

// Show writes a value for a message.
func Show(v any) string {
	if v == nil {
		return "nothing"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(text) > 120 {
		return string(text[:120]) + "…"
	}
	return string(text)
}
