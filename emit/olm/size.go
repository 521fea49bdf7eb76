package olm

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"

	"github.com/opc-project/opc/schema/diag"
)

// maxSize is what OLM can unpack: it puts the compressed bundle into one ConfigMap, and etcd refuses more.
const maxSize = 1 << 20

// warnPercent is how much of it may be used before opc warns, as OLM's own validator does.
const warnPercent = 85

// size holds the bundle against what OLM can unpack, measured as OLM's own validator does. Compressing takes longer than
// writing the bundle, so one that is small without it is not compressed.
func (w *writer) size() {
	total, atMost := 0, 0
	for _, name := range w.files.Names() {
		f, _ := w.files.File(name)
		atMost += base64.StdEncoding.EncodedLen(len(f.Data) + len(f.Data)>>10 + 64) // gzip adds a few bytes to what it can't compress
	}
	if atMost*100/maxSize < warnPercent {
		return
	}
	for _, name := range w.files.Names() {
		f, _ := w.files.File(name)
		total += compressed(f.Data)
	}
	percent := total * 100 / maxSize
	d := diag.Errorf(diag.NotExpressible, "/crds",
		"the OLM bundle has %d bytes when compressed, %d %% of what OLM can unpack", total, percent)
	switch {
	case percent < warnPercent:
		return
	case total <= maxSize:
		d.Severity = diag.Warning
	}
	w.diags = append(w.diags, d.WithHint("the schemas of CRDs take most of it: shorten their descriptions (controller-gen's crd:maxDescLen=0)"))
}

func compressed(data []byte) int {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data) // a bytes.Buffer takes everything
	_ = z.Close()
	return base64.StdEncoding.EncodedLen(b.Len())
}
