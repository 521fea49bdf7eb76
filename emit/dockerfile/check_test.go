package dockerfile

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/schema/diag"
)

func TestFindings(t *testing.T) {
	text := func(s string) *string { return &s }
	tests := []struct {
		name   string
		change func(*model.Operator)
		want   []string // severity code path
	}{
		{
			"package without ./",
			func(m *model.Operator) { m.Dockerfile.Package = "cmd" },
			[]string{"error OPC1005 /dockerfile/package"},
		},
		{
			"package that is a flag",
			func(m *model.Operator) { m.Dockerfile.Package = "-o.go" },
			[]string{"error OPC1005 /dockerfile/package"},
		},
		{
			"package with a command",
			func(m *model.Operator) { m.Dockerfile.Package = "./cmd; id" },
			[]string{"error OPC1005 /dockerfile/package"},
		},
		{
			"base with an instruction",
			func(m *model.Operator) { m.Dockerfile.Base = "scratch\nRUN id" },
			[]string{"error OPC1005 /dockerfile/base"},
		},
		{
			"base with a stage name",
			func(m *model.Operator) { m.Dockerfile.Base = "scratch AS x" },
			[]string{"error OPC1005 /dockerfile/base"},
		},
		{
			"builder with a flag",
			func(m *model.Operator) { m.Dockerfile.Builder = "--platform=x golang" },
			[]string{"error OPC1005 /dockerfile/builder"},
		},
		{
			"version of Go",
			func(m *model.Operator) { m.Dockerfile.GoVersion = "1.26 AS x" },
			[]string{"error OPC1005 /dockerfile/goVersion"},
		},
		{
			"named user",
			func(m *model.Operator) { m.Dockerfile.User = "nonroot" },
			[]string{"error OPC1005 /dockerfile/user"},
		},
		{
			"relative entrypoint",
			func(m *model.Operator) { m.Dockerfile.Entrypoint = "manager" },
			[]string{"error OPC1005 /dockerfile/entrypoint"},
		},
		{
			"entrypoint with a second word",
			func(m *model.Operator) { m.Dockerfile.Entrypoint = `/manager", "-x` },
			[]string{"error OPC1005 /dockerfile/entrypoint"},
		},
		{
			"ldflags on two lines",
			func(m *model.Operator) { m.Dockerfile.Ldflags = "-s\nRUN id" },
			[]string{"error OPC3001 /dockerfile/ldflags"},
		},
		{
			"build tag",
			func(m *model.Operator) { m.Dockerfile.Tags = []string{"a", "b c"} },
			[]string{"error OPC1005 /dockerfile/tags/1"},
		},
		{"file outside", func(m *model.Operator) { m.Dockerfile.Files = []string{"ok", "../x", "/etc/passwd", "a/../../b"} },
			[]string{"error OPC1011 /dockerfile/files/1", "error OPC1011 /dockerfile/files/2", "error OPC1011 /dockerfile/files/3"}},
		{
			"file that is a flag",
			func(m *model.Operator) { m.Dockerfile.Files = []string{"--from=x y"} },
			[]string{"error OPC1005 /dockerfile/files/0"},
		},
		{
			"licenses on two lines",
			func(m *model.Operator) { m.Dockerfile.Licenses = "LICENSE\nRUN id" },
			[]string{"error OPC1005 /dockerfile/licenses"},
		},
		{"label on two lines", func(m *model.Operator) { m.Dockerfile.Labels = map[string]string{"a/b": "x\nRUN id", "ok": "x"} },
			[]string{"error OPC3001 /dockerfile/labels/a~1b"}},
		{
			"label's key",
			func(m *model.Operator) { m.Dockerfile.Labels = map[string]string{"a=b": "x"} },
			[]string{"error OPC1005 /dockerfile/labels/a=b"},
		},
		{"bundle annotation on two lines", func(m *model.Operator) { m.OLM.BundleAnnotations = map[string]*string{"a": text("x\r\ny")} },
			[]string{"error OPC3001 /olm/bundleAnnotations/a"}},
		{
			"removed bundle annotation",
			func(m *model.Operator) { m.OLM.BundleAnnotations = map[string]*string{"a\n": nil} },
			nil,
		},
		{
			"source on two lines",
			func(m *model.Operator) { m.Source = "https://x\nRUN id" },
			[]string{"error OPC3001 /source"},
		},
		{"display name with a control character, which becomes a blank", func(m *model.Operator) { m.DisplayName = "A\x1b[31m" }, nil},
		{
			"display name with a character that is none",
			func(m *model.Operator) { m.DisplayName = "A\ufffd" },
			[]string{"error OPC3001 /displayName"},
		},
		{"summary on two lines is joined", func(m *model.Operator) { m.Summary = "One\ntwo\n" }, nil},
		{
			"binary outside",
			func(m *model.Operator) { m.Dockerfile.Binary = "../bin/$TARGETARCH" },
			[]string{"error OPC1011 /dockerfile/binary"},
		},
		{
			"binary with an unknown variable",
			func(m *model.Operator) { m.Dockerfile.Binary = "bin/$HOME/$TARGETARCH" },
			[]string{"error OPC1005 /dockerfile/binary"},
		},
		{
			"binary with a command",
			func(m *model.Operator) { m.Dockerfile.Binary = "bin/$(id)" },
			[]string{"error OPC1005 /dockerfile/binary"},
		},
		{
			"one binary for two platforms",
			func(m *model.Operator) { m.Dockerfile.Binary = "bin/manager" },
			[]string{"warning OPC1005 /dockerfile/binary"},
		},
		{"one binary for one platform", func(m *model.Operator) {
			m.Dockerfile.Binary, m.Image.Platforms = "bin/manager", []string{"linux/amd64"}
		}, nil},
		{
			"cgo on a static base",
			func(m *model.Operator) { m.Dockerfile.CGO = true },
			[]string{"warning OPC2006 /dockerfile/base"},
		},
		{"cgo linked statically", func(m *model.Operator) {
			m.Dockerfile.CGO, m.Dockerfile.Ldflags = true, "-linkmode external -extldflags=-static"
		}, nil},
		{"redhat without what it demands", func(m *model.Operator) {
			m.Dockerfile.Profile = "redhat"
			m.Summary, m.Description, m.Maintainers, m.Provider.Name = "", "", nil, ""
		}, []string{
			"error OPC1003 /description", "error OPC1003 /maintainers", "error OPC1003 /summary", "error OPC1003 /provider/name",
			"error OPC1003 /dockerfile/licenses",
		}},
		{"redhat with labels instead", func(m *model.Operator) {
			m.Dockerfile.Profile, m.Dockerfile.Licenses = "redhat", "LICENSE"
			m.Summary, m.Description, m.Maintainers, m.Provider.Name = "", "", nil, ""
			m.Dockerfile.Labels = map[string]string{"vendor": "v", "maintainer": "m", "summary": "s", "description": "d"}
		}, nil},
		{"redhat with an empty label", func(m *model.Operator) {
			m.Dockerfile.Profile, m.Dockerfile.Licenses = "redhat", "LICENSE"
			m.Dockerfile.Labels = map[string]string{"vendor": ""}
		}, []string{"error OPC1003 /provider/name"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			m := sample()
			tc.change(m)
			set, diags := Target.Emit(m)
			var got []string
			for _, d := range diags {
				got = append(got, strings.Join([]string{d.Severity.String(), string(d.Code), string(d.Path)}, " "))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if _, ok := set.File("Dockerfile"); ok == refused(diags) {
				t.Errorf("Dockerfile is written: %v", ok)
			}
		})
	}
}

// refused reports whether the operator's Dockerfile has an error.
func refused(diags diag.List) bool {
	return slices.ContainsFunc(diags, func(d diag.Diagnostic) bool {
		return d.Severity == diag.Error && !strings.HasPrefix(string(d.Path), "/olm/")
	})
}

// TestLdflagsInShell lets a real shell read the flags: only build arguments are expanded, nothing is run.
func TestLdflagsInShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh on this machine")
	}
	tests := []struct {
		flags, want string
		used        []string
	}{
		{"-s -w", "-s -w", nil},
		{"-X main.v=$VERSION -X main.c=${REVISION}-x", "-X main.v=1.2.3 -X main.c=abc-x", []string{"VERSION", "REVISION"}},
		{"$VERSIONS ${VERSION:-x} $PATH", "$VERSIONS ${VERSION:-x} $PATH", nil},
		{"\"; id; \" `id` $(id) \\ 'q' \\$VERSION", "\"; id; \" `id` $(id) \\ 'q' \\1.2.3", []string{"VERSION"}},
		{"<<EOF && id # $$ $", "<<EOF && id # $$ $", nil},
	}
	for _, tc := range tests {
		word, used := shellQuote(tc.flags, stampable)
		cmd := exec.Command(sh, "-c", "printf %s "+word)
		cmd.Env = []string{"VERSION=1.2.3", "REVISION=abc"}
		out, err := cmd.CombinedOutput()
		if err != nil || string(out) != tc.want {
			t.Errorf("%s: the shell reads %q (%v), want %q", word, out, err, tc.want)
		}
		if !slices.Equal(used, tc.used) {
			t.Errorf("%s: uses %v, want %v", tc.flags, used, tc.used)
		}
	}
}

