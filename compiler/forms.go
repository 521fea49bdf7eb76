package compiler

import (
	"github.com/Masterminds/semver/v3"

	"github.com/opc-project/opc/compiler/model"
)

// What the short forms of a description mean, for import, which must know it to write them.

// InWords is the name for people that a description has when it says none.
func InWords(name string) string { return inWords(name) }

// MediaType tells the media type of a picture by its first bytes, or "" for what OperatorHub does not take.
func MediaType(data []byte) string { return sniff(data) }

// ParseImage splits an image reference; ok is false for what is none.
func ParseImage(ref string) (repository, tag, digest string, ok bool) {
	parts := reference.FindStringSubmatch(ref)
	if parts == nil {
		return "", "", "", false
	}
	return parts[1], parts[2], parts[3], true
}

// ConversionName is the name of the conversion webhook of a CustomResourceDefinition that says none.
func ConversionName(crd string) string { return conversionName(crd) }

// StandardChannel is the channel of a version that names none.
func StandardChannel(version string) string {
	s := &state{m: &model.Operator{Version: version}}
	return s.standardChannel("") // an import keeps the name of what a rebuild replaces, which is not asked here
}

// Date is a release's date as a bundle has it, or "" for what is no date.
func Date(text string) string {
	s := &state{}
	return s.date(text)
}

// Older reports whether one semantic version stands before another.
func Older(a, b string) bool {
	x, errX := semver.StrictNewVersion(a)
	y, errY := semver.StrictNewVersion(b)
	return errX == nil && errY == nil && x.LessThan(y)
}

// UpperSnake is the name of the environment variable of a parameter or image: logLevel is LOG_LEVEL.
func UpperSnake(name string) string { return upperSnake(name) }
