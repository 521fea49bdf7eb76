package packed

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

// entry is a file of an archive, or what its header says.
type entry struct {
	name, data string
	header     tar.Header
}

func archive(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		h := e.header
		h.Name, h.Mode = e.name, 0o644
		if h.Typeflag == 0 {
			h.Typeflag, h.Size = tar.TypeReg, int64(len(e.data))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func contents(t testing.TB, fsys fs.FS) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		out[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLayersLieOverEachOther(t *testing.T) {
	lower := archive(t, entry{name: "./a/one", data: "1"}, entry{name: "/a/two", data: "2"}, entry{name: "b/three", data: "3"}, entry{name: "c/d/four", data: "4"})
	upper := archive(t, entry{name: "a/.wh.one"}, entry{name: "a/two", data: "II"}, entry{name: "b/new", data: "n"}, entry{name: "b/.wh..wh..opq"}, entry{name: ".wh.c"})
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, layers := range map[string][][]byte{"plain": {lower, upper}, "packed": {gzipped(t, lower), encoder.EncodeAll(upper, nil)}} {
		r := Reader{Limits: Small}
		for _, l := range layers {
			if err := r.Add(bytes.NewReader(l)); err != nil {
				t.Fatal(name, err)
			}
		}
		if diff := cmp.Diff(map[string]string{"a/two": "II", "b/new": "n"}, contents(t, r.FS())); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if r.kept != 3 {
			t.Errorf("%s: counts %d bytes", name, r.kept)
		}
	}
}

func TestKeep(t *testing.T) {
	r := Reader{Limits: Small, Keep: func(name string) (string, bool) {
		rest, ok := strings.CutPrefix(name, "x/")
		return rest, ok
	}}
	data := archive(t, entry{name: "x/a", data: "a"}, entry{name: "y/b", data: "b"}, entry{name: "y/link", header: tar.Header{Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}})
	if err := r.Add(bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"a": "a"}, contents(t, r.FS())); diff != "" {
		t.Error(diff)
	}
}

// bomb is a tar with one file of zeros, packed: size/1000 bytes or so.
func bomb(t testing.TB, size int64) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: "bomb", Mode: 0o644, Size: size, Typeflag: tar.TypeReg}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, zeros{}, size); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestHostileArchives(t *testing.T) {
	link := func(flag byte, to string) entry {
		return entry{name: "templates/a.yaml", header: tar.Header{Typeflag: flag, Linkname: to}}
	}
	many := func(n int) []entry {
		var out []entry
		for i := range n {
			out = append(out, entry{name: strings.Repeat("x", 1+i)})
		}
		return out
	}
	limits := Limits{File: 2 << 20, Kept: 3 << 20, Read: 8 << 20, Files: 50, Entries: 100}
	big := strings.Repeat("x", 3<<19)
	tests := map[string]struct {
		data []byte
		keep func(string) (string, bool)
		want string
	}{
		"out":              {data: archive(t, entry{name: "../../etc/cron.d/x", data: "x"}), want: `the entry "../../etc/cron.d/x" leads out of the archive`},
		"out, half way":    {data: archive(t, entry{name: "a/../../x", data: "x"}), want: `the entry "a/../../x" leads out of the archive`},
		"out, backslashes": {data: archive(t, entry{name: `a\..\..\x`, data: "x"}), want: `the entry "a\\..\\..\\x" leads out of the archive`},
		"drive":            {data: archive(t, entry{name: `C:\x`, data: "x"}), want: `"C:\\x" is no name of a file`},
		"symbolic link":    {data: archive(t, link(tar.TypeSymlink, "/etc/passwd")), want: "templates/a.yaml is a symbolic link: only regular files are read"},
		"hard link":        {data: archive(t, link(tar.TypeLink, "/etc/passwd")), want: "templates/a.yaml is a hard link: only regular files are read"},
		"device":           {data: archive(t, link(tar.TypeChar, "")), want: "templates/a.yaml is a device: only regular files are read"},
		"pipe":             {data: archive(t, link(tar.TypeFifo, "")), want: "templates/a.yaml is a named pipe: only regular files are read"},
		"large file":       {data: bomb(t, 2<<20+1), want: "bomb is larger than 2 MiB"},
		"large together":   {data: archive(t, entry{name: "a", data: big}, entry{name: "b", data: big}, entry{name: "c", data: "x"}), want: "its files are larger than 3 MiB together"},
		"bomb left out":    {data: bomb(t, 9<<20), keep: func(string) (string, bool) { return "", false }, want: "it is larger than 8 MiB when unpacked"},
		"many files":       {data: archive(t, many(51)...), want: "it has more than 50 files"},
		"many entries":     {data: archive(t, many(101)...), keep: func(string) (string, bool) { return "", false }, want: "it has more than 100 entries"},
		"cut off":          {data: archive(t, entry{name: "a", data: big})[:1000], want: "it is damaged: a: unexpected EOF"},
		"cut off, packed":  {data: gzipped(t, archive(t, entry{name: "a", data: "x"}))[:20], want: "it is damaged: unexpected EOF"},
		"no archive":       {data: []byte(strings.Repeat("kind: Deployment\n", 100)), want: "it is damaged: archive/tar: invalid tar header"},
		"deep":             {data: archive(t, entry{name: strings.Repeat("a/", 101) + "b", data: "x"}), want: "an entry is 101 folders deep"},
		"long kept name":   {data: archive(t, entry{name: strings.Repeat("abc/", 300) + "b", data: "x"}), want: "an entry's name has 1201 characters"},
		"long part":        {data: archive(t, entry{name: "a/" + strings.Repeat("b", 256), data: "x"}), want: "an entry's name has a part of 256 characters"},
		"file, then below": {data: archive(t, entry{name: "a/b", data: "x"}, entry{name: "a/b/c", data: "x"}), want: "a/b is a folder and a file"},
		"below, then file": {data: archive(t, entry{name: "a/b/c", data: "x"}, entry{name: "a", data: "x"}), want: "a is a folder and a file"},
		"long name":        {data: archive(t, entry{name: strings.Repeat("a/", 3000) + "b", data: "x"}), want: "an entry's name has 6001 characters"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := Reader{Limits: limits, Keep: test.keep}
			err := r.Add(bytes.NewReader(test.data))
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func FuzzAdd(f *testing.F) {
	f.Add(archive(f, entry{name: "chart/Chart.yaml", data: "name: x"}, entry{name: ".wh.a"}))
	f.Add(gzipped(f, archive(f, entry{name: "a", data: "x"})))
	f.Add(archive(f, entry{name: "../x", data: "x"}))
	f.Add(bomb(f, 1<<20))
	limits := Limits{File: 1 << 16, Kept: 1 << 18, Read: 1 << 20, Files: 50, Entries: 100}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := Reader{Limits: limits}
		if r.Add(bytes.NewReader(data)) != nil {
			return
		}
		if r.Len() > limits.Files || r.kept > limits.Kept {
			t.Errorf("%d files, %d bytes", r.Len(), r.kept)
		}
		for name, data := range r.files {
			if !fs.ValidPath(name) || int64(len(data)) > limits.File {
				t.Errorf("kept %q with %d bytes", name, len(data))
			}
		}
	})
}
