package opc

import (
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/emit"
	"github.com/opc-project/opc/verify"
)

// kept is a cache in memory that counts what was found in it.
type kept struct {
	mu      sync.Mutex
	entries map[string][]byte
	hits    int
}

func (k *kept) Get(key string) ([]byte, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	data, ok := k.entries[key]
	if ok {
		k.hits++
	}
	return data, ok
}

func (k *kept) Put(key string, found []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.entries == nil {
		k.entries = map[string][]byte{}
	}
	k.entries[key] = found
}

// TestProofsAreKept compiles sound and refused descriptions twice: the second run verifies nothing, and finds the same.
func TestProofsAreKept(t *testing.T) {
	for _, text := range []string{"", unmounted, "manager: {replicas: 2}\npermissions: [{rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]}]"} {
		proofs := &kept{}
		var results []*Result
		for range 2 {
			r, err := Compile(t.Context(), described(text), "operator.yaml", Options{Proofs: proofs})
			if err != nil {
				t.Fatal(err)
			}
			results = append(results, r)
		}
		if proofs.hits != 1 || len(proofs.entries) != 1 {
			t.Errorf("%q: %d of %d entries found", text, proofs.hits, len(proofs.entries))
		}
		if diff := cmp.Diff(results[0].Findings, results[1].Findings); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
		if (results[0].Output == nil) != (results[1].Output == nil) {
			t.Errorf("%q: only one run has an output", text)
		}
	}
}

// TestProofsAreOfOneInput changes one thing at a time, each of which is verified again.
func TestProofsAreOfOneInput(t *testing.T) {
	m := &model.Operator{Name: "a", Version: "1.0.0"}
	files := func(name, data string, origins ...emit.Origin) *emit.FileSet {
		set := &emit.FileSet{}
		if len(origins) == 0 {
			origins = []emit.Origin{{Path: "name"}}
		}
		if err := set.Add(name, []byte(data), origins...); err != nil {
			t.Fatal(err)
		}
		return set
	}
	set := files("a", "x")
	keys := map[string]string{"as it is": proofKey(m, set, verify.Options{})}
	if again := proofKey(&model.Operator{Name: "a", Version: "1.0.0"}, files("a", "x"), verify.Options{}); again != keys["as it is"] {
		t.Error("the same input has two keys")
	}
	keys["the model"] = proofKey(&model.Operator{Name: "a", Version: "1.0.1"}, set, verify.Options{})
	keys["a file's name"] = proofKey(m, files("b", "x"), verify.Options{})
	keys["a file's text"] = proofKey(m, files("a", "y"), verify.Options{})
	keys["a file's origins"] = proofKey(m, files("a", "x", emit.Origin{Path: "version"}), verify.Options{})
	keys["no file"] = proofKey(m, &emit.FileSet{}, verify.Options{})
	keys["a profile"] = proofKey(m, set, verify.Options{Profiles: []verify.Profile{verify.RedHat}})
	keys["Helm's linter"] = proofKey(m, set, verify.Options{Scratch: func(fs fs.FS) (string, func(), error) { return "", nil, nil }})
	keys["a target of the description"] = proofKey(m, set, verify.Options{Own: []string{"a"}})
	if len(keys) != len(slices.Compact(slices.Sorted(maps.Values(keys)))) {
		t.Errorf("two inputs have one key: %v", keys)
	}
	if n := reflect.TypeFor[verify.Options]().NumField(); n != 4 { // Profiles, Scratch, Own, and Engine, which compiled charts don't use
		t.Errorf("verify.Options has %d fields: does the key have all that matter?", n)
	}
}

// TestProofsThatAreNone takes whatever a cache has for nothing that can't be read.
func TestProofsThatAreNone(t *testing.T) {
	proofs := &kept{}
	for _, broken := range []string{"", "null!", "{}", `[{"Severity":"high"}]`} {
		for key := range proofs.entries {
			proofs.entries[key] = []byte(broken)
		}
		r, err := Compile(t.Context(), described(unmounted), "operator.yaml", Options{Proofs: proofs})
		if err != nil || !r.Findings.HasErrors() || r.Output != nil {
			t.Errorf("%q: %v %v", broken, err, r.Findings)
		}
	}
}
