package proofcache

import (
	"bytes"
	"debug/elf"
	"io"
	"os"
	"runtime/debug"
	"strings"
)

// Build identifies the running program: by the build ID that Go's linker writes, which changes with every byte of code, or
// by the released version. "" for a program that has neither.
func Build() string {
	self, err := os.Executable()
	if err != nil {
		return ""
	}
	if id := buildID(self); id != "" {
		return id
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" || strings.Contains(info.Main.Version, "+dirty") {
		return ""
	}
	return info.Main.Path + "@" + info.Main.Version + " " + info.GoVersion
}

// buildID reads the ID where the linker writes it: in a note of an ELF program, and between two markers where the code of
// others begins. "" where there is none.
func buildID(file string) string {
	if f, err := elf.Open(file); err == nil {
		defer f.Close()
		return noted(f)
	}
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, head))
	if err != nil {
		return ""
	}
	_, rest, _ := bytes.Cut(data, []byte("\xff Go build ID: \""))
	id, _, ok := bytes.Cut(rest, []byte("\"\n \xff"))
	if !ok {
		return ""
	}
	return string(id)
}

// head is how much of a program is looked at for the markers.
const head = 64 << 10

// noteHeader is the length of what stands before the ID in its note: two lengths, a type and the name Go.
const noteHeader = 16

func noted(f *elf.File) string {
	note := f.Section(".note.go.buildid")
	if note == nil {
		return ""
	}
	data, err := note.Data()
	if err != nil || len(data) <= noteHeader {
		return ""
	}
	return string(bytes.TrimRight(data[noteHeader:], "\x00"))
}
