package opc

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/davecgh/go-spew/spew"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/schema/diag"
	"github.com/opc-project/opc/verify"
)

// Proofs remembers what verification found, from one run to the next. A key is the digest of everything that goes into
// verification, but for the program: what another build of opc kept must not be found. Losing an entry, or all of them,
// changes nothing but the time of a run, so neither method has an error. They are called from several goroutines where
// several descriptions are compiled side by side.
type Proofs interface {
	Get(key string) (found []byte, ok bool)
	Put(key string, found []byte)
}

// verify judges what the targets wrote, or returns what the same verification found before.
func (r *Result) verify(ctx context.Context, op *model.Operator, files *emit.FileSet) diag.List {
	if r.opts.Proofs == nil {
		return verify.Check(ctx, op, files, r.opts.verify(r.own))
	}
	key := proofKey(op, files, r.opts.verify(r.own))
	if data, ok := r.opts.Proofs.Get(key); ok {
		var known diag.List
		if err := json.Unmarshal(data, &known); err == nil {
			return known
		}
	}
	found := verify.Check(ctx, op, files, r.opts.verify(r.own))
	if data, err := json.Marshal(found); err == nil && ctx.Err() == nil && !defective(found) {
		r.opts.Proofs.Put(key, data)
	}
	return found
}

// proofKey is the digest of all that verify.Check looks at: the model, each file with its origins, and the options.
func proofKey(op *model.Operator, files *emit.FileSet, opts verify.Options) string {
	h := sha256.New()
	w := bufio.NewWriterSize(h, 1<<16)
	fmt.Fprintf(w, "profiles %q lint %t own %q\n", opts.Profiles, opts.Scratch != nil, opts.Own)
	everything.Fprintf(w, "%#v", op)
	for _, name := range files.Names() {
		f, _ := files.File(name)
		fmt.Fprintf(w, "\nfile %q %x\n", name, sha256.Sum256(f.Data))
		everything.Fprintf(w, "%#v", f.Origins)
	}
	_ = w.Flush() // a digest takes whatever is written
	return hex.EncodeToString(h.Sum(nil))
}

// everything prints a value with all that it leads to, in one order, as Kubernetes does to compare objects by a digest.
var everything = spew.ConfigState{SortKeys: true, SpewKeys: true, DisableMethods: true, DisablePointerAddresses: true, DisableCapacities: true}

// defective reports whether opc itself failed, which is tried again.
func defective(found diag.List) bool {
	for _, d := range found {
		if d.Code == diag.Internal {
			return true
		}
	}
	return false
}
