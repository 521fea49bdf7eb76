package schema

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"unicode/utf8"

	"github.com/opc-project/opc/schema/diag"
)

// maxSize is the greatest size of a description, and of a file that is looked into for positions. Real ones have some
// kilobytes; the largest CustomResourceDefinitions that are known have 2 MB.
const maxSize = 10 << 20

// maxDepth is how deep a description can be nested. The deepest real CustomResourceDefinitions have about 100 levels.
const maxDepth = 1000

// readText reads a file that must be text in UTF-8 of a sensible size. A byte order mark is dropped: nobody sees it, and
// it would shift the columns of the first line.
func readText(fsys fs.FS, name string) ([]byte, diag.List) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, diag.List{noInput(name, err)}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, diag.List{noInput(name, err)}
	}
	if len(data) > maxSize {
		return nil, diag.List{syntax(diag.Pos{File: name, Line: 1, Col: 1}, "the file is larger than %d MiB", maxSize>>20)}
	}
	if !utf8.Valid(data) {
		return nil, diag.List{syntax(lineCol(name, data, invalid(data)), "the file is not text in UTF-8").
			WithHint("save it in UTF-8")}
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), nil
}

// syntax makes a finding at a position: the text could not be read, so there is no path yet.
func syntax(at diag.Pos, format string, args ...any) diag.Diagnostic {
	d := diag.Errorf(diag.Syntax, "", format, args...)
	d.Pos = at
	return d
}

// lineCol returns the position of an offset in a text.
func lineCol(name string, data []byte, offset int) diag.Pos {
	before := data[:min(offset, len(data))]
	return diag.Pos{
		File: name,
		Line: 1 + bytes.Count(before, []byte("\n")),
		Col:  len(before) - bytes.LastIndexByte(before, '\n'),
	}
}

// invalid returns the offset of the first byte that is not UTF-8.
func invalid(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(data)
}

// reason shortens an error of the file system to what the reader needs.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
