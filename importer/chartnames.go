package importer

import "maps"

// otherRelease is the name of a release that no chart is called.
const otherRelease = "opc-other"

// fixedNames reports whether the names of a chart's objects are the same in every release.
func (h *helm) fixedNames() bool {
	if h.fixed == nil {
		usual, err := h.placesOf(h.old.release.Name)
		other, errOther := h.placesOf(otherRelease)
		same := err == nil && errOther == nil && maps.Equal(usual, other)
		h.fixed = &same
	}
	return *h.fixed
}

// placesOf are the places of the objects that a release has.
func (h *helm) placesOf(release string) (map[string]bool, error) {
	r := *h.old
	r.release.Name = release
	files, err := r.files(nil)
	out := map[string]bool{}
	for _, f := range files {
		for _, d := range f.docs {
			out[d.place()] = true
		}
	}
	return out, err
}
