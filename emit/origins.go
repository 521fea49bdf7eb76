package emit

import (
	"strconv"

	"github.com/opc-project/opc/compiler/model"
)

// ObjectOrigins are the origins of a file that holds one object.
func ObjectOrigins(o model.Object) []Origin { return origins("", o) }

// DocumentOrigins are the origins of an object that is document n, from 0, of a file of several. Such a file needs a
// root origin besides.
func DocumentOrigins(n int, o model.Object) []Origin { return origins("/"+strconv.Itoa(n), o) }

func origins(prefix string, o model.Object) []Origin {
	out := []Origin{{Pointer: prefix, Path: o.From}}
	for _, part := range o.Origins {
		origin := Origin{Pointer: prefix + part.Pointer, Path: part.From, Whole: part.Whole}
		if part.Pointer == "" {
			out[0] = origin
			continue
		}
		out = append(out, origin)
	}
	return out
}
