// Package minimum holds the files that a program in an image without a base still needs: users, certificates of public
// authorities, time zones and a folder for temporary files. They stand in opc itself, so that an image can be built
// without a network and is the same on every machine.
package minimum

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"encoding/pem"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// zones is lib/time/zoneinfo.zip of Go 1.26, which is made from the public tz database.
//
//go:embed zoneinfo.zip
var zones []byte

// File is a file or, where its name ends with a slash, a folder of the image. Names have no leading slash.
type File struct {
	Name string
	Mode int64
	Data []byte
}

// Certificates is where the authorities stand in the image: Go, OpenSSL and curl look there first on Debian's layout.
const Certificates = "etc/ssl/certs/ca-certificates.crt"

const (
	passwd = "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"
	group  = "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n"
	hosts  = "hosts: files dns\n"
)

// Files returns the files, without the folders that only hold them.
func Files() ([]File, error) {
	out := []File{
		{Name: "etc/passwd", Mode: 0o644, Data: []byte(passwd)},
		{Name: "etc/group", Mode: 0o644, Data: []byte(group)},
		{Name: "etc/nsswitch.conf", Mode: 0o644, Data: []byte(hosts)},
		{Name: Certificates, Mode: 0o644, Data: certificates()},
		{Name: "tmp/", Mode: 0o1777},
	}
	r, err := zip.NewReader(bytes.NewReader(zones), int64(len(zones)))
	if err != nil {
		return nil, fmt.Errorf("the embedded time zones: %w", err)
	}
	for _, f := range r.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		data, err := read(f)
		if err != nil {
			return nil, fmt.Errorf("the embedded time zone %s: %w", f.Name, err)
		}
		out = append(out, File{Name: "usr/share/zoneinfo/" + f.Name, Mode: 0o644, Data: data})
	}
	return out, nil
}

func read(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// certificates are Mozilla's authorities. Some hold only for certificates of a certain age, which a file can't say;
// they stand in it all the same, as they do in Linux distributions, since sites still depend on them.
func certificates() []byte {
	var all [][]byte
	for root := range bundle.Roots() {
		all = append(all, root.Certificate)
	}
	slices.SortFunc(all, bytes.Compare)
	var b bytes.Buffer
	for _, der := range all {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der}) // into memory
	}
	return b.Bytes()
}
