package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/Masterminds/semver/v3"
)

// repository is a git repository, read with git itself: it knows every format of a repository, and never touches the
// work tree for what is asked here.
type repository struct {
	dir string // some folder in it
	top string // its work tree
}

func openRepository(ctx context.Context, dir string) (*repository, error) {
	r := &repository{dir: dir}
	top, err := r.git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	r.top = filepath.FromSlash(strings.TrimRight(top, "\n"))
	return r, nil
}

func (r *repository) git(ctx context.Context, args ...string) (string, error) {
	cmd := command(ctx, r.dir, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return "", errors.New("git is not installed")
		}
		message, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(stderr.String()), "fatal: "), "\n")
		if message == "" {
			message = err.Error()
		}
		return "", fmt.Errorf("git: %s", message)
	}
	return stdout.String(), nil
}

// command is git in a folder. A repository may be anybody's, and its configuration names programs: none is run, and what
// a partial clone lacks is not downloaded.
func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	safe := []string{"-C", dir, "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull}
	cmd := exec.CommandContext(ctx, "git", append(safe, args...)...)
	cmd.Env = append(environment(), "GIT_NO_LAZY_FETCH=1", "GIT_TERMINAL_PROMPT=0")
	return cmd
}

// environment is that of this process without the repository that git tells its hooks of: ours is found by its folder.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_EXTERNAL_DIFF"}, name)
	})
}

// below is the path of a folder of the work tree inside the repository, with slashes; "." is all.
func (r *repository) below(dir string) (string, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", err
	}
	top, err := filepath.EvalSymlinks(r.top)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(top, real)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", fmt.Errorf("%s is not in the git repository %s", dir, r.top)
	}
	return filepath.ToSlash(rel), nil
}

// IsRevision reports whether a name is a revision of the git repository around a folder.
func IsRevision(ctx context.Context, dir, name string) bool {
	r, err := openRepository(ctx, dir)
	if err != nil || strings.HasPrefix(name, "-") {
		return false
	}
	_, err = r.git(ctx, "rev-parse", "--verify", "--quiet", name+"^{commit}")
	return err == nil
}

// lastTag is the newest version tag below HEAD. Of an operator that shares its repository with others, tags may begin
// with its name, as in NAME/v1.2.3 or NAME-v1.2.3. The version's own tag at HEAD does not count as long as nothing was
// changed since: then the version was released just here, and is held against the one before.
func (r *repository) lastTag(ctx context.Context, name, version string) (string, error) {
	out, err := r.git(ctx, "for-each-ref", "--merged", "HEAD", "--format=%(refname:strip=2) %(objectname) %(*objectname)", "refs/tags")
	if err != nil {
		return "", err
	}
	head, err := r.git(ctx, "rev-parse", "HEAD")
	if err != nil {
		return "", err
	}
	changed, err := r.git(ctx, "status", "--porcelain", "--ignore-submodules=dirty", "--", ".")
	if err != nil {
		return "", err
	}
	best, found := "", (*semver.Version)(nil)
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		v := tagVersion(f[0], name)
		if v == nil || changed == "" && f[len(f)-1] == strings.TrimSpace(head) && v.Original() == version {
			continue
		}
		if found == nil || v.GreaterThan(found) {
			best, found = f[0], v
		}
	}
	return best, nil
}

// tagVersion reads the version of a tag; nil when it is no version of the operator.
func tagVersion(tag, name string) *semver.Version {
	for _, prefix := range []string{name + "/", name + "-", ""} {
		if rest, ok := strings.CutPrefix(tag, prefix); ok {
			if v, err := semver.StrictNewVersion(strings.TrimPrefix(rest, "v")); err == nil {
				return v
			}
		}
	}
	return nil
}

// tree is a folder of one revision as a file system. Contents are read when they are asked for.
type tree struct {
	entries map[string]*blob // by path below the folder
	mu      sync.Mutex
	in      io.WriteCloser
	out     *bufio.Reader
	stop    func()
}

type blob struct {
	name, hash string
	size       int64
	link       bool
	kids       []string // of a folder: names
}

// tree opens a folder of a revision.
func (r *repository) tree(ctx context.Context, revision, folder string) (*tree, error) {
	if strings.HasPrefix(revision, "-") {
		return nil, fmt.Errorf("git: %q is no revision", revision)
	}
	if _, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}"); err != nil {
		return nil, fmt.Errorf("git: there is no revision %s", revision)
	}
	list, err := r.git(ctx, "ls-tree", "-r", "-l", "-z", "--full-tree", revision, "--", prefixed(folder))
	if err != nil {
		return nil, err
	}
	t := &tree{entries: map[string]*blob{".": {name: "."}}}
	for entry := range strings.SplitSeq(strings.TrimRight(list, "\x00"), "\x00") {
		meta, name, ok := strings.Cut(entry, "\t")
		f := strings.Fields(meta)
		if !ok || len(f) != 4 || f[1] != "blob" {
			continue
		}
		if folder != "." {
			name = strings.TrimPrefix(name, folder+"/")
		}
		size, _ := strconv.ParseInt(f[3], 10, 64)
		t.add(name, &blob{name: path.Base(name), hash: f[2], size: size, link: f[0] == "120000"})
	}
	if len(t.entries) == 1 {
		return nil, fmt.Errorf("git: there is no folder %s in %s", folder, revision)
	}
	return t, t.start(ctx, r)
}

