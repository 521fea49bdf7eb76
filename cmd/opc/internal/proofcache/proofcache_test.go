package proofcache

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// clock is a time that the test sets.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

// key makes the digest of a number, whose first byte is the number's.
func key(n int) string { return fmt.Sprintf("%02x%062x", n%256, n) }

func filled(t *testing.T) (*Store, string, *clock) {
	t.Helper()
	dir, c := t.TempDir(), &clock{time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)}
	s := Open(filepath.Join(dir, "proofs"), "this build", c.now)
	s.Put(key(1), []byte("found"))
	return s, filepath.Join(dir, "proofs"), c
}

// TestStore finds an entry by its key and by its build only.
func TestStore(t *testing.T) {
	s, dir, c := filled(t)
	if got, ok := s.Get(key(1)); !ok || string(got) != "found" {
		t.Errorf("%q %t", got, ok)
	}
	if _, ok := s.Get(key(2)); ok {
		t.Error("another key has the entry")
	}
	if _, ok := Open(dir, "another build", c.now).Get(key(1)); ok {
		t.Error("another build has the entry")
	}
	if n, size := Size(dir); n != 1 || size < 5 {
		t.Errorf("%d entries, %d bytes", n, size)
	}
}

// TestDamaged takes no entry that is not as it was written, for this key, and none that is not a file.
func TestDamaged(t *testing.T) {
	for name, damage := range map[string]func(file string) error{
		"a changed byte": func(file string) error {
			data, err := os.ReadFile(file)
			return errorOr(err, func() error {
				return os.WriteFile(file, bytes.Replace(data, []byte("found"), []byte("fount"), 1), 0o600)
			})
		},
		"half of it": func(file string) error { return os.Truncate(file, 40) },
		"nothing":    func(file string) error { return os.Truncate(file, 0) },
		"an entry of another key": func(file string) error {
			return os.Rename(filepath.Join(filepath.Dir(file), key(3)), file)
		},
		"a folder": func(file string) error {
			return errorOr(os.Remove(file), func() error { return os.Mkdir(file, 0o700) })
		},
		"a link": func(file string) error {
			return errorOr(os.Rename(file, file+"x"), func() error { return os.Symlink(file+"x", file) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, _, _ := filled(t)
			s.Put(key(3), []byte("of another"))
			if err := damage(filepath.Join(s.dir, key(1))); err != nil {
				t.Fatal(err)
			}
			if got, ok := s.Get(key(1)); ok {
				t.Errorf("%q was found", got)
			}
			s.Put(key(1), []byte("again")) // and the next run may write it
		})
	}
}

func errorOr(err error, then func() error) error {
	if err != nil {
		return err
	}
	return then()
}

// TestNoStore keeps nothing where there is no folder, no build, or where others may write; and says nothing of it.
func TestNoStore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	open := filepath.Join(t.TempDir(), "open")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*Store{
		"no folder": Open("", "build", time.Now), "no build": Open(t.TempDir(), "", time.Now),
		"a file": Open(filepath.Join(file, "proofs"), "build", time.Now), "everybody's": Open(open, "build", time.Now),
	} {
		if name == "everybody's" && runtime.GOOS == "windows" {
			continue // who may write there is not in the mode
		}
		s.Put(key(1), []byte("found"))
		if _, ok := s.Get(key(1)); ok {
			t.Errorf("%s: it keeps something", name)
		}
	}
}

// TestTrim removes what was not used for longest, what killed runs left, and the entries of builds that are not used any more.
func TestTrim(t *testing.T) {
	s, dir, c := filled(t)
	old := Open(dir, "old build", c.now)
	old.Put(key(1), []byte("found"))
	begin := c.t
	at := func(s *Store, name string, when time.Time) {
		if err := os.Chtimes(filepath.Join(s.dir, name), when, when); err != nil {
			t.Fatal(err)
		}
	}
	at(old, key(1), begin)
	at(s, key(1), begin)
	s.Put(key(2), []byte("used"))
	at(s, key(2), begin)
	if err := os.WriteFile(filepath.Join(s.dir, unfinished+"1"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	at(s, unfinished+"1", begin)

	c.t = begin.Add(unused / 2)
	if _, ok := s.Get(key(2)); !ok { // used again
		t.Fatal("lost")
	}
	c.t = begin.Add(unused + time.Hour)
	s.trim()
	if _, ok := s.Get(key(1)); ok {
		t.Error("what nobody used is there")
	}
	if _, ok := s.Get(key(2)); !ok {
		t.Error("what was used is gone")
	}
	if n, _ := Size(dir); n != 1 {
		t.Errorf("%d files are left", n)
	}

	big := bytes.Repeat([]byte("x"), most/8)
	for i := range 10 {
		s.Put(key(i+10), big)
		at(s, key(i+10), c.t.Add(time.Duration(i)*time.Second))
	}
	s.trim()
	if _, size := Size(dir); size > most {
		t.Errorf("%d bytes are left", size)
	}
	if _, ok := s.Get(key(19)); !ok {
		t.Error("the newest is gone")
	}
}

// TestBuild identifies this test program, and no file that is none.
func TestBuild(t *testing.T) {
	if Build() == "" {
		t.Error("the program has no identity")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if id := buildID(file) + buildID(file+"x"); id != "" {
		t.Errorf("a text is the build %s", id)
	}
	if err := os.WriteFile(file, []byte("MZ\x00\xff Go build ID: \"a/b/c\"\n \xff code"), 0o600); err != nil {
		t.Fatal(err)
	}
	if id := buildID(file); id != "a/b/c" {
		t.Errorf("the build is %q", id)
	}
}
