package model

import (
	"slices"
	"strings"
)

// Icon is the operator's picture.
type Icon struct {
	Node
	Base64    string
	MediaType string // image/svg+xml, image/png, image/jpeg or image/gif
	// LineLength is how long the lines are in which a bundle shows the data; 0 is one line.
	LineLength int64 `json:",omitempty"`
}

// Wrapped is the data in lines of LineLength, as some tools write base64.
func (i *Icon) Wrapped() string {
	if i.LineLength <= 0 {
		return i.Base64
	}
	var lines []string
	for line := range slices.Chunk([]byte(i.Base64), int(i.LineLength)) {
		lines = append(lines, string(line))
	}
	return strings.Join(lines, "\n")
}
