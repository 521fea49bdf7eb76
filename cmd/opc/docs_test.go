package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

var (
	mdLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	mdFence   = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	mdHeading = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// pagesOf are the project's own Markdown files: those in the root, and the pages of docs.
func pagesOf(t *testing.T, root string) []string {
	t.Helper()
	out, err := fs.Glob(os.DirFS(root), "*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"docs/*.md", "docs/targets/*.md"} {
		found, err := fs.Glob(os.DirFS(root), pattern)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, found...)
	}
	return out
}

// TestLinks holds that each link of the documentation leads to a file of the repository, and to a heading of it.
func TestLinks(t *testing.T) {
	const root = "../.."
	n := 0
	for _, page := range pagesOf(t, root) {
		text := mdFence.ReplaceAllString(read(t, root, page), "")
		for _, m := range mdLink.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], ":") {
				continue // an address
			}
			n++
			name, fragment, _ := strings.Cut(m[1], "#")
			target := page
			if name != "" {
				target = path.Join(path.Dir(page), name)
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(target))); err != nil {
				t.Errorf("%s links to %s, which does not exist", page, m[1])
			} else if fragment != "" && !slices.Contains(anchors(read(t, root, target)), fragment) {
				t.Errorf("%s links to %s, which has no such heading", page, m[1])
			}
		}
	}
	if n < 30 {
		t.Errorf("only %d links were found", n)
	}
}

// anchors are the addresses of a page's headings, as GitHub and the site give them.
func anchors(text string) []string {
	var out []string
	for _, m := range mdHeading.FindAllStringSubmatch(mdFence.ReplaceAllString(text, ""), -1) {
		var b strings.Builder
		for _, r := range strings.ToLower(m[1]) {
			switch {
			case r == ' ':
				b.WriteByte('-')
			case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127:
				b.WriteRune(r)
			}
		}
		out = append(out, b.String())
	}
	return out
}

// TestMenu holds that the site's menu has each page of the documentation once.
func TestMenu(t *testing.T) {
	const root = "../.."
	var site struct {
		Params struct {
			Menu []struct{ Pages []string }
		}
	}
	if err := toml.Unmarshal([]byte(read(t, root, "docs/site/hugo.toml")), &site); err != nil {
		t.Fatal(err)
	}
	want := []string{"_index"}
	for _, page := range pagesOf(t, root) {
		if name, ok := strings.CutPrefix(page, "docs/"); ok {
			want = append(want, strings.TrimSuffix(name, ".md"))
		}
	}
	var got []string
	for _, part := range site.Params.Menu {
		got = append(got, part.Pages...)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("the menu in docs/site/hugo.toml has\n%s\nand the pages are\n%s", strings.Join(got, " "), strings.Join(want, " "))
	}
}

func read(t *testing.T, root, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
