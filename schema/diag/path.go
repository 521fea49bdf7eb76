package diag

import (
	"strconv"
	"strings"
)

// Path names a place without a position: a slash-separated path into the description ("/channels/0"), or into a file
// that the description names ("@config/crd/bases/x.yaml#0/spec/group": the file, the document's number, the path).
// Elements are escaped as in a JSON pointer (RFC 6901: "~" is "~0", "/" is "~1"). The empty Path is the whole
// description.
type Path string

var (
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

// Escape returns elem as one element of a pointer (RFC 6901 section 3).
func Escape(elem string) string { return escaper.Replace(elem) }

// Unescape returns the text of one element of a pointer.
func Unescape(elem string) string { return unescaper.Replace(elem) }

// InFile returns the path of document doc (from 0) of a file that the description names.
func InFile(file string, doc int) Path {
	return Path("@" + file + "#" + strconv.Itoa(doc))
}

// Child returns the path of a field or list element of p.
func (p Path) Child(elem string) Path { return p + "/" + Path(Escape(elem)) }

// Index returns the path of element i of the list at p.
func (p Path) Index(i int) Path { return p + "/" + Path(strconv.Itoa(i)) }

// Join appends a JSON pointer ("" or "/a/b"), whose elements are already escaped.
func (p Path) Join(pointer string) Path { return p + Path(pointer) }

// File splits off the file part: ok is false for a path into the description itself.
func (p Path) File() (file string, doc int, rest Path, ok bool) {
	at, end := p.document()
	if at < 0 {
		return "", 0, p, false
	}
	doc, err := strconv.Atoi(string(p[at+1 : end]))
	return string(p[1:at]), doc, p[end:], err == nil
}

// document returns where the document's number stands in a path into a file: from the "#", which file names may have
// too, to the end of the digits. at is -1 for a path into the description.
func (p Path) document() (at, end int) {
	if !strings.HasPrefix(string(p), "@") {
		return -1, 0
	}
	for at := 1; at < len(p); at++ {
		if p[at] != '#' {
			continue
		}
		end := at + 1
		for end < len(p) && p[end] >= '0' && p[end] <= '9' {
			end++
		}
		if end > at+1 && (end == len(p) || p[end] == '/') {
			return at, end
		}
	}
	return -1, 0
}

// Parent returns the path one element up; ok is false at the root of the description or of a file's document.
func (p Path) Parent() (Path, bool) {
	_, start := p.document()
	i := strings.LastIndexByte(string(p[start:]), '/')
	if i < 0 {
		return "", false
	}
	return p[:start+i], true
}

// Elems returns the unescaped elements of the path's pointer part.
func (p Path) Elems() []string {
	_, _, rest, _ := p.File()
	if rest == "" {
		return nil
	}
	parts := strings.Split(strings.TrimPrefix(string(rest), "/"), "/")
	for i := range parts {
		parts[i] = Unescape(parts[i])
	}
	return parts
}

// Dotted writes the path for people: maintainers[0].email, apis["databases.db.example.com"].displayName.
func (p Path) Dotted() string {
	var b strings.Builder
	for _, elem := range p.Elems() {
		switch {
		case elem != "" && strings.Trim(elem, "0123456789") == "":
			b.WriteString("[" + elem + "]")
		case elem == "" || strings.ContainsAny(elem, " ./[]\""):
			b.WriteString("[" + strconv.Quote(elem) + "]")
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(elem)
		}
	}
	if b.Len() == 0 {
		return "the description"
	}
	return b.String()
}
