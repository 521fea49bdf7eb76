package helm

import (
	"bytes"
	"encoding/json"
	"slices"
)

// jsonWidth is the length up to which an object or array of values.schema.json stays on one line.
const jsonWidth = 100

// readableJSON writes a value as JSON that people can read through: with keys in order, and what fits into a line on one line.
func readableJSON(v any) ([]byte, error) {
	var compact, out bytes.Buffer
	e := json.NewEncoder(&compact)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	writeJSON(&out, bytes.TrimSpace(compact.Bytes()), "", 0)
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// writeJSON writes compact JSON after used columns of a line that is indented.
func writeJSON(out *bytes.Buffer, data []byte, indent string, used int) {
	if first := data[0]; first != '{' && first != '[' || used+len(data) <= jsonWidth {
		out.Write(spaced(data))
		return
	}
	out.WriteByte(data[0])
	inner := indent + "  "
	for i, m := range members(data) {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString("\n" + inner)
		out.Write(m.key)
		writeJSON(out, m.value, inner, len(inner)+len(m.key))
	}
	out.WriteString("\n" + indent)
	out.WriteByte(data[len(data)-1])
}

// member is an element of an array, or a member of an object, whose key ends in a colon and a blank.
type member struct{ key, value []byte }

// members splits a compact object or array.
func members(data []byte) []member {
	var out []member
	d := json.NewDecoder(bytes.NewReader(data))
	_, _ = d.Token() // the bracket: the encoder wrote it
	for d.More() {
		var m member
		if data[0] == '{' {
			from := d.InputOffset()
			_, _ = d.Token()
			m.key = slices.Concat(bytes.TrimLeft(data[from:d.InputOffset()], ","), []byte(": "))
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			break
		}
		m.value = value
		out = append(out, m)
	}
	return out
}

// spaced has a blank after each comma and colon of compact JSON that is none of a text's.
func spaced(data []byte) []byte {
	var out []byte
	text := false
	for i, b := range data {
		out = append(out, b)
		switch {
		case b == '"' && !escaped(data[:i]):
			text = !text
		case !text && (b == ',' || b == ':'):
			out = append(out, ' ')
		}
	}
	return out
}

// escaped says whether what follows is the second half of an escape sequence: after an odd number of backslashes.
func escaped(before []byte) bool {
	return (len(before)-len(bytes.TrimRight(before, `\`)))%2 == 1
}
