package source

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// Changed lists the files of the repository around a folder that differ from HEAD, by their paths in the repository; none
// where there is no repository. Files that git does not know are not among them.
func Changed(ctx context.Context, dir string) ([]string, error) {
	r, err := openRepository(ctx, dir)
	if err != nil {
		return nil, nil //nolint:nilerr // a release need not stand in a repository
	}
	out, err := r.git(ctx, "-c", "core.quotePath=false", "status", "--porcelain", "--untracked-files=no", "--ignore-submodules=dirty")
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(out) {
		if len(line) > 3 {
			names = append(names, strings.TrimSpace(line[3:]))
		}
	}
	return names, nil
}

// A Change is a file of a work tree that is not as it was.
type Change struct {
	Path string // absolute
	Gone bool   // it was deleted, or has another name now
}

// ChangedSince lists the files of the work tree around a folder that differ from a revision, with those that git does not
// know yet and does not ignore. Where the revision is of another branch, the point at which the branches parted counts:
// what happened there since is not this work tree's change.
func ChangedSince(ctx context.Context, dir, revision string) ([]Change, error) {
	r, err := openRepository(ctx, dir)
	if err != nil {
		return nil, err
	}
	if !IsRevision(ctx, dir, revision) {
		return nil, fmt.Errorf("git: there is no revision %s", revision)
	}
	from := revision
	if base, err := r.git(ctx, "merge-base", "--end-of-options", revision, "HEAD"); err == nil {
		from = strings.TrimSpace(base)
	}
	top, err := filepath.EvalSymlinks(r.top)
	if err != nil {
		return nil, err
	}
	differ, err := r.git(ctx, "diff", "--name-status", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=dirty", "-z", from, "--", ":/")
	if err != nil {
		return nil, err
	}
	var changes []Change
	words := strings.Split(strings.TrimSuffix(differ, "\x00"), "\x00")
	for i := 0; i+1 < len(words); i += 2 {
		changes = append(changes, Change{filepath.Join(top, filepath.FromSlash(words[i+1])), words[i] == "D"})
	}
	fresh, err := r.git(ctx, "ls-files", "--others", "--exclude-standard", "--full-name", "-z", "--", ":/")
	if err != nil {
		return nil, err
	}
	for name := range strings.SplitSeq(fresh, "\x00") {
		if name != "" {
			changes = append(changes, Change{filepath.Join(top, filepath.FromSlash(name)), false})
		}
	}
	return changes, nil
}
