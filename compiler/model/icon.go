package model

import (
	"encoding/base64"
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

// Plain is the data without the line breaks and blanks that a ClusterServiceVersion may have in it, as a catalog needs it;
// ok is false for what is no base64, and without a picture.
func (i *Icon) Plain() (data string, ok bool) {
	if i == nil {
		return "", false
	}
	data = strings.Join(strings.Fields(i.Base64), "")
	_, err := base64.StdEncoding.DecodeString(data)
	return data, err == nil
}
