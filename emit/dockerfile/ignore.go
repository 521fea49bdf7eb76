package dockerfile

import (
	"path"
	"strings"

	"github.com/opc-project/opc/compiler/model"
)

// ignore is what the template of Dockerfile.dockerignore shows. With Only, nothing is sent but what is kept.
type ignore struct {
	Only          bool
	Ignored, Kept []string
}

// unread is what no build of a Go program reads. The list is short on purpose: a source, or a file that is embedded,
// that is left out breaks the build, while one too many costs a moment. Folders come first.
var unread = []string{
	".git", ".github", ".gitlab", ".idea", ".vscode", "bin", "dist",
	"Dockerfile", "Makefile", "**/.DS_Store", "**/.env", "**/*_test.go",
}

// newIgnore keeps what the Dockerfile copies, wherever it stands.
func newIgnore(d model.Dockerfile) ignore {
	named := append([]string{d.Licenses}, d.Files...)
	if d.Binary != "" {
		out := ignore{Only: true}
		for _, p := range append([]string{binaryPattern(d.Binary)}, named...) {
			if p != "" {
				out.Kept = append(out.Kept, path.Clean(p))
			}
		}
		return out
	}
	out := ignore{Ignored: unread}
	for _, p := range append([]string{d.Package}, named...) {
		if p = path.Clean(p); p != "." && isUnread(p) {
			out.Kept = append(out.Kept, p)
		}
	}
	return out
}

// binaryPattern matches the binaries of all platforms. A platform is two or three path elements.
func binaryPattern(binary string) string {
	return variable.ReplaceAllStringFunc(binary, func(ref string) string {
		if strings.Contains(ref, "TARGETPLATFORM") {
			return "**"
		}
		return "*"
	})
}

func isUnread(p string) bool {
	for _, u := range unread {
		if p == u || strings.HasPrefix(p, u+"/") {
			return true
		}
	}
	return strings.HasSuffix(p, "_test.go") || path.Base(p) == ".env"
}