// FuzzNoBreakOut puts any text into every field: either it is refused, or BuildKit sees the same instructions as ever.
// A label is what was said, to the letter.
func FuzzNoBreakOut(f *testing.F) {
	for _, s := range []string{"x\nRUN id", `"; id`, `\`, "<<EOF", "$(id)", "a b", "--from=x", "`", "# x", "é", "\u2028", "./x", "x.go"} {
		f.Add(s)
	}
	shape := func(t testing.TB, m *model.Operator) []string {
		set, diags := Target.Emit(m)
		if diags.HasErrors() {
			return nil
		}
		var out []string
		for _, name := range []string{"Dockerfile", "bundle.Dockerfile"} {
			for _, s := range parse(t, content(t, set, name)).stages {
				out = append(out, "FROM "+s.Name)
				for _, c := range s.Commands {
					out = append(out, c.Name())
				}
			}
		}
		return out
	}
	fill := func(m *model.Operator, field int, s string) {
		d := &m.Dockerfile
		d.Tags, d.Files, d.Licenses = []string{"t"}, []string{"f"}, "l"
		d.Labels = map[string]string{"l": "x"}
		m.OLM.BundleAnnotations = map[string]*string{"a": &s}
		for i, p := range []*string{
			&d.Package, &d.Entrypoint, &d.GoVersion, &d.Builder, &d.Base, &d.User, &d.Ldflags, &d.Tags[0], &d.Files[0],
			&d.Licenses, &m.Version, &m.DisplayName, &m.Summary, &m.License, &m.Source, &m.Homepage, &m.Provider.Name,
			&m.Maintainers[0].Name, &m.Release.Channels[0], &m.OLM.Package, &m.Release.Date,
		} {
			if i == field {
				*p = s
			}
		}
		if field == 21 {
			d.Labels["l"] = s
		}
	}
	const fields = 22
	f.Fuzz(func(t *testing.T, s string) {
		if c := (&checker{}); c.line(s, "") == s && !c.diags.HasErrors() {
			p := parse(t, "FROM scratch\nLABEL a="+quote(s)+" \\\n  b=c\n")
			if diff := cmp.Diff(map[string]string{"a": s, "b": "c"}, p.labels(t)); diff != "" {
				t.Error(diff)
			}
		}
		for i := range fields {
			plain, m := sample(), sample()
			fill(plain, -1, "x")
			fill(m, i, s)
			want, got := shape(t, plain), shape(t, m)
			if got == nil || s == "" {
				continue
			}
			// Another builder or base may add lines of opc's own.
			if i == 3 || i == 4 {
				got = slices.DeleteFunc(got, func(n string) bool { return n == "ENV" })
			}
			if diff := cmp.Diff(count(want, i), count(got, i)); diff != "" {
				t.Errorf("field %d with %q: %s", i, s, diff)
			}
		}
	})
}

// count numbers the instructions by name, apart from those that opc itself adds for another builder, base or flag.
func count(names []string, field int) map[string]int {
	out := map[string]int{}
	for _, n := range names {
		out[n]++
	}
	if field == 3 {
		delete(out, "USER")
	}
	if field == 4 {
		delete(out, "COPY")
	}
	if field == 6 {
		delete(out, "ARG")
	}
	return out
}
