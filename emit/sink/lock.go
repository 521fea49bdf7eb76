package sink

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/kube"
)

// lockVersion is the format of opc.lock.
const lockVersion = 1

const lockComment = "Written by opc: the files of this folder that opc owns. Not to be edited."

// lock is the content of opc.lock.
type lock struct {
	Version int
	Targets map[string]lockTarget
}

// lockTarget is what one target owns. The input stands with each target, since --only updates some of them.
type lockTarget struct {
	Input string
	Files map[string]string // name to digest
}

// owned is one file of the lock.
type owned struct{ Target, Digest string }

// owned lists all files by name.
func (l lock) owned() map[string]owned {
	out := map[string]owned{}
	for _, target := range slices.Sorted(maps.Keys(l.Targets)) {
		for name, digest := range l.Targets[target].Files {
			out[name] = owned{target, digest}
		}
	}
	return out
}

// next is the lock after want was written.
func (l lock) next(want Want) lock {
	out := lock{Version: lockVersion, Targets: map[string]lockTarget{}}
	taken := map[string]bool{}
	for _, p := range want.Parts {
		t := lockTarget{Input: want.Input, Files: map[string]string{}}
		for _, name := range p.Files.Names() {
			file, _ := p.Files.File(name)
			t.Files[name] = digest(file.Data)
			taken[name] = true
		}
		out.Targets[p.Target] = t
	}
	if !want.Partial {
		return out
	}
	for name, t := range l.Targets {
		if _, ok := out.Targets[name]; ok {
			continue
		}
		t.Files = maps.Clone(t.Files)
		maps.DeleteFunc(t.Files, func(file, _ string) bool { return taken[file] })
		out.Targets[name] = t
	}
	return out
}

// encode writes the lock.
func (l lock) encode() []byte {
	targets := map[string]any{}
	for name, t := range l.Targets {
		files := map[string]any{}
		for file, digest := range t.Files {
			files[file] = digest
		}
		targets[name] = map[string]any{"input": t.Input, "files": files}
	}
	return emit.PlainYAML(map[string]any{"version": lockVersion, "targets": targets}, lockComment)
}

// readLock reads a lock; names that could lead out of the folder are refused, since owned files get deleted.
func readLock(data []byte) (lock, error) {
	var l lock
	if err := kube.DecodeKnown(LockName, data, &l); err != nil {
		return lock{}, errors.New("it is not a lock file of opc")
	}
	if l.Version != lockVersion {
		return lock{}, fmt.Errorf("its version is %d, and this opc knows %d", l.Version, lockVersion)
	}
	for _, name := range slices.Sorted(maps.Keys(l.owned())) {
		if !fs.ValidPath(name) || reserved(name) {
			return lock{}, fmt.Errorf("it names %q, which is not a file that opc writes", name)
		}
	}
	return l, nil
}

// digest is the identity of a file's content.
func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// unchanged reports whether data still has the digest, apart from line ends: a version control system may have
// written CRLF, and that is no edit.
func unchanged(data []byte, want string) bool {
	return digest(data) == want || digest(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))) == want
}
