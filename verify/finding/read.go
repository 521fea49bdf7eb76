package finding

import (
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema/diag"
)

// OfFaults says what is wrong with a text as such.
func OfFaults(faults []kube.Fault) []Finding {
	var out []Finding
	for _, fault := range faults {
		f := InFile(fault.At, diag.BadManifest, diag.Error, "%s", fault.Message)
		f.Line = fault.Line
		out = append(out, f)
	}
	return out
}

// Unversioned finds the documents of a file that have a kind and a name, and no apiVersion: no client takes them, and
// kube.Objects leaves them out.
func Unversioned(file string, data []byte) []Finding {
	docs, _ := kube.Read(file, data)
	var out []Finding
	for i, d := range docs {
		tree := kube.Map(d.Value)
		o := &kube.Object{Tree: tree, At: kube.Place{File: file, Doc: i}}
		if o.Kind() != "" && o.Name() != "" && o.APIVersion() == "" {
			out = append(out, OfUnversioned(o))
		}
	}
	return out
}

// OfUnversioned is what is said of an object without apiVersion.
func OfUnversioned(o *kube.Object) Finding {
	return Of(o, diag.BadManifest, diag.Error, "/kind", "the object has no apiVersion: clients reject it")
}
