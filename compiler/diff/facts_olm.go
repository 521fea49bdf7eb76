package diff

// unsaid are the facts that a bundle has no words for.
var unsaid = paths(
	"parameters", "features", "overlays", "helm", "kustomize", "dockerfile", "catalog", "metrics", "related",
	"namePrefix", "namespace", "kubernetes", "webhooks/certificates|secret|mountPath|servicePort|port", "olm/bundleImage", "image/platforms",
	"meta/license|homepage", "name", "release/deprecations",
)

// sayable leaves out what a bundle has no words for.
func (n *node) sayable() {
	for _, p := range unsaid {
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
