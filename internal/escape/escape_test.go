package escape

import (
	"strings"
	"testing"
)

func TestFormats(t *testing.T) {
	for _, test := range []struct {
		name   string
		format func(string) string
		in     string
		want   string
	}{
		{"control characters", Text, "a\x1b[2J\u202eb\u2028c\x00\td\ne\xff", "a\ufffd[2J\ufffdb\ufffdc\ufffd\td\ne\ufffd"},
		{"line breaks", Line, "a\n::error::b\r\n##[error]c", `a\n::error::b` + "\ufffd" + `\n#\#[error]c`},
		{"commands anywhere in a line", Line, "size ##vso[task.complete] ##teamcity[x] ## [y]", `size #\#vso[task.complete] #\#teamcity[x] ## [y]`},
		{"commands on lines of their own", func(s string) string { return Lines(s, "    ") }, "one\n \t::error::two\nthree ::four", "one\n     \t\\::error::two\n    three ::four"},
		{"workflow data", CommandData, "50%\r\n::error::x", "50%25\ufffd%0A::error::x"},
		{"workflow property", CommandProperty, "a,b:c%\n", "a%2Cb%3Ac%25%0A"},
		{"links of SARIF", Message, "see [here](https://evil.example) and list[0] and f(x)", `see \[here](https://evil.example) and list[0] and f(x)`},
		{"markup", Markdown, "`a` *b* _c_ ~~d~~ [e](f) <g> &lt; h|i\\", "\\`a\\` \\*b\\* \\_c\\_ \\~\\~d\\~\\~ \\[e\\](f) &lt;g&gt; &amp;lt; h\\|i\\\\"},
		{"mentions", Markdown, "by @somebody", "by @&#8203;somebody"},
		{"headings", Markdown, "# a\n# b", `\# a \# b`},
		{"lists", Markdown, "- a", `\- a`},
		{"numbered lists", Markdown, "12. a", `12\. a`},
		{"rules", Markdown, "---", `--\-`},
		{"versions", Markdown, "1.2.0 is out", "1.2.0 is out"},
		{"addresses", Link, "https://example.com/a?b=c&d", "<https://example.com/a?b=c&d>"},
		{"addresses with spaces", Link, "https://example.com> [x](y) |", `https://example.com&gt; \[x\](y) \|`},
		{"no address", Link, "our wiki", "our wiki"},
		{"code", Code, "a|b", "`a\\|b`"},
		{"code with backquotes", Code, "`a``b", "``` `a``b ```"},
		{"cells", Cell, "Use `<name>|x`, or <b>\nwith | pipes", "Use `<name>\\|x`, or &lt;b> with \\| pipes"},
		{"fences", func(s string) string { return Fence("yaml", s) }, "a: b\n````\n# c\n", "`````yaml\na: b\n````\n# c\n`````\n"},
		{"open code", Block, "# T\n\n~~~sh\nrun\n```\n", "# T\n\n~~~sh\nrun\n```\n~~~"},
		{"closed code", Block, "```sh\nrun <!-- it\n```\ntext\n", "```sh\nrun <!-- it\n```\ntext"},
		{"open comment", Block, "a <!-- b", "a <!-- b\n-->"},
	} {
		if got := test.format(test.in); got != test.want {
			t.Errorf("%s: %q gives\n%q, want\n%q", test.name, test.in, got, test.want)
		}
	}
}

// FuzzFormats checks what must be true of any text.
func FuzzFormats(f *testing.F) {
	f.Add("x\n::error::y `z` @you | <b> ##[group]")
	f.Fuzz(func(t *testing.T, s string) {
		for name, got := range map[string]string{
			"Line": Line(s), "CommandData": CommandData(s), "CommandProperty": CommandProperty(s),
			"Markdown": Markdown(s), "Code": Code(s), "Cell": Cell(s), "Link": Link(s),
		} {
			if strings.ContainsAny(got, "\n\r\x1b\u2028\u202e") {
				t.Errorf("%s of %q breaks the line: %q", name, s, got)
			}
		}
		if Line(s) != Line(Line(s)) {
			t.Errorf("Line of %q is not stable: %q", s, Line(Line(s)))
		}
		block := Fence("", s)
		mark := block[:strings.Index(block, "\n")]
		if strings.Contains(block[len(mark):len(block)-len(mark)-1], mark) {
			t.Errorf("%q closes its code block: %q", s, block)
		}
	})
}
