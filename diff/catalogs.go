package diff

import (
	"slices"

	"github.com/opc-project/opc/compiler/model"
)

// stuck finds the versions that OLM could upgrade by a channel of the old catalog, or that were its newest, and can't by
// the same channel of the new one.
func stuck(old, new *model.Operator) []Change {
	var out []Change
	for _, was := range old.Release.Catalog {
		i := slices.IndexFunc(new.Release.Catalog, func(c model.CatalogChannel) bool { return c.Name == was.Name })
		if i < 0 {
			continue // the channel as a whole is gone
		}
		is := new.Release.Catalog[i]
		for _, e := range was.Entries {
			if served(was, e) && !served(is, e) {
				out = append(out, Change{
					Kind: Removed, Path: Path{"graph", e.Name, was.Name}, Old: e.Name, New: head(is), OldFrom: releasePlace(old), NewFrom: releasePlace(new),
				})
			}
		}
	}
	return out
}

// served reports whether a channel has its newest version in e, or an upgrade from it.
func served(c model.CatalogChannel, e model.CatalogEntry) bool {
	return head(c) == e.Name || slices.ContainsFunc(c.Entries, func(to model.CatalogEntry) bool {
		return to.Name != e.Name && (to.Replaces == e.Name || slices.Contains(to.Skips, e.Name) || to.SkipRange != "" && inRange(to.SkipRange, e.Version))
	})
}

// head is the newest version of a channel: the one that no other replaces or skips.
func head(c model.CatalogChannel) string {
	for _, e := range c.Entries {
		if !slices.ContainsFunc(c.Entries, func(o model.CatalogEntry) bool {
			return o.Name != e.Name && (o.Replaces == e.Name || slices.Contains(o.Skips, e.Name))
		}) {
			return e.Name
		}
	}
	return ""
}
