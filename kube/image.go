package kube

import images "github.com/distribution/reference"

// IsImage reports whether a text is a reference of an image, as a container engine and opm read it: without a scheme, in
// small letters.
func IsImage(ref string) bool {
	_, err := images.ParseNormalizedNamed(ref)
	return err == nil
}
