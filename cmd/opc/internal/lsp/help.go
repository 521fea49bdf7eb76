package lsp

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// at is the place in a description that the editor asks about; ok is false in other files.
func (s *server) at(file string, p position) (c schema.Cursor, text []byte, ok bool) {
	if !slices.Contains(schema.Names, filepath.Base(file)) {
		return c, nil, false
	}
	text = s.text(file)
	c, ok = schema.CursorAt(filepath.Base(file), text, offsetOf(text, p))
	return c, text, ok
}

func (s *server) hover(file string, p position) *hover {
	c, text, ok := s.at(file, p)
	if !ok || c.Word == "" {
		return nil
	}
	help, ok := schema.HelpOf(c.Path)
	if !ok {
		return nil
	}
	return &hover{documented(help, true), span{positionOf(text, c.Start), positionOf(text, c.End)}}
}

// documented is the documentation of a field in Markdown.
func documented(h schema.Help, titled bool) markup {
	var b strings.Builder
	if titled {
		fmt.Fprintf(&b, "**%s**: %s", h.Name, h.Type)
		if h.Required {
			b.WriteString(", required")
		}
		b.WriteString("\n\n")
	}
	b.WriteString(h.Doc)
	if day, instead, ok := strings.Cut(h.Until, " "); ok {
		fmt.Fprintf(&b, "\n\nDeprecated: works until %s. Write %s instead.", day, instead)
	}
	return markup{"markdown", strings.TrimSpace(b.String())}
}

// complete offers the fields of the map at the cursor, or the values of the field.
func (s *server) complete(file string, p position) []completionItem {
	items := []completionItem{}
	c, text, ok := s.at(file, p)
	if !ok {
		return items
	}
	edit := span{positionOf(text, c.Start), positionOf(text, c.End)}
	if c.Key {
		parent, _ := c.Path.Parent()
		colon := ":"
		if next := strings.TrimLeft(string(text[c.End:]), " \t"); strings.HasPrefix(next, ":") {
			colon = ""
		}
		for i, f := range schema.FieldsAt(parent) {
			doc := documented(f, false)
			items = append(items, completionItem{
				Label: f.Name, Kind: kindField, Detail: f.Type, Documentation: &doc, Deprecated: f.Until != "",
				SortText: fmt.Sprintf("%03d", i), TextEdit: textEdit{edit, key(file, f.Name) + suffix(colon)},
			})
		}
		if len(items) > 0 {
			return items
		}
	}
	for i, v := range schema.ValuesAt(c.Path) {
		items = append(items, completionItem{Label: v, Kind: kindValue, SortText: fmt.Sprintf("%03d", i), TextEdit: textEdit{edit, value(file, v)}})
	}
	if len(items) == 0 {
		items = append(items, s.files(file, c, edit)...)
	}
	return items
}

func suffix(colon string) string {
	if colon == "" {
		return ""
	}
	return colon + " "
}

// key writes the name of a field as the file's format does.
func key(file, name string) string {
	if filepath.Ext(file) == ".json" {
		return `"` + name + `"`
	}
	return name
}

// value writes one of the fixed values of a field.
func value(file, v string) string {
	if v == "true" || v == "false" || filepath.Ext(file) == ".yaml" {
		return v
	}
	return `"` + v + `"`
}

// files offers the files and folders beside what is written so far, where the language takes names of files.
func (s *server) files(file string, c schema.Cursor, edit span) []completionItem {
	help, ok := schema.HelpOf(c.Path)
	if !ok || !strings.Contains(strings.ToLower(help.Doc), "file") {
		return nil
	}
	folder := path.Dir(c.Word + "x") // of an unfinished name
	if !filepath.IsLocal(folder) {
		return nil
	}
	entries, err := os.ReadDir(filepath.Join(filepath.Dir(file), filepath.FromSlash(folder)))
	if err != nil {
		return nil
	}
	var items []completionItem
	for _, e := range entries {
		name := path.Join(folder, e.Name())
		if e.IsDir() {
			name += "/"
		}
		if strings.HasPrefix(e.Name(), ".") || !strings.HasPrefix(name, c.Word) {
			continue
		}
		items = append(items, completionItem{Label: name, Kind: kindFile, TextEdit: textEdit{edit, value(file, name)}})
	}
	return items
}

// definition is the file that the value at the cursor names.
func (s *server) definition(file string, p position) *location {
	c, _, ok := s.at(file, p)
	if !ok || c.Key || c.Word == "" || !filepath.IsLocal(filepath.FromSlash(c.Word)) {
		return nil
	}
	target := filepath.Join(filepath.Dir(file), filepath.FromSlash(c.Word))
	if info, err := os.Stat(target); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return &location{URI: uriOf(target)}
}

// actions are the corrections of the findings in a range.
func (s *server) actions(file string, at span) []codeAction {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []codeAction{}
	for _, r := range s.found[file] {
		if after(r.shown.Range.Start, at.End) || after(at.Start, r.shown.Range.End) {
			continue
		}
		add := func(title string, preferred bool, where string, edit textEdit) {
			out = append(out, codeAction{
				Title: title, Kind: quickFix, Diagnostics: []diagnostic{r.shown}, IsPreferred: preferred,
				Edit: workspaceEdit{map[string][]textEdit{uriOf(where): {edit}}},
			})
		}
		if r.Instead != "" {
			add(fmt.Sprintf("Change to %q", r.Instead), true, file, textEdit{r.shown.Range, like(s.known(file), r.Pos, r.Instead)})
		}
		if path, ok := acceptable(r.Diagnostic); ok {
			if edit, ok := accepting(r.description, s.known(r.description), string(r.Code), path); ok {
				add("Accept "+string(r.Code)+" (write the reason)", false, r.description, edit)
			}
		}
	}
	return out
}

func after(a, b position) bool {
	return a.Line > b.Line || a.Line == b.Line && a.Character > b.Character
}

// like writes a word in quotes where the one that it replaces has them.
func like(text []byte, pos diag.Pos, word string) string {
	if at := pos.Offset(text); at < len(text) && (text[at] == '"' || text[at] == '\'') {
		return string(text[at]) + word + string(text[at])
	}
	return word
}

// accepting adds an entry of accept to a description that has none, or before its first one. The reason is left to people:
// opc refuses an entry without one.
func accepting(description string, text []byte, rule, path string) (textEdit, bool) {
	entry, ok := schema.AcceptEntry(filepath.Base(description), text, schema.Proposed(rule, path))
	if !ok {
		return textEdit{}, false
	}
	at := positionOf(text, entry.Offset)
	return textEdit{span{at, at}, entry.Text}, true
}
