package compiler

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/opc-project/opc/compiler/model"
	"github.com/opc-project/opc/kube"
	"github.com/opc-project/opc/schema"
	"github.com/opc-project/opc/schema/diag"
)

// included reads the parts of the description that it keeps in files: raw overlays, and what users are told about APIs.
// The passes after it see them as if they stood in the description.
func (s *state) included() {
	spec := *s.spec // the caller's stays as it was read
	s.spec = &spec
	manager := *s.manager
	manager.Workload = s.includedOverlays("/manager", manager.Workload)
	s.manager = &manager
	spec.Workloads = maps.Clone(spec.Workloads)
	for _, key := range slices.Sorted(maps.Keys(spec.Workloads)) {
		spec.Workloads[key] = s.includedOverlays(diag.Path("/workloads").Child(key), spec.Workloads[key])
	}
	if spec.OLM != nil {
		olm := *spec.OLM
		olm.CSV = s.overlayFile(olm.CSV, "/olm/csv")
		if olm.Scorecard != nil {
			scorecard := *olm.Scorecard
			scorecard.Spec = s.overlayFile(scorecard.Spec, "/olm/scorecard")
			olm.Scorecard = &scorecard
		}
		spec.OLM = &olm
	}
	spec.APIs = maps.Clone(spec.APIs)
	for _, name := range slices.Sorted(maps.Keys(spec.APIs)) {
		if api := spec.APIs[name]; api.File != "" {
			spec.APIs[name] = s.includedAPI(api, diag.Path("/apis").Child(name))
		}
	}
}

func (s *state) includedOverlays(at diag.Path, w schema.Workload) schema.Workload {
	overlays := rawOverlays(&w)
	for _, kind := range kube.PodKinds {
		raw := overlays[kind.Kind]
		*raw = s.overlayFile(*raw, at.Child(kind.Field))
	}
	w.Pod = s.overlayFile(w.Pod, at.Child("pod"))
	w.Container = s.overlayFile(w.Container, at.Child("container"))
	w.Containers = s.includedContainers(w.Containers, at.Child("containers"))
	w.InitContainers = s.includedContainers(w.InitContainers, at.Child("initContainers"))
	return w
}

func (s *state) includedContainers(list []schema.Container, at diag.Path) []schema.Container {
	out := slices.Clone(list)
	for i := range out {
		out[i].Container = s.overlayFile(out[i].Container, at.Index(i).Child("container"))
	}
	return out
}

// overlayFile returns a raw overlay, from its file when it says just that.
func (s *state) overlayFile(overlay map[string]any, at diag.Path) map[string]any {
	name, ok := overlay["file"].(string)
	if !ok || len(overlay) != 1 {
		return overlay
	}
	tree, ok := s.fieldsOf(name, at.Child("file"))
	if !ok {
		return nil
	}
	return tree
}

// includedAPI lays what the description says of an API over what its file says.
func (s *state) includedAPI(api schema.API, at diag.Path) schema.API {
	tree, ok := s.fieldsOf(api.File, at.Child("file"))
	if !ok {
		return api
	}
	out, diags := schema.ReadAPI(tree, diag.InFile(api.File, 0))
	s.add(diags...)
	if diags.HasErrors() {
		return api
	}
	out.APIVersionInfo = overlayInfo(out.APIVersionInfo, api.APIVersionInfo)
	if api.Examples != nil {
		out.Examples = api.Examples
	}
	if api.Versions != nil {
		out.Versions = api.Versions
	}
	return out
}

// fieldsOf reads a file that holds one set of fields, which need not be an object.
func (s *state) fieldsOf(name string, at diag.Path) (model.Tree, bool) {
	clean, ok := s.inside(name, at)
	if !ok {
		return nil, false
	}
	data, err := fs.ReadFile(s.files, clean)
	if err != nil {
		s.unreadable(name, at, err)
		return nil, false
	}
	docs, faults := kube.Read(clean, data)
	if s.unread(faults, at); len(faults) > 0 {
		return nil, false
	}
	tree, ok := map[string]any(nil), false
	if len(docs) > 0 {
		tree, ok = docs[0].Value.(map[string]any)
	}
	wrong := ""
	switch {
	case len(docs) != 1:
		wrong = fmt.Sprintf("%s has %d documents: expected one", name, len(docs))
	case !ok:
		wrong = name + " is not a map of fields"
	case hasExpr(tree):
		wrong = name + " contains one of the private-use characters U+E000 and U+E001, which opc reserves"
	default:
		return tree, true
	}
	s.add(diag.Errorf(diag.FileContent, diag.InFile(clean, 0), "%s", wrong).WithRelated(at, "named here"))
	return nil, false
}
