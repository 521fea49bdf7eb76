package publish

import (
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"

	"github.com/opc-project/opc/schema/diag"
)

// Size is what one platform's image weighs, in bytes. Layers are counted as they are pulled, compressed.
type Size struct {
	Platform string
	Base     int64 // the base's layers
	Program  int64 // the program, before compression
	Layers   int   // how many there are
	Total    int64 // all layers
	Previous int64 // Total of the build before; 0 when there was none
}

// budget notes a size and holds it against the budget.
func (b *builder) budget(s Size) diag.List {
	b.sizes = append(b.sizes, s)
	limit := b.op.Image.Budget
	if limit == 0 || s.Total <= limit {
		return nil
	}
	return diag.List{diag.Errorf(diag.OverBudget, b.op.Image.From.Child("budget"), "the image for %s has %s, and the budget is %s",
		s.Platform, Bytes(s.Total), Bytes(limit)).WithHint("of that the base has %s; the program has %s before compression", Bytes(s.Base), Bytes(s.Program))}
}

// Bytes prints a size as registries do, in powers of 1000.
func Bytes(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.2f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d B", n)
}

// sizesOf reads the sizes of an earlier build; what can't be read is left out.
func sizesOf(dir string) map[string]int64 {
	out := map[string]int64{}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return out
	}
	tops, err := index.IndexManifest()
	if err != nil {
		return out
	}
	for _, top := range tops.Manifests {
		if top.Annotations[kindKey] != KindImage || !top.MediaType.IsIndex() {
			continue
		}
		if images, err := index.ImageIndex(top.Digest); err == nil {
			platformSizes(images, out)
		}
	}
	return out
}

func platformSizes(images v1.ImageIndex, out map[string]int64) {
	m, err := images.IndexManifest()
	if err != nil {
		return
	}
	for _, d := range m.Manifests {
		img, err := images.Image(d.Digest)
		if err != nil || d.Platform == nil {
			continue
		}
		layers, err := img.Manifest()
		if err != nil {
			continue
		}
		p := platform{d.Platform.OS, d.Platform.Architecture, d.Platform.Variant}
		for _, l := range layers.Layers {
			out[p.String()] += l.Size
		}
	}
}
