package diff

// unsaid are the facts that a bundle has no words for.
var unsaid = paths(
	"parameters", "features", "overlays", "helm", "kustomize", "dockerfile", "catalog", "metrics", "related",
	"namePrefix", "namespace", "installNamespace", "kubernetes", "webhooks/certificates|secret|mountPath|servicePort|port", "olm/bundleImage", "image/platforms",
	"meta/license|homepage", "name", "release/deprecations|edges",
)

// pinned is what publishing says of the operator's image.
var pinned = paths("image/tag|digest")

// leaveOut leaves out things that are not to be compared.
func (n *node) leaveOut(what []pattern) {
	for _, p := range what {
		at := n
		for i, e := range p.elems {
			for _, word := range e.words {
				switch {
				case i == len(p.elems)-1:
					delete(at.kids, word)
				case at.kids[word] != nil:
					at = at.kids[word]
				}
			}
		}
	}
}