func prefixed(folder string) string {
	if folder == "." {
		return "."
	}
	return folder + "/"
}

// add puts an entry in, with the folders above it.
func (t *tree) add(name string, b *blob) {
	t.entries[name] = b
	for name != "." {
		up := path.Dir(name)
		dir, known := t.entries[up]
		if !known {
			dir = &blob{name: path.Base(up)}
			t.entries[up] = dir
		}
		dir.kids = append(dir.kids, path.Base(name))
		if known {
			return
		}
		name = up
	}
}

// start starts the process that reads contents.
func (t *tree) start(ctx context.Context, r *repository) error {
	cmd := command(ctx, r.dir, "cat-file", "--batch")
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("git: %w", err)
	}
	t.in, t.out = in, bufio.NewReader(out)
	t.stop = func() { in.Close(); _ = cmd.Wait() }
	return nil
}

// Close ends the process that reads contents.
func (t *tree) Close() { t.stop() }

// read returns the contents of an object.
func (t *tree) read(hash string) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := io.WriteString(t.in, hash+"\n"); err != nil {
		return nil, err
	}
	header, err := t.out.ReadString('\n')
	if err != nil {
		return nil, err
	}
	f := strings.Fields(header)
	if len(f) != 3 {
		return nil, fmt.Errorf("git: %s", strings.TrimSpace(header))
	}
	size, err := strconv.Atoi(f[2])
	if err != nil {
		return nil, err
	}
	data := make([]byte, size+1) // a line end follows
	if _, err := io.ReadFull(t.out, data); err != nil {
		return nil, err
	}
	return data[:size], nil
}

// find follows links, as far as they stay in the folder.
func (t *tree) find(op, name string) (*blob, error) {
	fail := &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	rest, at := strings.Split(name, "/"), "."
	for links := 0; len(rest) > 0; {
		next := path.Join(at, rest[0])
		rest = rest[1:]
		b := t.entries[next]
		switch {
		case b == nil:
			return nil, fail
		case !b.link:
			at = next
			continue
		}
		target, err := t.read(b.hash)
		if links++; err != nil || links > 40 || path.IsAbs(string(target)) {
			return nil, fail
		}
		to := path.Join(path.Dir(next), string(target))
		if to == ".." || strings.HasPrefix(to, "../") {
			return nil, fail
		}
		rest, at = append(strings.Split(to, "/"), rest...), "."
	}
	return t.entries[at], nil
}

// Open implements fs.FS.
func (t *tree) Open(name string) (fs.File, error) {
	b, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	f := &file{t: t, blob: b}
	if b.hash == "" {
		for _, kid := range slices.Sorted(slices.Values(b.kids)) {
			k, err := t.find("open", path.Join(name, kid))
			if err != nil {
				continue // a link that leads nowhere
			}
			f.list = append(f.list, fs.FileInfoToDirEntry(info{k, kid}))
		}
		return f, nil
	}
	data, err := t.read(b.hash)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	f.Reader = bytes.NewReader(data)
	return f, nil
}

// file is an open file or folder.
type file struct {
	*bytes.Reader
	t    *tree
	blob *blob
	list []fs.DirEntry
}

func (f *file) Stat() (fs.FileInfo, error) { return info{f.blob, f.blob.name}, nil }
func (f *file) Close() error               { return nil }

func (f *file) Read(p []byte) (int, error) {
	if f.Reader == nil {
		return 0, &fs.PathError{Op: "read", Path: f.blob.name, Err: errors.New("is a folder")}
	}
	return f.Reader.Read(p)
}

// ReadDir implements fs.ReadDirFile.
func (f *file) ReadDir(n int) ([]fs.DirEntry, error) {
	list := f.list
	if n > 0 {
		if len(list) == 0 {
			return nil, io.EOF
		}
		list = list[:min(n, len(list))]
	}
	f.list = f.list[len(list):]
	return list, nil
}

// info is what is known of a file without reading it.
type info struct {
	*blob
	as string
}

func (i info) Name() string { return i.as }
func (i info) Size() int64  { return i.size }
func (i info) Mode() fs.FileMode {
	if i.hash == "" {
		return fs.ModeDir | 0o755
	}
	return 0o644
}
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.hash == "" }
func (i info) Sys() any           { return nil }
