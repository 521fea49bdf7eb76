package graph

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/operator-framework/operator-registry/alpha/declcfg"
)

func parsed(t testing.TB, text string) *declcfg.DeclarativeConfig {
	t.Helper()
	cfg, err := declcfg.LoadReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

const before = `
schema: olm.package
name: kiln
defaultChannel: fast
---
schema: olm.channel
package: kiln
name: fast
entries:
- {name: kiln.v1.0.0}
- {name: kiln.v1.1.0, replaces: kiln.v1.0.0}
`

const after = `
schema: olm.package
name: kiln
defaultChannel: fast
---
schema: olm.channel
package: kiln
name: fast
entries:
- {name: kiln.v1.0.0}
- {name: kiln.v1.1.0, replaces: kiln.v1.0.0}
- {name: kiln.v1.1.1, replaces: kiln.v1.0.0}
- {name: kiln.v1.10.0, replaces: kiln.v1.1.0, skips: [kiln.v1.1.1], skipRange: ">=0.9.0 <1.1.0"}
---
schema: olm.channel
package: kiln
name: beta
entries:
- {name: kiln.v1.10.0, replaces: kiln.v1.9.0}
- {name: kiln-old, skips: []}
---
schema: olm.deprecations
package: kiln
entries:
- {reference: {schema: olm.package}, message: "Use ovens.\nThey are warmer."}
- {reference: {schema: olm.bundle, name: kiln.v1.0.0}, message: Cracks.}
- {reference: {schema: olm.channel, name: beta}, message: Ends.}
`

func TestText(t *testing.T) {
	const want = `kiln, deprecated: Use ovens. They are warmer.

  channel fast (default)
    1.10.0 (new, head)
      upgrades 1.1.0 (replaces)
      upgrades 1.1.1 (skips)
      upgrades 1.0.0 (skipRange >=0.9.0 <1.1.0)
    1.1.1 (new, skipped)
      upgrades 1.0.0 (replaces)
    1.1.0
      upgrades 1.0.0 (replaces)
    1.0.0, deprecated: Cracks.

  channel beta (new), deprecated: Ends.
    1.10.0 (new, head)
      upgrades 1.9.0 (replaces)
    1.9.0 (not in the channel)
    kiln-old (new, head, no upgrade)
`
	var got strings.Builder
	if err := Text(&got, Of(*parsed(t, after), parsed(t, before))); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}

// TestAgreesWithOPM holds that the head is the one that operator-registry finds, where it accepts the catalog.
func TestAgreesWithOPM(t *testing.T) {
	bundles := ""
	for _, v := range []string{"1.0.0", "1.1.0", "1.1.1", "1.10.0"} {
		bundles += fmt.Sprintf("---\n{schema: olm.bundle, package: kiln, name: kiln.v%s, image: example.com/kiln:%s, properties: [{type: olm.package, value: {packageName: kiln, version: %s}}]}\n", v, v, v)
	}
	cfg := parsed(t, before+bundles[:strings.Index(bundles, "1.1.1")-len("---\n{schema: olm.bundle, package: kiln, name: kiln.v")]+
		"---\n{schema: olm.channel, package: kiln, name: slow, entries: [{name: kiln.v1.0.0}]}\n")
	m, err := declcfg.ConvertToModel(*cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range Of(*cfg, nil)[0].Channels {
		head, err := m["kiln"].Channels[c.Name].Head()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range c.Versions {
			if v.Head != (v.Name == head.Name) || v.Stuck {
				t.Errorf("%s: %+v, and the head is %s", c.Name, v, head.Name)
			}
		}
	}
}

// TestEdgesStayInTheirLanes holds that no two lines of the drawing run over each other.
func TestEdgesStayInTheirLanes(t *testing.T) {
	var text strings.Builder
	text.WriteString("schema: olm.channel\npackage: kiln\nname: fast\nentries:\n- {name: kiln.v1.0.0}\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&text, "- {name: kiln.v1.%d.0, replaces: kiln.v1.%d.0, skips: [kiln.v1.%d.0], skipRange: \">=1.%d.0 <1.%d.0\"}\n", i, i-1, i*7%i, i/2, i)
	}
	p := Of(*parsed(t, text.String()), nil)[0]
	g, _, _ := layout(p, p.Channels[0])
	if len(g.Lines) < 40 {
		t.Fatalf("only %d lines", len(g.Lines))
	}
	for i, a := range g.Lines {
		for _, b := range g.Lines[:i] {
			if a.X == b.X && min(a.Top, a.Ticks[0]) <= max(b.End, b.Top) && min(b.Top, b.Ticks[0]) <= max(a.End, a.Top) {
				t.Errorf("%+v runs over %+v", a, b)
			}
		}
	}
}

// TestHostileNames holds that no name leaves its place: the picture stays XML, and the graph its lines.
func TestHostileNames(t *testing.T) {
	const evil = "kiln.v1.0.0\"]\n%%{init: {}}%%<script>alert(1)</script>`#;"
	cfg := parsed(t, fmt.Sprintf("schema: olm.channel\npackage: %q\nname: %q\nentries:\n- {name: %q}\n- {name: b, replaces: %q}\n", evil, evil, evil, evil))
	packages := Of(*cfg, nil)
	var svg, mermaid bytes.Buffer
	if err := errors.Join(SVG(&svg, packages), Mermaid(&mermaid, packages)); err != nil {
		t.Fatal(err)
	}
	var elements []string
	for d := xml.NewDecoder(&svg); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			elements = append(elements, e.Name.Local)
		}
	}
	if slices.Contains(elements, "script") || !slices.Contains(elements, "rect") {
		t.Error(elements)
	}
	lines := strings.Split(strings.TrimSpace(mermaid.String()), "\n")
	if len(lines) != 9 || strings.ContainsAny(mermaid.String(), "<`%") {
		t.Errorf("%d lines:\n%s", len(lines), &mermaid)
	}
}

// FuzzOf holds that whatever operator-registry reads as a catalog is drawn, with each entry and the head in it.
func FuzzOf(f *testing.F) {
	f.Add(before)
	f.Add(after)
	f.Fuzz(func(t *testing.T, text string) {
		cfg, err := declcfg.LoadReader(strings.NewReader(text))
		if err != nil {
			return
		}
		packages := Of(*cfg, nil)
		for _, p := range packages {
			for _, c := range p.Channels {
				for _, e := range c.Edges {
					if e.From == e.To || e.From >= len(c.Versions) || e.To >= len(c.Versions) {
						t.Fatalf("%+v", e)
					}
				}
			}
		}
		for _, write := range []func(io.Writer, []Package) error{Text, JSON, Mermaid, SVG} {
			if err := write(io.Discard, packages); err != nil {
				t.Fatal(err)
			}
		}
	})
}
